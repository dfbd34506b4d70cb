// Capture times of the frames inside an encoder that counts frames. Pure; one thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>

#include "media/time.h"

namespace codec {

/// Maps the encoder's frame indices, which are its pts and dts, back to capture times. Times rise strictly from frame to frame,
/// so what is in order as indices is in order as times.
class FrameTimes {
 public:
  /// `period`: nominal µs from frame to frame.
  explicit FrameTimes(double period) : period_(period) {}

  /// The index of the next frame.
  int64_t add(media::Time pts) {
    times_.push_back(times_.empty() ? pts : std::max(pts, times_.back() + media::Time(1)));
    return first_ + static_cast<int64_t>(times_.size()) - 1;
  }

  /// With B-frames the first dts lie before the first frame. Call after add() only.
  media::Time of(int64_t index) const {
    const int64_t offset = index - first_;
    if (offset < 0) return times_.front() + media::Time(std::llround(static_cast<double>(offset) * period_));
    return times_[std::min(static_cast<size_t>(offset), times_.size() - 1)];
  }

  /// Nothing before `index` will be asked for again.
  void forget_before(int64_t index) {
    for (; first_ < index && times_.size() > 1; ++first_) times_.pop_front();
  }

 private:
  double period_;
  std::deque<media::Time> times_;
  int64_t first_ = 0;
};

}  // namespace codec
