// A crystal that is off is followed without a jump; a jump is mended once.
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

/// One hour of a device whose crystal is off by `ppm`, resampled as Drift says. Returns the offset at the end.
struct Outcome {
  double worst_settled_ms = 0;
  double ppm = 0;
  int jumps = 0;
};
Outcome run(double ppm, double jitter_ms) {
  Drift drift(kRate);
  Outcome outcome;
  double trim = 0, owed = 0, device_time = 0;
  uint32_t random = 7;
  for (int i = 0; i < 360'000; ++i) {
    random = random * 1664525 + 1013904223;
    const double jitter = (static_cast<double>(random >> 8) / (1 << 24) - 0.5) * 2 * jitter_ms / 1000;
    owed += kFrames * (1 + trim * 1e-6);
    const auto frames = static_cast<int64_t>(owed);
    owed -= static_cast<double>(frames);
    const Drift::Step step = drift.step(Time(static_cast<int64_t>((device_time + jitter) * 1e6)), frames);
    trim = step.trim_ppm;
    outcome.jumps += step.missing != 0;
    if (i > 60'000) {
      const double off_ms = std::abs(device_time * 1e6 - static_cast<double>(step.pts.count())) / 1000;
      outcome.worst_settled_ms = std::max(outcome.worst_settled_ms, off_ms);
    }
    device_time += kFrames * (1 + ppm * 1e-6) / kRate;
  }
  outcome.ppm = drift.ppm();
  return outcome;
}

}  // namespace

TEST_CASE("a crystal that is off by up to 500 ppm stays in step for an hour") {
  for (const double ppm : {-500.0, -40.0, 0.0, 40.0, 500.0}) {
    CAPTURE(ppm);
    const Outcome outcome = run(ppm, 10);
    CHECK(outcome.jumps == 0);
    CHECK(outcome.worst_settled_ms < 5);
    CHECK(std::abs(outcome.ppm - ppm) < 60);
  }
}

TEST_CASE("a device that starts some milliseconds off its mark is on it after ten seconds") {
  for (const Time off : {-8ms, 8ms}) {
    Drift drift(kRate);
    double trim = 0, owed = 0;
    Time last_error{};
    for (int i = 0; i < 1000; ++i) {
      owed += kFrames * (1 + trim * 1e-6);
      const auto frames = static_cast<int64_t>(owed);
      owed -= static_cast<double>(frames);
      const Time device = i * 10ms + (i == 0 ? off : 0ms);
      const Drift::Step step = drift.step(device, frames);
      CHECK(step.missing == 0);
      CHECK(std::abs(step.trim_ppm) <= 2000);
      trim = step.trim_ppm;
      last_error = device - step.pts;
    }
    CHECK(std::chrono::abs(last_error) < 500us);
  }
}

TEST_CASE("a stall is filled once, an overlap is left out once") {
  Drift drift(kRate);
  Time pts = 1s;
  for (int i = 0; i < 100; ++i, pts += 10ms) CHECK(drift.step(pts, kFrames).missing == 0);
  pts += 2s;
  const Drift::Step gap = drift.step(pts, kFrames);
  CHECK(gap.missing == 2 * kRate);
  CHECK(gap.pts == 2s);
  pts += 10ms;
  CHECK(drift.step(pts, kFrames).missing == 0);
  pts -= 100ms;
  int64_t left_out = 0;
  for (int i = 0; i < 30; ++i, pts += 10ms) left_out -= drift.step(pts, kFrames).missing;
  CHECK(left_out > 0);
  CHECK(left_out <= kRate / 8);
}

TEST_CASE("a gap of an hour is not filled with an hour of silence") {
  Drift drift(kRate);
  drift.step(0us, kFrames);
  const Drift::Step step = drift.step(3600s, kFrames);
  CHECK(step.missing == 10 * kRate);
  CHECK(std::chrono::abs(step.pts + 10s - 3600s) < 1ms);
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
