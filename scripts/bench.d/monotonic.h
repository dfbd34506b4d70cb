// CLOCK_MONOTONIC, the one clock of every program of the bench.
#pragma once

#include <cstdint>
#include <ctime>

namespace bench {

inline int64_t nanoseconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

inline int64_t now_us() { return nanoseconds_of(CLOCK_MONOTONIC) / 1000; }

inline void sleep_until_us(int64_t moment) {
  const timespec time{moment / 1'000'000, (moment % 1'000'000) * 1000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
}

}  // namespace bench
