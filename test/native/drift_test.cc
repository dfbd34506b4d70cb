// The loop that follows a crystal, by itself; what it does to sound is strip_test.cc's.
#include <doctest/doctest.h>

#include <cmath>

#include "pipeline/drift.h"
#include "pipeline/meter.h"

namespace {

using media::Time;
using pipeline::Drift;
using namespace std::chrono_literals;

constexpr int kRate = 48000;
constexpr int kFrames = 480;

/// A device that is read in buffers of 10 ms and resampled as Drift says; counts the samples as Strip does.
class Counted {
 public:
  Drift::Step step(Time captured) {
    owed_ += kFrames * (1 + trim_ * 1e-6);
    const auto frames = static_cast<int64_t>(owed_);
    owed_ -= static_cast<double>(frames);
    off_ = captured - Time(position_ * 1'000'000 / kRate);
    const Drift::Step step = drift_.step(off_, frames);
    trim_ = step.trim_ppm;
    position_ += frames + step.missing;
    return step;
  }
  Time off() const { return off_; }
  const Drift& drift() const { return drift_; }

 private:
  Drift drift_{kRate};
  double trim_ = 0, owed_ = 0;
  int64_t position_ = 0;
  Time off_{};
};

}  // namespace

TEST_CASE("drift: a device that starts some milliseconds off its mark is on it after ten seconds") {
  for (const Time off : {-8ms, 8ms}) {
    CAPTURE(off.count());
    Counted counted;
    CHECK(counted.step(1s + off).missing == (1s + off).count() * kRate / 1'000'000);
    for (int i = 1; i < 1000; ++i) {
      const Drift::Step step = counted.step(1s + i * 10ms);
      CHECK(step.missing == 0);
      CHECK(std::abs(step.trim_ppm) <= 2000);
    }
    CHECK(std::chrono::abs(counted.off()) < 1ms);
  }
}

TEST_CASE("drift: a crystal is known after two minutes") {
  Counted counted;
  for (int i = 0; i < 12'000; ++i) CHECK_FALSE(counted.step(Time(i * 10'001)).jumped);  // 100 ppm slow
  CHECK(counted.drift().ppm() == doctest::Approx(100).epsilon(0.05));
  CHECK(std::chrono::abs(counted.drift().error()) < 500us);
}

TEST_CASE("drift: a stall is filled once, an overlap is left out once") {
  Counted counted;
  Time captured{};
  for (int i = 0; i < 100; ++i, captured += 10ms) CHECK(counted.step(captured).missing == 0);
  captured += 2s;
  const Drift::Step gap = counted.step(captured);
  CHECK(gap.jumped);
  CHECK(gap.missing == 2 * kRate);
  captured += 10ms;
  CHECK(counted.step(captured).missing == 0);
  captured -= 100ms;
  int64_t left_out = 0;
  int jumps = 0;
  for (int i = 0; i < 30; ++i, captured += 10ms) {
    const Drift::Step step = counted.step(captured);
    left_out -= step.missing;
    jumps += step.jumped;
  }
  CHECK(left_out == doctest::Approx(kRate * 0.11).epsilon(0.01));
  CHECK(jumps == 1);
}

TEST_CASE("the meters") {
  pipeline::RateMeter rate;
  for (Time now = 0us; now < 10s; now += 10ms) rate.add(1250, now);
  CHECK(std::abs(rate.bits_per_second(10s) - 1e6) < 3e4);
  CHECK(rate.bits_per_second(60s) == 0);
  pipeline::Percentiles times;
  CHECK(times.at(0.5) == 0us);
  for (int i = 1; i <= 1000; ++i) times.add(Time(i));
  CHECK(times.at(0.5) == 851us);
  CHECK(times.at(0.95) == 986us);
}
