// Takes out of sound what is not sound: samples that are no number or infinite become silence, and are counted; what is absurdly
// loud is cut to what arithmetic behind it bears. One such sample would spread: a filter smears it over its length, a sum passes it
// on to every other input. Pure; not thread-safe.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "media/frame.h"

namespace pipeline {

class Sieve {
 public:
  /// The result borrows this object's memory, or is the buffer itself.
  media::AudioBuffer pass(media::AudioBuffer buffer) {
    if (buffer.format.sample_format != media::SampleFormat::kF32) return buffer;
    const std::span samples(static_cast<const float*>(buffer.samples), buffer.frames * static_cast<size_t>(buffer.format.channels));
    if (std::ranges::all_of(samples, [](float sample) { return std::abs(sample) <= kMost; })) return buffer;
    clean_.assign(samples.begin(), samples.end());
    for (float& sample : clean_) {
      if (!std::isfinite(sample)) ++caught_;
      sample = std::isfinite(sample) ? std::clamp(sample, -kMost, kMost) : 0;
    }
    buffer.samples = clean_.data();
    return buffer;
  }
  /// Samples that were no number or infinite, since the beginning.
  uint64_t caught() const { return caught_; }

 private:
  static constexpr float kMost = 1e6F;  // 120 dB beyond full scale

  std::vector<float> clean_;
  uint64_t caught_ = 0;
};

}  // namespace pipeline
