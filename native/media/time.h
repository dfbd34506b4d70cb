// Time of the house: microseconds on CLOCK_MONOTONIC. A capture time is absolute; only rtmp/timestamp.h subtracts an origin.
#pragma once

#include <chrono>

namespace media {

using Time = std::chrono::microseconds;

/// A deadline that never comes.
inline constexpr Time kForever = std::chrono::hours(24 * 365 * 100);

/// The present moment. std::chrono::steady_clock is CLOCK_MONOTONIC on Linux, the clock that V4L2, ALSA and X servers' clients share.
inline Time monotonic_now() {
  return std::chrono::duration_cast<Time>(std::chrono::steady_clock::now().time_since_epoch());
}

/// The time point to wait until on a condition variable.
inline std::chrono::steady_clock::time_point to_time_point(Time time) {
  return std::chrono::steady_clock::time_point(time);
}

}  // namespace media
