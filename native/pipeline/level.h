// How loud sound is. Pure; not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pipeline {

/// Of some samples, all of them numbers.
struct Loudness {
  float peak = 0;  // above 1: beyond full scale
  double squares = 0;
  size_t samples = 0;
  size_t clipped = 0;  // samples beyond full scale

  static Loudness of(std::span<const float> samples) {
    Loudness loudness{.samples = samples.size()};
    float squares = 0;
    for (const float sample : samples) {
      const float magnitude = std::abs(sample);
      loudness.peak = std::max(loudness.peak, magnitude);
      const float within = std::min(1.0F, magnitude);
      squares += within * within;
    }
    loudness.squares = squares;
    if (loudness.peak > 1) loudness.clipped = static_cast<size_t>(std::ranges::count_if(samples, beyond));
    return loudness;
  }
  Loudness& operator+=(const Loudness& more) {
    peak = std::max(peak, more.peak);
    squares += more.squares;
    samples += more.samples;
    clipped += more.clipped;
    return *this;
  }

 private:
  static bool beyond(float sample) { return std::abs(sample) > 1; }
};

/// Peak and root mean square of the last 300 ms.
class LevelMeter {
 public:
  LevelMeter(int sample_rate, int channels)
      : block_samples_(static_cast<size_t>(sample_rate) * static_cast<size_t>(channels) / kBlocksPerSecond) {}

  void add(const Loudness& loudness) {
    Loudness& block = blocks_[newest_];
    block += loudness;
    clipped_ += loudness.clipped;
    if (block.samples < block_samples_) return;
    newest_ = (newest_ + 1) % blocks_.size();
    blocks_[newest_] = {};
  }

  float peak() const { return sum().peak; }
  float rms() const {
    const Loudness all = sum();
    return all.samples == 0 ? 0 : static_cast<float>(std::sqrt(all.squares / static_cast<double>(all.samples)));
  }
  /// Samples beyond full scale since the beginning.
  uint64_t clipped() const { return clipped_; }

 private:
  static constexpr size_t kBlocksPerSecond = 20;

  Loudness sum() const {
    Loudness sum;
    for (const Loudness& block : blocks_) sum += block;
    return sum;
  }

  size_t block_samples_;
  std::array<Loudness, 7> blocks_{};  // six whole ones and the newest
  size_t newest_ = 0;
  uint64_t clipped_ = 0;
};

}  // namespace pipeline
