// The encoder gives way to a narrow network and comes back when it is wide again: Throttle, Transit and Backlog together, over
// simulated networks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "pipeline/throttle.h"
#include "simulated_link.h"

namespace {

using media::Time;
using pipeline::Throttle;
using simulated::Stream;
using namespace std::chrono_literals;

constexpr double kWide = 20e6;
constexpr int kSettled = 15;  // seconds

struct Figures {
  double dropped = 0;  // of all pictures
  int least = std::numeric_limits<int>::max(), most = 0;  // target
  Time oldest{};
};

Figures figures(const std::vector<Stream::Second>& seconds, size_t from) {
  Figures all;
  int pictures = 0, dropped = 0;
  for (size_t i = from; i < seconds.size(); ++i) {
    pictures += seconds[i].pictures;
    dropped += seconds[i].dropped;
    all.least = std::min(all.least, seconds[i].least);
    all.most = std::max(all.most, seconds[i].most);
    all.oldest = std::max(all.oldest, seconds[i].oldest);
  }
  all.dropped = static_cast<double>(dropped) / pictures;
  return all;
}

/// Seconds until the target is the wanted one and stays so.
int recovery(const std::vector<Stream::Second>& seconds, int wanted) {
  const auto last_lower = std::find_if(seconds.rbegin(), seconds.rend(), [wanted](const auto& each) { return each.least < wanted; });
  return static_cast<int>(seconds.rend() - last_lower);
}

auto steady(double bits_per_second) {
  return [bits_per_second](Time) { return bits_per_second; };
}

}  // namespace

TEST_CASE("a link that becomes narrow is used, nearly nothing is dropped, and the bitrate is whole soon after it is wide again") {
  for (const int wanted : {300'000, 2'500'000, 8'000'000}) {
    for (const double width : {250e3, 800e3, 3e6}) {
      for (const size_t router : {8'000, 64'000, 1'000'000}) {
        for (const Time round_trip : {20ms, 200ms}) {
          // Where a router's queue is much shorter than what is on its way, TCP itself cannot use the link.
          if (static_cast<double>(router) < width / 8 * simulated::seconds(round_trip) / 2) continue;
          for (const double keyframe : {0.2, 0.5}) {
            CAPTURE(wanted);
            CAPTURE(width);
            CAPTURE(router);
            CAPTURE(round_trip.count());
            CAPTURE(keyframe);
            Stream stream;
            stream.wanted = wanted;
            stream.keyframe = keyframe;
            stream.scene_change = 0.002;
            stream.tcp.router = router;
            stream.tcp.round_trip = round_trip;
            stream.tcp.rate = steady(kWide);
            stream.run(5s);
            stream.tcp.rate = steady(width);
            // A keyframe that was made before is never dropped, whatever its size.
            const auto keyframe_needs = static_cast<int>(1.5 * keyframe * wanted / (width - stream.sound));
            const Figures settled = figures(stream.run(std::chrono::seconds(kSettled + keyframe_needs + 40)),
                                            static_cast<size_t>(kSettled + keyframe_needs));
            CHECK(settled.dropped < 0.02);
            const double room = width - stream.sound;
            if (room > 1.3 * wanted) continue;
            CHECK(settled.most <= std::max(1.5 * room, room + 75'000));
            CHECK(settled.least >= std::min(0.4 * room, 0.4 * wanted));
            if (round_trip > 100ms) continue;  // TCP itself takes its time
            stream.tcp.rate = steady(kWide);
            stream.tcp.router = 1'000'000;
            CHECK(recovery(stream.run(50s), wanted) <= 45);
          }
        }
      }
    }
  }
}

TEST_CASE("a wide network gets all of the bitrate, whatever its round trip") {
  for (const Time round_trip : {1ms, 50ms, 200ms, 400ms}) {
    CAPTURE(round_trip.count());
    Stream stream;
    stream.tcp.round_trip = round_trip;
    stream.tcp.router = 1'000'000;
    stream.tcp.rate = steady(kWide);
    stream.run(round_trip > 100ms ? 30s : 0s);  // TCP begins slowly
    CHECK(figures(stream.run(60s), 0).least == stream.wanted);
  }
}

TEST_CASE("a server that reads slowly gets what it reads, whatever its host keeps for it") {
  for (const double reads : {30e3, 50e3, 100e3, 200e3}) {
    for (const size_t buffer : {16'000, 64'000, 400'000, 1'000'000}) {
      CAPTURE(reads);
      CAPTURE(buffer);
      Stream stream;
      stream.tcp.rate = steady(kWide);
      stream.tcp.reads = reads;
      stream.tcp.receive_buffer = buffer;
      const Figures settled = figures(stream.run(120s), 30);
      CHECK(settled.dropped < 0.02);
      const double room = reads * 8 - stream.sound;
      CHECK(settled.most < 1.5 * room);
      CHECK(settled.least > 0.4 * room);
    }
  }
}

TEST_CASE("a network whose width changes is followed without much being dropped") {
  for (const int period : {2, 4, 20}) {
    for (const bool smooth : {false, true}) {
      CAPTURE(period);
      CAPTURE(smooth);
      Stream stream;
      stream.wanted = 4'000'000;
      stream.tcp.rate = [=](Time now) {
        const double phase = std::fmod(simulated::seconds(now), period) / period;
        return smooth ? 2.5e6 + 1.5e6 * std::sin(phase * 6.283) : phase < 0.5 ? 1e6 : 4e6;
      };
      const Figures settled = figures(stream.run(120s), kSettled);
      CHECK(settled.dropped < 0.02);
      CHECK(settled.least > 300'000);
    }
  }
}

TEST_CASE("an interruption is no narrow network") {
  for (const Time length : {100ms, 300ms, 600ms}) {
    CAPTURE(length.count());
    Stream stream;
    stream.tcp.rate = [=](Time now) { return std::fmod(simulated::seconds(now), 5) < simulated::seconds(length) ? 0 : 8e6; };
    const Figures all = figures(stream.run(60s), 0);
    CHECK(all.dropped == 0);
    CHECK(all.least == stream.wanted);
  }
  SUBCASE("and one for which pictures are dropped is made up for within half a minute") {
    Stream stream;
    stream.tcp.rate = steady(8e6);
    stream.run(5s);
    stream.tcp.rate = steady(0);
    CHECK(figures(stream.run(4s), 0).dropped > 0.2);
    CHECK(stream.target() < stream.wanted / 2);
    stream.tcp.rate = steady(8e6);
    CHECK(recovery(stream.run(40s), stream.wanted) <= 30);
  }
}

TEST_CASE("pictures that are dropped before they could leave tell of a narrow network, though nothing else waits") {
  Throttle throttle(700ms, 128'000);
  Throttle::Look look{.age_unread = 100ms, .age_unacked = 100ms, .round_trip = 20ms, .least_round_trip = 20ms};
  int target = 0;
  for (Time now = 1s; now < 4s; now += 33ms) {
    look.outstanding = 20'000;
    look.delivered += 1'000;  // 30 kB/s
    look.dropped_frames += 1;
    target = throttle.allow(2'500'000, look, now);
  }
  CHECK(target < 200'000);
}

TEST_CASE("other waits, other keyframes and other pictures than usual") {
  Stream stream;
  SUBCASE("a short wait") { stream.bound = 100ms; }
  SUBCASE("a long wait") { stream.bound = 10s; }
  SUBCASE("a keyframe a second") { stream.keyframe_interval = 1s; }
  SUBCASE("a large keyframe each ten seconds") { stream.keyframe_interval = 10s, stream.keyframe = 0.6; }
  SUBCASE("many scene changes") { stream.scene_change = 0.05; }
  SUBCASE("pictures that need half of it") { stream.ease = 0.5; }
  stream.tcp.rate = steady(kWide);
  stream.run(5s);
  stream.tcp.rate = steady(800e3);
  const Figures settled = figures(stream.run(90s), 30);
  CHECK(settled.dropped < 0.02);
  CHECK(settled.oldest < 3s);
}

TEST_CASE("below the floor pictures are dropped, and sound and keyframes go on") {
  Stream stream;
  stream.tcp.rate = steady(kWide);
  stream.run(5s);
  stream.tcp.rate = steady(180e3);  // the sound, and hardly more
  stream.run(30s);
  CHECK(stream.target() == Throttle::kFloor);
  CHECK_FALSE(stream.overflowed());
}

TEST_CASE("a bitrate that is set meanwhile is another whole, of the same network") {
  Stream stream;
  stream.tcp.rate = steady(kWide);
  stream.run(5s);
  stream.tcp.rate = steady(800e3);
  stream.run(30s);
  stream.wanted = 300'000;
  CHECK(figures(stream.run(10s), 1).least == 300'000);
  stream.wanted = 4'000'000;
  CHECK(figures(stream.run(30s), 1).dropped < 0.02);
}
