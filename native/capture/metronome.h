// The pace of a source that has none of its own: tick k lies at start + k / rate on CLOCK_MONOTONIC, computed from k, so that it
// never drifts. The start is the first call. One thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

#include "media/format.h"
#include "media/time.h"

namespace capture {

/// Sleeps until a moment. False at once when `stop` is requested.
class Sleep {
 public:
  bool until(media::Time moment, const std::stop_token& stop);

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
};

class Metronome {
 public:
  explicit Metronome(media::Rational rate) : rate_(rate) {}

  /// Waits for the next tick and gives its number; the first call gives tick 0 at once. Ticks that went by since the last call
  /// are left out. Empty on `stop`, or when it does not come by `until`.
  std::optional<uint64_t> next(const std::stop_token& stop, media::Time until = media::kForever);
  media::Time moment(uint64_t tick) const;

 private:
  media::Rational rate_;
  std::optional<media::Time> start_;
  uint64_t next_ = 0;
  Sleep sleep_;
};

}  // namespace capture
