// The order, the stamps and the drops of what waits for one destination.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "pipeline/backlog.h"

namespace {

using media::Packet;
using media::Time;
using media::Track;
using pipeline::Backlog;
using namespace std::chrono_literals;

constexpr Time kFrame = 33'333us;
constexpr Time kSound = 21'333us;
constexpr Time kLag = 60ms;

Packet video(Time pts, bool keyframe = false, size_t size = 1000) {
  Packet packet(Track::kVideo, size);
  packet.pts = packet.dts = pts;
  packet.keyframe = keyframe;
  return packet;
}

Packet audio(Time pts) {
  Packet packet(Track::kAudio, 300);
  packet.pts = packet.dts = pts;
  return packet;
}

Backlog both(pipeline::Limits limits = {700ms, 4'000'000}) {
  Backlog backlog(limits);
  backlog.start({.video = true, .audio = true, .video_frame_duration = kFrame, .audio_frame_duration = kSound,
                 .reorder_delay = {}, .audio_lag = kLag});
  return backlog;
}

}  // namespace

TEST_CASE("in strict order a picture leaves at once and no timestamp goes back, over ten minutes of both tracks") {
  Backlog backlog = both();
  Time last = Time::min();
  Time longest_video{}, longest_audio{};
  int pictures = 0, sounds = 0;
  uint32_t random = 1;
  Time next_video = 0us, next_audio = 0us;
  const auto drain = [&](Time now) {
    while (auto out = backlog.pop(now)) {
      CHECK(out->stamp >= last);
      CHECK(out->stamp <= out->packet.pts);
      last = out->stamp;
      const bool is_video = out->packet.track == Track::kVideo;
      ++(is_video ? pictures : sounds);
      (is_video ? longest_video : longest_audio) = std::max(is_video ? longest_video : longest_audio, out->interleaved);
    }
  };
  for (Time now = 0us; now < 600s; now += 1ms) {
    while (next_video + 15ms <= now) {  // encoded 15 ms after its capture, which has a jitter of 4 ms
      random = random * 1664525 + 1013904223;
      backlog.push(video(next_video + Time(random % 4000), pictures == 0), now);
      next_video += kFrame;
    }
    while (next_audio + kLag <= now) {
      backlog.push(audio(next_audio), now);
      next_audio += kSound;
    }
    drain(now);
  }
  CHECK(pictures > 17'990);
  CHECK(sounds > 28'100);
  CHECK(longest_video == 0us);
  CHECK(longest_audio <= kSound + kFrame);
}

TEST_CASE("sound waits for an encoder that looks two seconds ahead") {
  Backlog backlog = both();
  for (Time pts = 0us; pts < 2s; pts += kSound) {
    backlog.push(audio(pts), pts + kLag);
    CHECK_FALSE(backlog.pop(pts + kLag).has_value());
  }
  Time last = Time::min();
  std::vector<Track> order;
  for (Time pts = 0us; pts < 200ms; pts += kFrame) {
    backlog.push(video(pts, pts == 0us), 2s + pts);
    while (const auto out = backlog.pop(2s + pts)) {
      CHECK(out->stamp >= last);
      last = out->stamp;
      order.push_back(out->packet.track);
    }
  }
  REQUIRE(order.size() > 6);
  CHECK(order[0] == Track::kVideo);
  CHECK(std::count(order.begin(), order.end(), Track::kVideo) == 7);
  CHECK(std::count(order.begin(), order.end(), Track::kAudio) >= 7);
}

TEST_CASE("sound goes on when the picture stalls") {
  Backlog backlog = both();
  backlog.push(video(0us, true), 15ms);
  REQUIRE(backlog.pop(15ms).has_value());
  backlog.push(audio(500ms), 560ms);
  CHECK_FALSE(backlog.pop(560ms).has_value());
  const auto retry = backlog.retry_at();
  REQUIRE(retry.has_value());
  CHECK(*retry <= 760ms);
  CHECK(backlog.pop(*retry).has_value());
}

TEST_CASE("in strict order, sound that comes late makes timestamps go back by no more than pictures must rise") {
  Backlog backlog = both();
  backlog.push(video(0us, true), 15ms);
  Time last = backlog.pop(15ms)->stamp;
  backlog.push(audio(0us), 60ms);
  const auto first = backlog.pop(160ms);  // waited for a picture in vain
  REQUIRE(first.has_value());
  last = first->stamp;
  Time forced{};
  for (Time pts = kFrame; pts < 1s; pts += kFrame) {  // no sound for a second
    backlog.push(video(pts), pts + 15ms);
    const auto out = backlog.pop(pts + 15ms);
    REQUIRE(out.has_value());
    CHECK(out->stamp >= last);
    last = out->stamp;
    forced += 1ms;
  }
  backlog.push(audio(kSound), 1s);
  const auto late = backlog.pop(1s + 200ms);
  REQUIRE(late.has_value());
  CHECK(late->stamp == kSound);
  CHECK(last - late->stamp <= forced);
}

TEST_CASE("sound that comes half a second late keeps its own timestamps") {
  Backlog backlog = both();
  backlog.push(video(0us, true), 15ms);
  backlog.pop(15ms);
  backlog.push(audio(0us), 60ms);
  REQUIRE(backlog.pop(160ms).has_value());
  for (Time pts = kFrame; pts < 500ms; pts += kFrame) {
    backlog.push(video(pts), pts + 15ms);
    REQUIRE(backlog.pop(pts + 15ms).has_value());
  }
  for (Time pts = kSound; pts < 300ms; pts += kSound) {
    backlog.push(audio(pts), 520ms);
    const auto late = backlog.pop(520ms);
    REQUIRE(late.has_value());
    CHECK(late->stamp == pts);
  }
}

TEST_CASE("what waits for the network, and what for the other track, are two figures") {
  Backlog backlog = both();
  backlog.push(video(0us, true), 0ms);
  REQUIRE(backlog.pop(0ms).has_value());
  backlog.push(audio(500ms), 10ms);  // its picture has not come
  backlog.push(audio(500ms + kSound), 30ms);
  CHECK(backlog.oldest(30ms) == 20ms);  // nobody has asked for it yet
  CHECK_FALSE(backlog.pop(40ms).has_value());
  CHECK(backlog.oldest(90ms) == 30ms);
  backlog.push(audio(500ms + 2 * kSound), 60ms);
  CHECK_FALSE(backlog.pop(60ms).has_value());
  CHECK(backlog.oldest(90ms) == 30ms);
  CHECK(backlog.waited(90ms) == 0ms);  // no picture waits

  const auto first = backlog.pop(120ms);
  REQUIRE(first.has_value());
  CHECK(first->waited == 30ms);
  CHECK(first->interleaved == 80ms);
  CHECK_FALSE(backlog.pop(120ms).has_value());
  backlog.end(Track::kVideo);
  CHECK(backlog.oldest(120ms) == 10ms);
  const auto second = backlog.pop(130ms);
  REQUIRE(second.has_value());
  CHECK(second->interleaved == 90ms);
  CHECK(second->waited == 10ms);

  CHECK(backlog.oldest(5s) == 5s - 130ms);  // a network that takes nothing more: sound waits for it, after the picture's end
  const auto third = backlog.pop(5s);
  REQUIRE(third.has_value());
  CHECK(third->interleaved == 70ms);
  CHECK(third->waited == 5s - 130ms);
  CHECK(backlog.oldest(5s) == 0ms);
}

TEST_CASE("sound that waits in a cut counts, though no picture does") {
  Backlog backlog = both({300ms, 4'000'000});
  backlog.push(audio(0us), 0ms);
  backlog.push(video(0us, true), 0ms);
  REQUIRE(backlog.pop(0ms).has_value());
  for (Time now = kFrame; now < 2s; now += kFrame) {
    backlog.push(video(now), now);
    backlog.push(audio(now), now);
  }
  CHECK(backlog.waited(2s) < 300ms);  // those that waited were dropped
  CHECK(backlog.oldest(2s) == 2s);
}

TEST_CASE("another bound in bytes holds from then on") {
  Backlog backlog({10s, 10'000});
  backlog.start({.video = true, .audio = false, .video_frame_duration = kFrame, .audio_frame_duration = {},
                 .reorder_delay = {}, .audio_lag = {}});
  backlog.push(video(0us, true, 9000), 0us);
  backlog.limit_bytes(20'000);
  CHECK(backlog.push(video(kFrame, false, 9000), kFrame) == Backlog::Pushed::kKept);
  backlog.limit_bytes(15'000);
  CHECK(backlog.push(video(2 * kFrame, false, 100), 2 * kFrame) == Backlog::Pushed::kDroppedMany);
}

TEST_CASE("at the limit every delta frame goes, until a keyframe that is asked for once there is room") {
  Backlog backlog({300ms, 4'000'000});
  backlog.start({.video = true, .audio = true, .video_frame_duration = kFrame, .audio_frame_duration = kSound,
                 .reorder_delay = {}, .audio_lag = kLag});
  Backlog::Pushed pushed = Backlog::Pushed::kKept;
  Time now = 0us;
  int frames = 0;
  for (; pushed != Backlog::Pushed::kDroppedMany; now += kFrame, ++frames) {
    REQUIRE(frames < 20);
    backlog.push(audio(now), now);
    pushed = backlog.push(video(now, frames == 0), now);
  }
  CHECK(frames == 11);
  CHECK(backlog.dropped_frames() == 10);
  CHECK(backlog.push(video(now), now) == Backlog::Pushed::kDropped);
  CHECK(backlog.pop(now)->packet.keyframe);  // the network takes something again
  CHECK(backlog.take_keyframe_wish(now));
  CHECK_FALSE(backlog.take_keyframe_wish(now));
  CHECK(backlog.push(video(now + kFrame, true), now) == Backlog::Pushed::kKept);
  CHECK(backlog.push(video(now + 2 * kFrame), now) == Backlog::Pushed::kKept);

  int sounds = 0, keyframes = 0, deltas = 0;
  while (auto out = backlog.pop(now + 10s)) {
    if (out->packet.track == Track::kAudio) {
      ++sounds;
    } else {
      ++(out->packet.keyframe ? keyframes : deltas);
    }
  }
  CHECK(sounds == 11);
  CHECK(keyframes == 1);
  CHECK(deltas == 1);
  CHECK(backlog.bytes() == 0);
}

TEST_CASE("frames that nothing refers to go first") {
  Backlog backlog({400ms, 4'000'000});
  backlog.start({.video = true, .audio = false, .video_frame_duration = kFrame, .audio_frame_duration = {},
                 .reorder_delay = {}, .audio_lag = {}});
  for (int i = 0; i < 8; ++i) {
    Packet packet = video(i * kFrame, i == 0);
    packet.disposable = i % 2 == 1;
    backlog.push(std::move(packet), i * kFrame);
  }
  CHECK(backlog.dropped_frames() == 4);
  int left = 0;
  while (auto out = backlog.pop(1s)) {
    CHECK_FALSE(out->packet.disposable);
    ++left;
  }
  CHECK(left == 4);
}

TEST_CASE("what an encoder gives out all at once at its end is no slow network") {
  Backlog backlog({400ms, 4'000'000});
  backlog.start({.video = true, .audio = false, .video_frame_duration = kFrame, .audio_frame_duration = {},
                 .reorder_delay = {}, .audio_lag = {}});
  for (int i = 0; i < 60; ++i) {
    Packet packet = video(i * kFrame, i == 0);
    packet.disposable = i % 2 == 1;
    CHECK(backlog.push(std::move(packet), 2s) == Backlog::Pushed::kKept);
  }
  CHECK(backlog.dropped_frames() == 0);
}

TEST_CASE("the limit in bytes holds too, and four times it is too much") {
  Backlog backlog({10s, 10'000});
  backlog.start({.video = true, .audio = false, .video_frame_duration = kFrame, .audio_frame_duration = {},
                 .reorder_delay = {}, .audio_lag = {}});
  backlog.push(video(0us, true, 9000), 0us);
  CHECK(backlog.push(video(kFrame, false, 2000), kFrame) == Backlog::Pushed::kDroppedMany);
  CHECK(backlog.bytes() == 9000);
  for (int i = 2; i < 6; ++i) backlog.push(video(i * kFrame, true, 9000), i * kFrame);
  CHECK(backlog.overflowed());
}

TEST_CASE("what is never dropped is too much after 15 s of waiting, however long ago it was captured") {
  Backlog backlog = both();
  backlog.push(audio(0us), 30s);  // a program that had paused
  backlog.push(audio(30s), 30s);
  CHECK_FALSE(backlog.overflowed());
  backlog.push(audio(44s), 45s);
  CHECK_FALSE(backlog.overflowed());
  backlog.push(audio(45s), 46s);
  CHECK(backlog.overflowed());

  Backlog patient({20s, 4'000'000});
  patient.start({.video = false, .audio = true, .video_frame_duration = {}, .audio_frame_duration = kSound,
                 .reorder_delay = {}, .audio_lag = kLag});
  patient.push(audio(0us), 0us);
  patient.push(audio(60s), 60s);
  CHECK_FALSE(patient.overflowed());
}

TEST_CASE("a stream of one track needs nothing of the other") {
  Backlog sound({700ms, 1'000'000});
  sound.start({.video = false, .audio = true, .video_frame_duration = {}, .audio_frame_duration = kSound,
               .reorder_delay = {}, .audio_lag = kLag});
  sound.push(audio(5s), 5s);
  CHECK(sound.pop(5s).has_value());

  Backlog ended = both();
  ended.end(Track::kVideo);
  ended.push(audio(0us), kLag);
  CHECK(ended.pop(kLag).has_value());
}
