// The most of what was noted lately: for the last ten seconds at least, the last twenty at most. Pure.
#pragma once

#include <algorithm>
#include <utility>

#include "media/time.h"

namespace pipeline {

template <class Value>
class RecentMostOf {
 public:
  /// `least`: what it is when nothing more was noted.
  explicit RecentMostOf(Value least = {}) : least_(least), now_(least), before_(least) {}

  void note(Value value, media::Time now) {
    if (now - since_ > kWindow) {
      before_ = std::exchange(now_, least_);
      since_ = now;
    }
    now_ = std::max(now_, value);
  }
  Value value() const { return std::max(now_, before_); }

 private:
  static constexpr media::Time kWindow = std::chrono::seconds(10);

  Value least_;
  Value now_;     // of the present window
  Value before_;  // of the one before
  media::Time since_{};
};

using RecentMost = RecentMostOf<media::Time>;

}  // namespace pipeline
