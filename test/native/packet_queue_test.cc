// What a destination's queue tells on its own.
#include <doctest/doctest.h>

#include <thread>

#include "pipeline/packet_queue.h"

namespace {

using media::Packet;
using media::Track;
using pipeline::PacketQueue;
using namespace std::chrono_literals;

Packet video(bool keyframe, size_t size = 1000) {
  Packet packet(Track::kVideo, size);
  packet.pts = packet.dts = media::monotonic_now();
  packet.keyframe = keyframe;
  return packet;
}

struct Told {
  int keyframes = 0;
  int congested = 0;
  int overflowed = 0;

  pipeline::QueueEvents events() {
    return {.wants_keyframe = [this] { ++keyframes; },
            .congested = [this](media::Time, uint64_t) { ++congested; },
            .overflowed = [this] { ++overflowed; }};
  }
};

const pipeline::Plan kVideoOnly{.video = true, .audio = false, .video_frame_duration = 33ms, .audio_frame_duration = {},
                                .reorder_delay = {}, .audio_lag = {}};

}  // namespace

TEST_CASE("a keyframe is asked for as soon as there is room, though no packet comes that could be sent") {
  Told told;
  PacketQueue queue({20ms, 1'000'000}, told.events());
  queue.start(kVideoOnly);
  queue.push(video(true));
  std::this_thread::sleep_for(30ms);
  queue.push(video(false));
  CHECK(told.congested == 1);
  CHECK(queue.pop(true)->packet.keyframe);
  CHECK(queue.level().duration >= 30ms);  // it is being sent
  CHECK_FALSE(queue.pop(true).has_value());
  CHECK(told.keyframes == 1);
  CHECK(queue.level().duration == 0ms);
}

TEST_CASE("congestion is told once until the queue has drained, and a keyframe that came by itself is not asked for") {
  Told told;
  PacketQueue queue({20ms, 1'000'000}, told.events());
  queue.start(kVideoOnly);
  queue.push(video(true));
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(30ms);
    queue.push(video(false));
    queue.push(video(true));
  }
  CHECK(told.congested == 1);
  for (int i = 0; i < 4; ++i) CHECK(queue.pop(true)->packet.keyframe);
  queue.push(video(false));
  CHECK(queue.pop(true).has_value());
  CHECK(told.keyframes == 0);
  queue.push(video(true));
  std::this_thread::sleep_for(30ms);
  queue.push(video(false));
  CHECK(told.congested == 2);
}

TEST_CASE("too much is told at once, while nobody takes anything") {
  Told told;
  PacketQueue queue({10s, 1'000}, told.events());
  queue.start(kVideoOnly);
  for (int i = 0; i < 4; ++i) queue.push(video(true, 900));
  CHECK_FALSE(queue.overflowed());
  for (int i = 0; i < 3; ++i) queue.push(video(true, 900));
  CHECK(queue.overflowed());
  CHECK(told.overflowed == 1);
}
