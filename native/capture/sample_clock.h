// When each sample of a running stream was captured: counted in samples, and held to what the device says of itself from time to
// time. Small differences are followed slowly, so that timestamps are smooth; a large one that a second measurement confirms
// (samples were lost) is followed at once. Pure, one thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <vector>

#include "media/time.h"

namespace capture {

class SampleClock {
 public:
  explicit SampleClock(int sample_rate) : sample_rate_(sample_rate) {}

  /// The device says that what lies `position` after the stream's first sample was captured at `moment`.
  void measure(media::Time moment, media::Time position) {
    const auto origin = static_cast<double>((moment - position).count());
    if (!ready()) {
      first_.insert(std::ranges::upper_bound(first_, origin), origin);
      origin_ = first_[first_.size() / 2];
      return;
    }
    const double off = origin - origin_;
    if (std::abs(off) < kJump) {
      followed_ = std::min(followed_ + 1, kMemory);
      origin_ += off / followed_;
      suspect_.reset();
    } else if (suspect_ && std::abs(origin - *suspect_) < kJump) {
      origin_ = (origin + *suspect_) / 2;
      followed_ = 2;
      suspect_.reset();
    } else {
      suspect_ = origin;
    }
  }

  /// Enough is measured to trust it: the first answers of a device that is just starting may be some milliseconds off, so that
  /// the beginning is the median of a few.
  bool ready() const { return std::ssize(first_) >= kFirst; }
  /// A jump was measured, and what is measured since is not enough to be sure: measure again soon.
  bool in_doubt() const { return suspect_ || followed_ < kMemory; }

  /// The capture time of the stream's sample number `position`.
  media::Time at(int64_t position) const {
    return media::Time(std::llround(origin_ + static_cast<double>(position) / sample_rate_ * 1e6));
  }

 private:
  static constexpr int kFirst = 5;
  static constexpr double kJump = 40'000;  // microseconds
  static constexpr int kMemory = 8;            // measurements that count

  int sample_rate_;
  std::vector<double> first_;  // sorted
  double origin_ = 0;          // microseconds on CLOCK_MONOTONIC
  int followed_ = kMemory;     // measurements since the origin was last set anew, as many as count
  std::optional<double> suspect_;
};

}  // namespace capture
