// The order and the stamps of both tracks, over random arrivals: late sound, bursts, stalls of a device and of the network.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/backlog.h"
#include "rtmp/timestamp.h"

namespace {

using media::Packet;
using media::Time;
using media::Track;
using pipeline::Backlog;
using namespace std::chrono_literals;

constexpr Time kSound = 21'333us;
constexpr Time kEncoding = 15ms;  // from a picture's capture to its packet

struct Scene {
  double frame_rate = 30;
  Time sound_lag = 110ms;
  Time planned_lag = 110ms;
  Time spread = 200ms;
  int b_frames = 0;
  Time jitter{};         // of arrivals
  Time device_stalls{};  // sound comes late by up to so much, then all at once, every two seconds
  Time busy{};           // neither track gets on for so long, every three seconds
  Time network_stalls{};
};

struct Arrival {
  Time at;
  Packet packet;
};

struct Left {
  Track track;
  Time pts, dts, stamp, arrival, left, interleaved;
};

Packet packet_of(Track track, Time pts, Time dts) {
  Packet packet(track, track == Track::kVideo ? 4000 : 300);
  packet.pts = pts;
  packet.dts = dts;
  return packet;
}

/// Whatever was to come within the pause comes at its end.
Time after_pause(Time at, Time every, Time pause) {
  const Time phase = at % every;
  return phase < pause ? at - phase + pause : at;
}

std::vector<Arrival> arrivals(const Scene& scene, uint32_t seed, Time length) {
  std::mt19937 random(seed);
  const auto jitter = [&] { return scene.jitter > 0ms ? Time(random() % static_cast<uint32_t>(scene.jitter.count())) : Time{}; };
  const auto frame = [&](int index) { return Time(static_cast<int64_t>(index * 1e6 / scene.frame_rate)); };
  std::vector<Arrival> all;
  const auto add = [&](Track track, Time pts, Time dts, Time at) {
    if (scene.busy > 0ms) at = after_pause(at, 3s, scene.busy);
    const auto of_track = std::ranges::find_if(all.rbegin(), all.rend(), [&](const auto& each) { return each.packet.track == track; });
    if (of_track != all.rend()) at = std::max(at, of_track->at);  // a track's own order stays
    all.push_back({at, packet_of(track, pts, dts)});
    if (track == Track::kVideo) all.back().packet.keyframe = all.size() % 60 == 1;
  };
  const int group = scene.b_frames + 1;
  for (int i = 0; frame(i) < length; ++i) {
    // I, then P B B B, P B B B: each P before the B-frames that are shown before it, and dts two frames behind.
    const int place = i == 0 || group == 1 ? i : (i - 1) % group == 0 ? i + group - 1 : i - 1;
    const int behind = scene.b_frames > 0 ? i - 2 : i;
    const int last_needed = i + (scene.b_frames > 0 ? scene.b_frames + 1 : 0);
    add(Track::kVideo, frame(place), frame(behind), frame(last_needed) + kEncoding + jitter());
  }
  for (Time pts{}; pts < length; pts += kSound) {
    Time at = pts + scene.sound_lag + jitter();
    if (scene.device_stalls > 0ms) at = after_pause(at, 2s, scene.device_stalls);
    add(Track::kAudio, pts, pts, at);
  }
  std::ranges::stable_sort(all, {}, &Arrival::at);
  return all;
}

std::vector<Left> run(const Scene& scene, uint32_t seed, Time length = 20s) {
  Backlog backlog({700ms, 4'000'000, scene.spread});
  const Time frame(static_cast<int64_t>(1e6 / scene.frame_rate));
  backlog.start({.video = true, .audio = true, .video_frame_duration = frame, .audio_frame_duration = kSound,
                 .reorder_delay = scene.b_frames > 0 ? (scene.b_frames + 2) * frame : Time{}, .audio_lag = scene.planned_lag});
  auto all = arrivals(scene, seed, length);
  std::vector<Left> left;
  std::vector<std::pair<Time, Time>> when;  // pts and arrival of the video
  const auto drain = [&](Time now) {
    if (scene.network_stalls > 0ms && now % 5s < scene.network_stalls) return;
    while (auto out = backlog.pop(now)) {
      left.push_back({out->packet.track, out->packet.pts, out->packet.dts, out->stamp, now - out->waited - out->interleaved, now,
                      out->interleaved});
    }
  };
  size_t next = 0;
  for (Time now{}; now < length + 2s; now += 1ms) {
    for (; next < all.size() && all[next].at <= now; ++next) {
      backlog.push(std::move(all[next].packet), now);
      drain(now);
    }
    drain(now);
  }
  backlog.end(Track::kVideo);
  backlog.end(Track::kAudio);
  for (Time now = length + 2s; now < length + 4s; now += 1ms) drain(now);
  CHECK(backlog.finished());
  return left;
}

std::vector<Left> of(Track track, const std::vector<Left>& left) {
  std::vector<Left> own;
  std::ranges::copy_if(left, std::back_inserter(own), [&](const Left& each) { return each.track == track; });
  return own;
}

/// What holds for every scene.
void check_each_track(const std::vector<Left>& left) {
  for (const Track track : {Track::kVideo, Track::kAudio}) {
    const auto own = of(track, left);
    REQUIRE(own.size() > 100);
    rtmp::Timestamp timestamp(left.front().stamp);
    uint32_t sent = 0;
    for (size_t i = 0; i < own.size(); ++i) {
      const uint32_t before = std::exchange(sent, timestamp.of(own[i].stamp));
      if (i == 0) continue;
      CHECK(own[i].stamp - own[i - 1].stamp >= 1ms);
      CHECK(sent > before);
      CHECK(own[i].stamp <= own[i].pts);
    }
  }
  for (const Left& each : of(Track::kAudio, left)) CHECK(each.stamp == each.pts);
  for (const Left& each : of(Track::kVideo, left)) CHECK(each.interleaved == 0ms);
}

/// But for what brings a picture back to sound that is ahead of it.
void check_even_pace(const std::vector<Left>& left, Time spread = 200ms) {
  const Left* before = nullptr;
  Time sound = Time::min() + 1h;
  for (const Left& each : left) {
    if (each.track == Track::kAudio) {
      sound = each.stamp;
      continue;
    }
    if (before != nullptr) {
      const Time pace = each.dts - before->dts;
      const Time step = each.stamp - before->stamp;
      CHECK(step >= pace / 2);
      CHECK((step <= 2 * pace + 1us || each.stamp <= sound - spread));
    }
    before = &each;
  }
}

Time most_back(const std::vector<Left>& left) {
  Time most{}, highest = left.front().stamp;
  for (const Left& each : left) {
    most = std::max(most, highest - each.stamp);
    highest = std::max(highest, each.stamp);
  }
  return most;
}

std::vector<Scene> usual_scenes() {
  std::vector<Scene> scenes;
  for (const double rate : {15.0, 24.0, 29.97, 60.0, 120.0, 240.0}) {
    for (const Time lag : {0ms, 40ms, 110ms, 180ms}) {
      for (const int b_frames : {0, 3}) {
        scenes.push_back({.frame_rate = rate, .sound_lag = lag, .planned_lag = lag, .b_frames = b_frames, .jitter = 9ms});
      }
    }
  }
  return scenes;
}

}  // namespace

TEST_CASE("interleaving: a picture's decoding time is its presentation time, but for what B-frames need") {
  uint32_t seed = 1;
  for (const Scene& scene : usual_scenes()) {
    CAPTURE(scene.frame_rate);
    CAPTURE(scene.sound_lag.count());
    CAPTURE(scene.b_frames);
    const auto left = run(scene, seed++);
    check_each_track(left);
    check_even_pace(left);
    for (const Left& each : of(Track::kVideo, left)) {
      CHECK(each.stamp == each.dts);
      CHECK(each.left - each.arrival <= 1ms);
      if (scene.b_frames == 0) CHECK(each.stamp == each.pts);
    }
    CHECK(most_back(left) <= 200ms + kSound);
    // Sound that is there before its picture by more than the spread waits for it: B-frames at a low rate.
    if (scene.b_frames > 0) continue;
    for (const Left& each : of(Track::kAudio, left)) CHECK(each.left - each.arrival <= (each.pts > 1s ? 1ms : kSound + 150ms));
  }
}

TEST_CASE("interleaving: sound that is always later than the spread does not lead to wider steps back") {
  for (const Time lag : {230ms, 300ms, 500ms}) {
    for (const bool planned : {true, false}) {
      CAPTURE(lag.count());
      CAPTURE(planned);
      const auto left = run({.sound_lag = lag, .planned_lag = planned ? lag : 110ms, .jitter = 5ms}, 7);
      check_each_track(left);
      check_even_pace(left);
      for (const Left& each : of(Track::kVideo, left)) CHECK(each.left - each.arrival <= 1ms);
      std::vector<Left> settled;
      std::ranges::copy_if(left, std::back_inserter(settled), [](const Left& each) { return each.left > 3s; });
      CHECK(most_back(settled) <= 200ms + 2 * kSound);
      for (const Left& each : of(Track::kVideo, settled)) CHECK(each.pts - each.stamp <= lag - 200ms + 2 * kSound + 1us);
    }
  }
}

TEST_CASE("interleaving: no pile of pictures, whatever stalls") {
  std::mt19937 random(3);
  for (const double rate : {15.0, 30.0, 60.0, 120.0, 240.0}) {
    for (int round = 0; round < 12; ++round) {
      const auto up_to = [&](int most) { return std::chrono::milliseconds(random() % static_cast<uint32_t>(most)); };
      const Scene scene{.frame_rate = rate, .sound_lag = up_to(300), .planned_lag = 110ms, .b_frames = round % 3 == 2 ? 2 : 0,
                        .jitter = 1ms + up_to(30), .device_stalls = up_to(900), .busy = up_to(600),
                        .network_stalls = round % 2 == 1 ? up_to(1500) : 0ms};
      CAPTURE(rate);
      CAPTURE(round);
      const auto left = run(scene, static_cast<uint32_t>(round));
      check_each_track(left);
      check_even_pace(left);
      if (scene.network_stalls == 0ms) {
        for (const Left& each : of(Track::kVideo, left)) CHECK(each.left == each.arrival);
      }
    }
  }
}

TEST_CASE("interleaving: in strict order nothing goes back, and pictures still rise") {
  for (const double rate : {15.0, 30.0, 60.0, 240.0}) {
    for (const int b_frames : {0, 3}) {
      CAPTURE(rate);
      CAPTURE(b_frames);
      const auto left = run({.frame_rate = rate, .spread = 0ms, .b_frames = b_frames, .jitter = 9ms}, 11);
      check_each_track(left);
      // Sound that is late by a little more than planned meets pictures that rise by a millisecond at least.
      CHECK(most_back(left) <= 2ms);
      for (const Left& each : of(Track::kVideo, left)) CHECK(each.left - each.arrival <= 1ms);
    }
  }
}
