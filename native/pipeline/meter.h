// Two small instruments for the statistics. Pure; not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "media/time.h"

namespace pipeline {

/// Bits a second over the last three seconds.
class RateMeter {
 public:
  void add(size_t bytes, media::Time now) {
    if (!samples_.empty() && now - samples_.back().first < kStep) {
      samples_.back().second += bytes;
    } else {
      samples_.emplace_back(now, bytes);
    }
    total_ += bytes;
    while (now - samples_.front().first > kWindow) {
      total_ -= samples_.front().second;
      samples_.pop_front();
    }
  }
  double bits_per_second(media::Time now) const {
    if (samples_.empty()) return 0;
    uint64_t stale = 0;
    for (const auto& [time, bytes] : samples_) {
      if (now - time <= kWindow) break;
      stale += bytes;
    }
    const media::Time span = std::clamp(now - samples_.front().first + kStep, kStep, kWindow);
    return static_cast<double>(total_ - stale) * 8e6 / static_cast<double>(span.count());
  }

 private:
  static constexpr media::Time kStep = std::chrono::milliseconds(50);
  static constexpr media::Time kWindow = std::chrono::seconds(3);
  std::deque<std::pair<media::Time, uint64_t>> samples_;
  uint64_t total_ = 0;
};

/// Percentiles of the last 300 durations.
class Percentiles {
 public:
  void add(media::Time value) {
    values_[count_ % values_.size()] = value;
    ++count_;
  }
  media::Time at(double fraction) const {
    const size_t held = std::min(count_, values_.size());
    if (held == 0) return {};
    auto sorted = values_;
    const size_t rank = std::min(held - 1, static_cast<size_t>(fraction * static_cast<double>(held)));
    std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.begin() + held);
    return sorted[rank];
  }

 private:
  std::array<media::Time, 300> values_{};
  size_t count_ = 0;
};

}  // namespace pipeline
