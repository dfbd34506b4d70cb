// How much of the wanted bitrate the network takes, judged by how long pictures wait for it. Pure; not thread-safe.
//
// The encoder gives way early, at a quarter of the time after which frames would be dropped: by three tenths, and again while it
// lasts. It comes back a tenth at a time, once pictures have left without waiting for two seconds.
#pragma once

#include <algorithm>

#include "media/time.h"

namespace pipeline {

class Throttle {
 public:
  /// `bound`: how long pictures may wait before they are dropped.
  explicit Throttle(media::Time bound) : bound_(bound) {}

  /// A picture left at `now` after it had waited.
  void note(media::Time waited, media::Time now) {
    if (waited > bound_ / 16) calm_since_ = now;
    if (waited > bound_ / 4 && now - lowered_ >= kPause) {
      share_ = std::max(kLeast, share_ * kStepDown);
      lowered_ = now;
    } else if (now - calm_since_ >= kCalm) {
      share_ = std::min(1.0, share_ + kStepUp);
      calm_since_ = now;
    }
  }

  int limit(int wanted_bitrate) const { return static_cast<int>(wanted_bitrate * share_); }

 private:
  static constexpr double kStepDown = 0.7;
  static constexpr double kStepUp = 0.1;
  static constexpr double kLeast = 0.1;
  static constexpr media::Time kPause = std::chrono::milliseconds(300);  // until a lower rate can have shown its effect
  static constexpr media::Time kCalm = std::chrono::seconds(2);

  media::Time bound_;
  double share_ = 1;
  media::Time lowered_{};
  media::Time calm_since_{};
};

}  // namespace pipeline
