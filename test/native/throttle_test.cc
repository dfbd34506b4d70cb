// The encoder gives way to a narrow network and comes back when it is wide again.
#include <doctest/doctest.h>

#include <algorithm>

#include "pipeline/throttle.h"

namespace {

using media::Time;
using pipeline::Throttle;
using namespace std::chrono_literals;

constexpr int kWanted = 2'500'000;

/// A link of so many bit/s, fed for some time with what the throttle allows. Returns the longest wait of the last third.
struct Link {
  Throttle throttle{700ms};
  Time now = 1s;
  double waiting = 0;  // bits

  Time feed(double bits_per_second, Time length) {
    Time longest{};
    const Time end = now + length;
    for (; now < end; now += 33'333us) {
      waiting = std::max(0.0, waiting + throttle.limit(kWanted) / 30.0 - bits_per_second / 30);
      const Time waited(static_cast<int64_t>(waiting / bits_per_second * 1e6));
      throttle.note(waited, now);
      if (end - now < length / 3) longest = std::max(longest, waited);
    }
    return longest;
  }
};

}  // namespace

TEST_CASE("a wide network gets all of the bitrate") {
  Link link;
  CHECK(link.feed(10e6, 60s) == 0us);
  CHECK(link.throttle.limit(kWanted) == kWanted);
}

TEST_CASE("in a narrow network pictures go on leaving before they would be dropped, and it is used") {
  for (const double width : {2e6, 1.2e6, 500e3}) {
    CAPTURE(width);
    Link link;
    CHECK(link.feed(width, 60s) < 700ms);
    CHECK(link.throttle.limit(kWanted) > width / 2);
    CHECK(link.throttle.limit(kWanted) < width * 1.6);
  }
}

TEST_CASE("after a hiccup the bitrate is whole again within half a minute") {
  Link link;
  link.feed(10e6, 5s);
  link.feed(300e3, 3s);
  CHECK(link.throttle.limit(kWanted) < kWanted / 2);
  link.feed(10e6, 30s);
  CHECK(link.throttle.limit(kWanted) == kWanted);
}

TEST_CASE("a bitrate that is set meanwhile is taken as the new whole") {
  Throttle throttle(700ms);
  throttle.note(300ms, 1s);
  CHECK(throttle.limit(kWanted) == static_cast<int>(kWanted * 0.7));
  CHECK(throttle.limit(1'000'000) == 700'000);
}
