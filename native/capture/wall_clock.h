// The wall clock (UTC) as a fixed distance from CLOCK_MONOTONIC, taken once: it does not jump when the machine's clock is set.
// Picture and sound of the synthetic sources both read the time from here, which is what makes flash and beep agree.
#pragma once

#include <chrono>

#include "media/time.h"

namespace capture {

class WallClock {
 public:
  WallClock() {
    // The tightest of some readings: between two looks at the one clock a thread may be put aside.
    media::Time best = media::Time::max();
    for (int i = 0; i < 5; i++) {
      const media::Time before = media::monotonic_now();
      const auto wall = std::chrono::duration_cast<media::Time>(std::chrono::system_clock::now().time_since_epoch());
      const media::Time after = media::monotonic_now();
      if (after - before >= best) continue;
      best = after - before;
      offset_ = wall - before - best / 2;
    }
  }

  /// Microseconds since 1970 at a moment of CLOCK_MONOTONIC.
  media::Time at(media::Time moment) const { return moment + offset_; }
  /// How far into its wall-clock second a moment lies.
  media::Time into_second(media::Time moment) const {
    constexpr media::Time second = std::chrono::seconds(1);
    return (at(moment) % second + second) % second;
  }

 private:
  media::Time offset_{};
};

/// The picture flashes, and the tone beeps, for this long from each full second.
inline constexpr media::Time kFlash = std::chrono::milliseconds(100);

}  // namespace capture
