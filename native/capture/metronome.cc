#include "capture/metronome.h"

#include <algorithm>

namespace capture {

bool Sleep::until(media::Time moment, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, stop, media::to_time_point(moment), [] { return false; });
  return !stop.stop_requested();
}

std::optional<uint64_t> Metronome::next(const std::stop_token& stop, media::Time until) {
  if (!start_) {
    if (stop.stop_requested()) return std::nullopt;
    start_ = media::monotonic_now();
    return next_++;
  }
  if (!sleep_.until(std::min(moment(next_), until), stop)) return std::nullopt;
  const media::Time now = media::monotonic_now();
  if (moment(next_) > now) return std::nullopt;
  while (moment(next_ + 1) <= now) next_++;
  return next_++;
}

media::Time Metronome::moment(uint64_t tick) const {
  // Whole seconds first: tick * den * 1,000,000 would overflow within days.
  const int64_t parts = static_cast<int64_t>(tick) * rate_.den;
  const int64_t seconds = parts / rate_.num;
  const int64_t rest = parts % rate_.num;
  return start_.value_or(media::Time{}) + media::Time(seconds * 1'000'000 + rest * 1'000'000 / rate_.num);
}

}  // namespace capture
