// The beep of each full second: a sweep whose place is found to a fraction of a millisecond by correlation, however much an
// encoder smears it. Pure; screen-clock plays it, reader looks for it.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

namespace bench {

constexpr int kSampleRate = 48'000;
constexpr int kChirpSamples = kSampleRate * 60 / 1000;

inline std::vector<float> make_chirp() {
  constexpr double kFrom = 400, kTo = 4000, kSeconds = double(kChirpSamples) / kSampleRate;
  std::vector<float> chirp(kChirpSamples);
  for (int i = 0; i < kChirpSamples; ++i) {
    const double t = double(i) / kSampleRate;
    const double phase = 2 * std::numbers::pi * (kFrom * t + (kTo - kFrom) * t * t / (2 * kSeconds));
    const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / (kChirpSamples - 1));
    chirp[static_cast<size_t>(i)] = static_cast<float>(0.6 * window * std::sin(phase));
  }
  return chirp;
}

}  // namespace bench
