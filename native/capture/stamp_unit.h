// Timestamps that are not microseconds, recognized by how fast they run: against the samples that were written, against the
// announced frame rate, and against the clock. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "media/time.h"

namespace capture {

class StampUnit {
 public:
  struct Unit {
    const char* name;
    double microseconds;  // that one of it lasts; 0: they do not tell time
  };

  /// `samples_per_second`: 0 for pictures.
  explicit StampUnit(int samples_per_second) : samples_per_second_(samples_per_second) {}

  double microseconds() const { return unit_.microseconds; }
  const char* name() const { return unit_.name; }

  /// Of what is written, one after the other. True when it turns out that the unit is another than it was taken for.
  bool note(int64_t stamp, media::Time arrival, media::Time length) {
    // What jumps in the middle says nothing of how fast they run.
    const bool jumps = run_ && (stamp < run_->stamp || (confirmed_ && stamp > run_->stamp + kJump / unit_.microseconds));
    if (!run_ || jumps || run_->media > kLongest) {
      run_ = Run{.from_stamp = stamp, .stamp = stamp, .from = arrival, .length = length};
      return false;
    }
    Run& run = *run_;
    const double step = static_cast<double>(stamp) - static_cast<double>(run.stamp);
    run.least = run.items == 0 ? step : std::min(run.least, step);
    run.most = std::max(run.most, step);
    ++run.items;
    run.media += run.length;
    run.stamp = stamp;
    run.length = length;
    const auto unit = recognized(static_cast<double>(stamp) - static_cast<double>(run.from_stamp), arrival - run.from);
    if (!unit) return false;
    confirmed_ = unit->microseconds > 0;
    if (unit->microseconds == unit_.microseconds) return false;
    unit_ = *unit;
    run_.reset();
    return true;
  }

 private:
  struct Run {
    int64_t from_stamp;
    int64_t stamp;
    media::Time from;
    media::Time length;  // of the last item
    media::Time media{};
    int items = 0;
    double least = 0;  // step from one to the next
    double most = 0;
  };
  static constexpr media::Time kLongest = std::chrono::seconds(2);
  static constexpr double kJump = 1e6;  // microseconds

  static bool near(double ratio, double wanted, double tolerance) { return std::abs(ratio / wanted - 1) <= tolerance; }

  /// `advance`: of the timestamps in this run. `elapsed`: from the first write to the last.
  std::optional<Unit> recognized(double advance, media::Time elapsed) const {
    using namespace std::chrono_literals;
    const Run& run = *run_;
    const bool sound = samples_per_second_ > 0;
    const double media = static_cast<double>(std::max<int64_t>(1, run.media.count()));
    const double passed = static_cast<double>(std::max<int64_t>(1, elapsed.count()));
    const double rate = advance / media;
    const bool even = run.most <= run.least * 1.1 + 1;

    // The second of them may be half a minute ahead already: it is not waited for.
    const bool exact = near(rate, 1000, 0.02) && (!confirmed_ || run.items >= 3);
    const bool timed = run.items >= 2 && run.most <= 2.5 * run.least && elapsed >= 50ms && near(advance / passed, 1000, 0.25);
    if (exact || timed) return Unit{"nanoseconds", 1e-3};
    // Seconds as whole numbers, numbers of frames, or always the same: nothing that could be a time.
    if (run.items >= 6 && advance <= run.items && run.media >= 200ms && (elapsed >= 100ms || run.items >= 50)) {
      return Unit{"seconds or mere numbers", 0};
    }
    if (sound) {
      if (run.items < 3 || run.media < 40ms) return std::nullopt;
      if (near(rate, 1e-3, 0.1) && run.most <= 2 * media / run.items * 1e-3 + 1) return Unit{"milliseconds", 1e3};
      if (!even) return near(rate, 1, 0.5) ? std::optional(kMicroseconds) : std::nullopt;
      const double samples = samples_per_second_ * 1e-6;
      if (near(rate, samples, 0.02)) return Unit{"samples", 1 / samples};
      if (near(rate, 0.09, 0.02)) return Unit{"ticks of a 90 kHz clock", 1 / 0.09};
      if (near(rate, 10, 0.02)) return Unit{"units of 100 nanoseconds", 0.1};
    } else {
      if (run.items < 4) return std::nullopt;
      const bool slow = passed >= 10 * advance;  // a burst of pictures that were stamped by a clock is not
      const bool watched = elapsed >= 300ms;
      if (slow && (near(rate, 1e-3, 0.35) || (watched && near(advance / passed, 1e-3, 0.25)))) return Unit{"milliseconds", 1e3};
      if (run.items >= 6 && even && (near(rate, 0.09, 0.35) || (watched && near(advance / passed, 0.09, 0.04)))) {
        return Unit{"ticks of a 90 kHz clock", 1 / 0.09};
      }
    }
    if (rate > 0.2 && rate < 50) return kMicroseconds;  // the announced rate is not binding
    return std::nullopt;
  }

  static constexpr Unit kMicroseconds{"microseconds", 1};
  int samples_per_second_;
  Unit unit_ = kMicroseconds;
  bool confirmed_ = false;
  std::optional<Run> run_;
};

}  // namespace capture
