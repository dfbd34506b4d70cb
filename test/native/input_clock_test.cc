// Timestamps of every sort, in simulated time: a writer, an input's bounded queue and its reader, with nothing real but the mapping.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "capture/input_clock.h"
#include "capture/writing_pace.h"

using capture::InputClock;
using capture::InputTimeline;
using capture::Stamped;
using capture::WritingPace;
using media::Time;
using namespace std::chrono_literals;

namespace {

constexpr Time kStart = 1000s;  // of CLOCK_MONOTONIC
constexpr Time kPiece = 20ms;
constexpr Time kMostSound = 200ms;

int64_t micro(Time time) { return time.count(); }
double in_seconds(Time time) { return static_cast<double>(time.count()) * 1e-6; }

/// What came out of an input: its place in what was filmed or recorded, its capture time, and when it came out.
struct Shown {
  Time content;
  Time at;
  Time now;
};

/// The queue of an input and its reader.
struct Simulated {
  Simulated(std::shared_ptr<InputClock> clock, bool sound, Time interval = 33'333us)
      : sound(sound), interval(interval), timeline(std::move(clock), sound ? 48'000 : 0), pace(sound ? kMostSound : 2 * interval) {}

  struct Item {
    Stamped stamped;
    Time content;
    Time taken{};
    Time first{};
  };
  bool full() const { return sound ? held >= kMostSound : queue.size() >= 2; }

  void write(Time now, Time content, int64_t stamp, Time length) {
    held += sound ? length : interval;
    queue.push_back({{stamp, now, sound ? length : interval, {}}, content});
    Stamped& stamped = queue.back().stamped;
    stamped.held_back = pace.wrote(now, stamped.length, full());
    written = now;
  }
  void read(Time now) {
    while (!queue.empty()) {
      Item& item = queue.front();
      if (item.taken == Time{}) {
        const auto place = timeline.place(item.stamped, pace.unhurried());
        item.first = place.at;
        latest = std::max(latest, place.at - now);
      }
      const Time at = std::max(last, item.first + item.taken);
      if (at > now) return;
      last = at;
      if (item.taken == Time{}) timeline.taken();
      shown.push_back({item.content + item.taken, item.first + item.taken, now});
      const Time piece = sound ? std::min(kPiece, item.stamped.length - item.taken) : item.stamped.length;
      item.taken += piece;
      held -= piece;
      if (item.taken >= item.stamped.length) queue.pop_front();
      if (!full()) pace.freed(now);
    }
  }

  const bool sound;
  const Time interval;
  InputTimeline timeline;
  WritingPace pace;
  std::deque<Item> queue;
  Time held{};
  Time last = Time::min();
  Time written{};
  Time latest{};  // the farthest into the future that anything was placed
  std::vector<Shown> shown;
};

/// A program that writes what lasts `length` a piece, stamped by `stamp`, in its own time (`live`) or as fast as it may.
struct Writer {
  Simulated& input;
  Time length;
  std::function<int64_t(Time content)> stamp;
  bool live = true;
  std::function<Time(Time content)> ready = [](Time content) { return content; };  // live: since the beginning
  Time end = 1h;
  Time content{};
  Time next = kStart;  // not before

  void run(Time now, std::mt19937& random) {
    for (int turns = 0; turns < 2 && content < end; ++turns) {  // as Node's stream lets go on but once a turn
      if (input.full() || now < next || (live && now < kStart + ready(content))) return;
      input.write(now, content, stamp(content), length);
      content += length;
      if (!live) next = now + Time(std::uniform_int_distribution<int>(0, 2000)(random));
    }
  }
};

void run(std::vector<Writer*> writers, Time from, Time until, std::mt19937& random) {
  for (Time now = from; now < until; now += 1ms) {
    for (Writer* writer : writers) {
      writer->run(now, random);
      writer->input.read(now);
    }
  }
}

/// The longest time in which nothing of use came out: what comes a second late is of none.
Time longest_pause(const Simulated& input, Time from, Time until) {
  Time last = from;
  Time longest{};
  for (const Shown& each : input.shown) {
    if (each.now < from || each.now - each.at > 1s) continue;
    if (each.now >= until) break;
    longest = std::max(longest, each.now - last);
    last = each.now;
  }
  return std::max(longest, until - last);
}

/// How much later than its content the last of what came out by `now` lies.
Time offset(const Simulated& input, Time now) {
  const auto after = std::ranges::find_if(input.shown, [now](const Shown& each) { return each.now > now; });
  REQUIRE(after != input.shown.begin());
  return std::prev(after)->at - std::prev(after)->content;
}

/// What is shown of a clip of picture and sound whose timestamps are `stamp` of where it is in it.
struct Clip {
  std::shared_ptr<InputClock> clock = std::make_shared<InputClock>();
  Simulated video{clock, false};
  Simulated audio{clock, true};
  std::mt19937 random{1};

  void play(const std::function<int64_t(Time)>& stamp, bool live, Time until) {
    Writer pictures{.input = video, .length = 33'333us, .stamp = stamp, .live = live};
    Writer sounds{.input = audio, .length = 10ms, .stamp = stamp, .live = live};
    run({&pictures, &sounds}, kStart, kStart + until, random);
  }
  Time apart(Time now) const { return offset(audio, kStart + now) - offset(video, kStart + now); }
  void check_flowing(Time until, Time ahead = 1s) {
    CHECK(longest_pause(video, kStart, kStart + until) < 150ms);
    CHECK(longest_pause(audio, kStart, kStart + until) < 100ms);
    CHECK(std::chrono::abs(apart(until)) < 5ms);
    CHECK(video.latest <= ahead);
    CHECK(audio.latest <= ahead);
  }
};

}  // namespace

TEST_CASE("steps of the timestamps: picture and sound go on without a pause, and together") {
  struct Jump {
    const char* name;
    std::function<int64_t(Time)> stamp;
    uint64_t jumps;
  };
  const std::vector<Jump> jumps{
      {"none", [](Time at) { return micro(at); }, 0},
      {"a clip in a loop", [](Time at) { return micro(at % 4s); }, 2},
      {"a clock that is set an hour ahead", [](Time at) { return micro(at < 4s ? at : at + 1h); }, 1},
      {"a clock that is set an hour back", [](Time at) { return micro(at < 4s ? at : at - 1h); }, 1},
      {"five seconds ahead", [](Time at) { return micro(at < 4s ? at : at + 5s); }, 1},
      {"a second and a half back", [](Time at) { return micro(at < 4s ? at : at - 1500ms); }, 1},
      {"33 bits at 90 kHz wrap",
       [](Time at) {
         const int64_t wrap = (int64_t{1} << 33) * 100 / 9;
         return (micro(at) + wrap - 4'000'000) % wrap;
       },
       1},
  };
  for (const Jump& jump : jumps) {
    for (const bool live : {true, false}) {
      CAPTURE(std::string(jump.name));
      CAPTURE(live);
      Clip clip;
      clip.play(jump.stamp, live, 10s);
      clip.check_flowing(10s);
      CHECK(clip.video.timeline.jumps() == jump.jumps);
      CHECK(clip.audio.timeline.jumps() == jump.jumps);
      CHECK(clip.video.timeline.take_report().has_value() == (jump.jumps > 0));
      CHECK_FALSE(clip.video.timeline.take_report());
    }
  }
}

TEST_CASE("a picture's small steps are believed: reordered ones, and less than a second") {
  Clip clip;
  int frame = 0;
  clip.play([&](Time at) { return micro(at) + (++frame % 3 == 0 ? -50'000 : 0); }, true, 5s);
  CHECK(clip.video.timeline.jumps() == 0);
  Clip step;
  step.play([&](Time at) { return micro(at < 3s ? at : at - 900ms); }, true, 5s);
  CHECK(step.video.timeline.jumps() == 0);
}

TEST_CASE("pictures on either side of a wrap, in decoding order, keep their places") {
  const auto clock = std::make_shared<InputClock>();
  InputTimeline timeline(clock, 0);
  const int64_t wrap = (int64_t{1} << 33) * 100 / 9;
  const std::vector<int> order{0, 1, 2, 5, 3, 4, 8, 6, 7, 9, 10};
  for (size_t i = 0; i < order.size(); ++i) {
    const int64_t stamp = (wrap - 5 * 40'000 + order[i] * 40'000) % wrap;
    const Time arrival = kStart + static_cast<int64_t>(i) * 40ms;
    const Time at = timeline.place({stamp, arrival, 40ms, {}}, true).at;
    timeline.taken();
    CHECK(std::chrono::abs(at - kStart - order[i] * 40ms) <= 80ms);
  }
  CHECK(timeline.jumps() == 1);
}

TEST_CASE("an input that is far from the other's clock is taken as it comes") {
  for (const int64_t far : {int64_t{1'750'000'000'000'000}, int64_t{-1'750'000'000'000'000}, int64_t{3'600'000'000}, int64_t{-20'000'000}}) {
    CAPTURE(far);
    Clip clip;
    Writer pictures{.input = clip.video, .length = 40ms, .stamp = [far](Time at) { return micro(at) + far; }};
    Writer sounds{.input = clip.audio, .length = 20ms, .stamp = [](Time at) { return micro(at); }};
    run({&pictures, &sounds}, kStart, kStart + 5s, clip.random);
    clip.check_flowing(5s, 20s);  // for as long as it is not seen that it is no gap
    CHECK(clip.video.timeline.jumps() + clip.audio.timeline.jumps() == 1);
    const auto report = clip.audio.timeline.take_report();
    REQUIRE(report);
    CHECK(report->find("its first, is") != std::string::npos);
  }
}

TEST_CASE("an input that begins later, in its own time or ahead of it, keeps its place") {
  for (const bool live : {true, false}) {
    CAPTURE(live);
    Clip clip;
    Writer pictures{.input = clip.video, .length = 40ms, .stamp = micro, .live = live};
    Writer sounds{.input = clip.audio, .length = 20ms, .stamp = micro, .live = live, .content = 5s};
    run({&pictures, &sounds}, kStart, kStart + 8s, clip.random);
    CHECK(clip.audio.timeline.jumps() == 0);
    CHECK(std::chrono::abs(clip.apart(8s)) < 5ms);
    CHECK(clip.audio.shown.front().now - kStart >= 5s - 5ms);
  }
}

TEST_CASE("a still picture now and then stays for as long as it is stamped") {
  for (const Time every : {5s, 30s}) {
    for (const bool live : {true, false}) {
      CAPTURE(every.count());
      CAPTURE(live);
      Clip clip;
      Writer pictures{.input = clip.video, .length = every, .stamp = micro, .live = live};
      Writer sounds{.input = clip.audio, .length = 20ms, .stamp = micro, .live = live};
      run({&pictures, &sounds}, kStart, kStart + 100s, clip.random);
      CAPTURE(clip.video.timeline.take_report().value_or(""));
      REQUIRE(clip.video.timeline.jumps() == 0);
      REQUIRE(clip.video.shown.size() >= 4);
      for (const Shown& each : clip.video.shown) CHECK(std::chrono::abs(each.now - kStart - each.content) < 10ms);
    }
  }
}

TEST_CASE("a source that stalls goes on live, with picture and sound together") {
  for (const Time stall : {1500ms, 3000ms, 10000ms, 600000ms}) {
    for (const bool counted : {true, false}) {
      for (const bool burst : {false, true}) {
        if (burst && (!counted || stall > 10s)) continue;
        CAPTURE(stall.count());
        CAPTURE(counted);
        CAPTURE(burst);
        Clip clip;
        // Of a pile that comes at once every piece was filmed; else what happened meanwhile is not there.
        const auto stamp = [=](Time at) { return micro(at < 4s || burst || !counted ? at : at + stall); };
        const auto ready = [=](Time at) { return at < 4s ? at : burst ? std::max(at, 4s + stall) : at + stall; };
        Writer pictures{.input = clip.video, .length = 40ms, .stamp = stamp, .ready = ready};
        Writer sounds{.input = clip.audio, .length = 10ms, .stamp = stamp, .ready = ready};
        run({&pictures, &sounds}, kStart, kStart + 4s, clip.random);
        const Time on = kStart + 4s + stall;
        run({&pictures, &sounds}, on, on + 6s, clip.random);
        CHECK(longest_pause(clip.video, on, on + 6s) < (counted && !burst ? 100ms : 700ms));
        CHECK(longest_pause(clip.audio, on, on + 6s) < (counted && !burst ? 100ms : 700ms));
        for (const Simulated* input : {&clip.video, &clip.audio}) {
          CHECK(input->shown.back().now - input->shown.back().at < 20ms);
          CHECK(input->timeline.jumps() == (counted ? 0 : 1));
        }
        CHECK(std::chrono::abs(clip.apart(on + 6s - kStart)) < 20ms);
      }
    }
  }
}

TEST_CASE("a writer that is held back by a slow encoder is late through no fault of its own") {
  Clip clip;
  Writer pictures{.input = clip.video, .length = 40ms, .stamp = micro, .live = false};
  for (Time now = kStart; now < kStart + 20s; now += 1ms) {
    pictures.run(now, clip.random);
    if (now.count() % 60'000 == 0 && !clip.video.queue.empty()) {  // one at a time, at two thirds of the pace
      auto rest = std::deque(clip.video.queue.begin() + 1, clip.video.queue.end());
      clip.video.queue.resize(1, clip.video.queue.front());
      clip.video.read(now);
      clip.video.queue.insert(clip.video.queue.end(), rest.begin(), rest.end());
      if (!clip.video.full()) clip.video.pace.freed(now);
    }
  }
  CHECK(clip.video.timeline.jumps() == 0);
  CHECK(offset(clip.video, kStart + 20s) < kStart + 10ms);
}

TEST_CASE("timestamps in another unit are recognized, and picture and sound stay together") {
  struct Unit {
    const char* name;
    double each;  // microseconds
    const char* words;
  };
  const std::vector<Unit> units{{"ms", 1e3, "milliseconds"}, {"ns", 1e-3, "nanoseconds"}, {"90 kHz", 1 / 0.09, "90 kHz"}};
  for (const Unit& unit : units) {
    const Time frame = unit.each < 1 ? 33'333us : 40ms;  // nanoseconds: only at the rate that was announced
    for (const int64_t origin : {int64_t{0}, int64_t{1'750'000'000'000'000}}) {
      for (const bool live : {true, false}) {
        for (const std::string who : {"both", "video", "audio"}) {
          CAPTURE(std::string(unit.name));
          CAPTURE(origin);
          CAPTURE(live);
          CAPTURE(who);
          const auto wrong = [&](Time at) { return std::llround(static_cast<double>(micro(at) + origin) / unit.each); };
          const auto right = [&](Time at) { return static_cast<long long>(micro(at) + origin); };
          Clip clip;
          Writer pictures{.input = clip.video, .length = frame, .stamp = [&](Time at) { return who == "audio" ? right(at) : wrong(at); }, .live = live};
          Writer sounds{.input = clip.audio, .length = 20ms, .stamp = [&](Time at) { return who == "video" ? right(at) : wrong(at); }, .live = live};
          run({&pictures, &sounds}, kStart, kStart + 10s, clip.random);
          for (const Simulated* input : {&clip.video, &clip.audio}) {
            CHECK(longest_pause(*input, kStart, kStart + 10s) < 1200ms);
            CHECK(std::chrono::abs(input->shown.back().now - input->shown.back().at) < 100ms);
            // At its own pace.
            CHECK(std::abs(in_seconds(input->shown.back().content) - 10) < (live ? 0.1 : 1.2));
          }
          if (live) CHECK(std::chrono::abs(clip.apart(10s)) < 100ms);
          const auto report = (who == "audio" ? clip.audio : clip.video).timeline.take_report();
          REQUIRE(report);
          if (origin == 0) CHECK(report->find(unit.words) != std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("timestamps that tell no time are replaced by the count") {
  for (const bool live : {true, false}) {
    for (const std::string what : {"seconds", "zero", "numbers"}) {
      CAPTURE(live);
      CAPTURE(what);
      Clip clip;
      const auto stamp = [&](Time each) {
        return [&what, each](Time at) { return what == "zero" ? 0 : what == "seconds" ? micro(at) / 1'000'000 : at / each; };
      };
      Writer pictures{.input = clip.video, .length = 33'333us, .stamp = stamp(33'333us), .live = live};
      Writer sounds{.input = clip.audio, .length = 10ms, .stamp = stamp(10ms), .live = live};
      run({&pictures, &sounds}, kStart, kStart + 10s, clip.random);
      for (const Simulated* input : {&clip.video, &clip.audio}) {
        CHECK(longest_pause(*input, kStart + 1s, kStart + 10s) < 300ms);
        CHECK(input->shown.back().now - input->shown.back().at < 300ms);
        CHECK(input->timeline.jumps() >= 1);
      }
      CHECK(std::abs(in_seconds(clip.video.shown.back().content) - 10) < (live ? 0.2 : 2.5));
    }
  }
}

TEST_CASE("a burst of pictures that a clock stamped is not taken for another unit") {
  Clip clip;
  std::mt19937 random(3);
  int64_t last = 0;
  // A tenth of a second of nothing, then three at once.
  const auto stamp = [&](Time at) { return last = std::max(last + 40 + static_cast<int64_t>(random() % 100), micro(at) / 99'999 * 99'999); };
  const auto ready = [](Time at) { return Time(micro(at) / 99'999 * 99'999); };
  Writer pictures{.input = clip.video, .length = 33'333us, .stamp = stamp, .ready = ready};
  run({&pictures}, kStart, kStart + 30s, clip.random);
  CHECK(clip.video.timeline.jumps() == 0);
}

TEST_CASE("any timestamps: nothing is placed far ahead, nothing lies still for long") {
  std::mt19937 random(7);
  const auto between = [&random](int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random); };
  for (int round = 0; round < 2000; ++round) {
    CAPTURE(round);
    const bool live = between(0, 1) == 0;
    const bool together = between(0, 2) != 0;  // both step at the same place
    const Time interval = Time(1'000'000 / between(5, 60));
    const Time piece = Time(between(2'500, 120'000));
    const Time skew = live ? Time(between(-100'000, 100'000)) : Time{};
    struct Step {
      Time place;
      int64_t by;
    };
    const auto steps = [&] {
      std::vector<Step> result;
      for (Time place = Time(between(500'000, 3'000'000)); place < 10s; place += Time(between(2'500'000, 5'000'000))) {
        const int64_t most = between(0, 3) == 0 ? 10'000'000'000'000 : between(0, 1) == 0 ? 3'700'000'000 : 20'000'000;
        const int64_t by = between(1'200'000, most);
        // A picture alone that is written ahead may be a still that lasts.
        const bool back = between(0, 1) == 0 || (!live && !together);
        result.push_back({place, back ? -by : by});
      }
      return result;
    };
    const std::vector<Step> for_video = steps();
    const std::vector<Step> for_audio = together ? for_video : steps();
    const auto stamped = [](const std::vector<Step>& steps, Time content) {
      int64_t stamp = 5'000'000 + micro(content);
      for (const Step& step : steps) stamp += step.place <= content ? step.by : 0;
      return stamp;
    };
    const int jitter = static_cast<int>(between(0, 25'000));
    const auto clock = std::make_shared<InputClock>();
    Simulated video(clock, false, 33'333us);
    Simulated audio(clock, true);
    const auto late = [&](Time skew) {
      return [&between, skew, jitter](Time content) { return content + 200ms + skew + Time(between(0, jitter)); };
    };
    Writer pictures{.input = video, .length = interval, .stamp = [&](Time at) { return stamped(for_video, at); }, .live = live, .ready = late({})};
    Writer sounds{.input = audio, .length = piece, .stamp = [&](Time at) { return stamped(for_audio, at); }, .live = live, .ready = late(skew)};
    run({&pictures, &sounds}, kStart, kStart + 12s, random);
    for (const Simulated* input : {&video, &audio}) {
      CHECK(input->latest <= 61s);
      CHECK(input->shown.back().now - input->shown.back().at < 1200ms);
    }
    CAPTURE(live);
    CAPTURE(interval.count());
    CAPTURE(piece.count());
    CAPTURE(skew.count());
    CAPTURE(together);
    CHECK(longest_pause(video, kStart + 500ms, kStart + 12s) < 1300ms);
    CHECK(longest_pause(audio, kStart + 500ms, kStart + 12s) < 1300ms);
    if (!together) continue;
    // As far as they were apart from the beginning, by their timestamps: not at all.
    const Time off = offset(audio, kStart + 12s) - offset(video, kStart + 12s);
    CHECK(std::chrono::abs(off) < 5ms);
  }
}
