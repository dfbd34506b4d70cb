#include <cmath>
#include <doctest/doctest.h>
#include <vector>

#include "pipeline/cadence.h"

using media::Time;
using namespace std::chrono_literals;
using pipeline::Cadence;

namespace {

constexpr Time kStart = 100s;

struct Shown {
  std::vector<Time> stamps;
  std::vector<Time> errors;  // of the pictures themselves: timestamp minus capture time
  int repeated = 0;
  int dropped = 0;

  Time longest_step() const { return step([](Time a, Time b) { return std::max(a, b); }); }
  Time shortest_step() const { return step([](Time a, Time b) { return std::min(a, b); }); }
  Time largest_error() const {
    Time largest{};
    for (const Time error : errors) largest = std::max(largest, Time(std::abs(error.count())));
    return largest;
  }

 private:
  template <class Choose>
  Time step(Choose choose) const {
    Time chosen = stamps[1] - stamps[0];
    for (size_t i = 1; i < stamps.size(); ++i) chosen = choose(chosen, stamps[i] - stamps[i - 1]);
    return chosen;
  }
};

void show(Cadence& cadence, Time pts, Shown& shown) {
  const auto place = cadence.place_of(pts);
  shown.dropped += !place.wanted;
  if (!place.wanted) return;
  for (int64_t i = 0; i < place.empty; ++i, ++shown.repeated) shown.stamps.push_back(cadence.take());
  shown.stamps.push_back(cadence.take(pts));
  shown.errors.push_back(shown.stamps.back() - pts);
}

/// So many pictures at `rate`, each off its time by up to `jitter`.
Shown pictures(Cadence& cadence, double rate, int count, Time jitter = {}) {
  Shown shown;
  cadence.follow({static_cast<int64_t>(std::lround(rate * 1000)), 1000});
  uint32_t random = 1;
  for (int i = 0; i < count; ++i) {
    random = random * 1664525 + 1013904223;
    const auto off = jitter.count() == 0 ? 0 : static_cast<int64_t>(random >> 8) % (2 * jitter.count()) - jitter.count();
    show(cadence, kStart + Time(std::llround(i * 1e6 / rate)) + Time(off), shown);
  }
  return shown;
}

}  // namespace

TEST_SUITE_BEGIN("cadence");

TEST_CASE("a source at the wanted rate: every picture once, at its own time") {
  Cadence cadence({30, 1}, true);
  const Shown shown = pictures(cadence, 30, 30 * 3600);
  CHECK(shown.repeated == 0);
  CHECK(shown.dropped == 0);
  CHECK(shown.largest_error() <= Time(1));
  CHECK(shown.longest_step() - shown.shortest_step() <= Time(1));
}

TEST_CASE("jitter is evened out, and costs no picture") {
  Cadence cadence({30, 1}, true);
  const Shown shown = pictures(cadence, 30, 10'000, 7ms);
  CHECK(shown.repeated == 0);
  CHECK(shown.dropped == 0);
  CHECK(shown.largest_error() <= 14ms);  // the first picture, which all others are placed by, has its own
  CHECK(shown.longest_step() - shown.shortest_step() <= Time(1));
}

TEST_CASE("a slower source: pictures are repeated, and nothing drifts") {
  for (const double rate : {29.97, 25.0, 15.0, 7.5, 1.0}) {
    CAPTURE(rate);
    Cadence cadence({30, 1}, true);
    const int count = static_cast<int>(rate * 3600);
    const Shown shown = pictures(cadence, rate, count);
    CHECK(shown.dropped == 0);
    CHECK(std::abs(static_cast<int>(shown.stamps.size()) - 30 * 3600) <= 31);
    CHECK(shown.repeated == static_cast<int>(shown.stamps.size()) - count);
    CHECK(shown.largest_error() <= Time(1'000'000 / 30 * 65 / 100));
    CHECK(shown.longest_step() - shown.shortest_step() <= Time(1));
  }
}

TEST_CASE("a faster source: pictures are left out, the others keep their places") {
  for (const double rate : {30.03, 50.0, 60.0, 59.94, 144.0}) {
    CAPTURE(rate);
    Cadence cadence({30, 1}, true);
    const int count = static_cast<int>(rate * 3600);
    const Shown shown = pictures(cadence, rate, count, Time(200));
    CHECK(std::abs(static_cast<int>(shown.stamps.size()) - 30 * 3600) <= 2);
    CHECK(shown.dropped + static_cast<int>(shown.errors.size()) == count);
    CHECK(shown.largest_error() <= Time(1'000'000 / 30 * 65 / 100) + Time(400));
    CHECK(shown.longest_step() - shown.shortest_step() <= Time(1));
  }
}

TEST_CASE("every other picture of a source twice as fast is at its own time") {
  Cadence cadence({30, 1}, true);
  const Shown shown = pictures(cadence, 60, 6'000);
  CHECK(shown.largest_error() <= Time(1));
  CHECK(shown.repeated == 0);
}

TEST_CASE("another source moves the grid once, to its own pictures, and time never goes back") {
  for (const Time phase : {0ms, 5ms, 16ms, 20ms, 33ms, 50ms, 1000ms}) {
    CAPTURE(phase.count());
    Cadence cadence({30, 1}, true);
    Shown shown = pictures(cadence, 30, 100);
    cadence.follow({30, 1});
    const Time last = shown.stamps.back();
    const size_t before = shown.errors.size();
    for (int i = 0; i < 100; ++i) show(cadence, last + phase + Time(std::llround(i * 1e6 / 30)), shown);
    for (size_t i = before + 1; i < shown.errors.size(); ++i) CHECK(std::abs(shown.errors[i].count()) <= 1);
    CHECK(shown.shortest_step() >= 16ms);
    CHECK(shown.longest_step() <= 67ms);
  }
}

TEST_CASE("the first picture of another source is shown even if its time is taken, those after it on their own times") {
  for (const Time early : {20ms, 40ms, 300ms}) {
    CAPTURE(early.count());
    Cadence cadence({30, 1}, true);
    Shown shown = pictures(cadence, 30, 10);
    const Time last = shown.stamps.back();
    cadence.follow({30, 1});
    show(cadence, last - early, shown);
    CHECK(shown.stamps.back() > last);
    const size_t before = shown.errors.size();
    for (int i = 1; i < 30; ++i) show(cadence, last - early + Time(std::llround(i * 1e6 / 30)), shown);
    REQUIRE(shown.errors.size() > before + 15);
    for (size_t i = before; i < shown.errors.size(); ++i) CHECK(std::abs(shown.errors[i].count()) <= 1);
    CHECK(shown.shortest_step() >= 16ms);
  }
}

TEST_CASE("what the source left empty is filled, and what the track itself was too slow for is not") {
  const Cadence cadence({30, 1}, true);
  CHECK(cadence.repeats(1, 2ms, 20ms) == 1);
  CHECK(cadence.repeats(1, 30ms, 5ms) == 1);
  CHECK(cadence.repeats(5, 150ms, 5ms) == 5);
  CHECK(cadence.repeats(5, 40ms, 5ms) == 2);  // for the rest it was at work
  CHECK(cadence.repeats(5, 10us, 5ms) == 0);
  CHECK(cadence.repeats(1, 20ms, 40ms) == 0);  // a screen that waits for its next moment, not for the track
  CHECK(cadence.repeats(3, 80ms, 40ms) == 2);
}

TEST_CASE("skipped places are time without pictures") {
  Cadence cadence({25, 1}, true);
  cadence.place_of(kStart);
  cadence.take(kStart);
  cadence.skip(25);
  CHECK(cadence.next() == kStart + 40ms + 1s);
}

TEST_CASE("a variable rate keeps capture times, and thins out only what is faster") {
  SUBCASE("a source with jitter at the rate") {
    Cadence cadence({30, 1}, false);
    const Shown shown = pictures(cadence, 30, 3'000, 10ms);
    CHECK(shown.dropped == 0);
    CHECK(shown.repeated == 0);
    CHECK(shown.largest_error() == Time{});
  }
  SUBCASE("a source twice as fast") {
    Cadence cadence({30, 1}, false);
    const Shown shown = pictures(cadence, 60, 6'000, 1ms);
    CHECK(shown.stamps.size() == 3'000);
    CHECK(shown.largest_error() == Time{});
  }
  SUBCASE("a slow one") {
    Cadence cadence({30, 1}, false);
    const Shown shown = pictures(cadence, 4, 100);
    CHECK(shown.stamps.size() == 100);
  }
}

TEST_CASE("places are exact after weeks") {
  Cadence cadence({30'000, 1'001}, true);
  cadence.place_of(kStart);
  const int64_t month = 30LL * 24 * 3600 * 30'000 / 1'001;
  cadence.skip(month);
  CHECK((cadence.next() - kStart).count() == static_cast<int64_t>(static_cast<__int128>(month) * 1'001 * 1'000'000 / 30'000));
}

TEST_SUITE_END();
