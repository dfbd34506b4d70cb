#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "codec/avc.h"
#include "codec/codec.h"
#include "codec/frame_times.h"
#include "media/error.h"
#include "x264_pictures.h"

namespace {

size_t total_size(const std::vector<media::Packet>& packets) {
  size_t total = 0;
  for (const auto& packet : packets) total += packet.size();
  return total;
}

std::vector<codec::NalType> nal_types(const media::Packet& packet) {
  std::vector<codec::NalType> types;
  std::span<const uint8_t> units = packet.body();
  while (const auto unit = codec::next_nal_unit(units)) types.push_back(codec::nal_type(*unit));
  CHECK(units.empty());
  return types;
}

}  // namespace

TEST_CASE("x264: an IDR picture at each interval and nowhere else") {
  const auto encoder = codec::open_x264(settings());
  const auto packets = encode(*encoder, 0, 95);
  REQUIRE(packets.size() == 95);  // zerolatency: each picture comes back at once
  CHECK(keyframes(packets) == std::vector<int>{0, 30, 60, 90});
}

TEST_CASE("x264: a keyframe on request, and the interval counts from there") {
  const auto encoder = codec::open_x264(settings());
  CHECK(keyframes(encode(*encoder, 0, 50, {10})) == std::vector<int>{0, 10, 40});
}

TEST_CASE("x264: a keyframe interval that is no whole number of frames is rounded") {
  auto wanted = settings();
  wanted.frame_rate = {30000, 1001};
  wanted.keyframe_interval = 0.5;
  CHECK(keyframes(encode(*codec::open_x264(wanted), 0, 31)) == std::vector<int>{0, 15, 30});
}

TEST_CASE("x264: packets are whole AVCC units without parameter sets, the banner in the first only") {
  const auto encoder = codec::open_x264(settings());
  const auto packets = encode(*encoder, 0, 32);
  using enum codec::NalType;
  CHECK(nal_types(packets[0]) == std::vector{kSei, kIdrSlice});
  CHECK(nal_types(packets[1]) == std::vector{kSlice});
  CHECK(nal_types(packets[30]) == std::vector{kIdrSlice});
}

TEST_CASE("x264: pts and dts are capture times") {
  const auto encoder = codec::open_x264(settings());
  CHECK(encoder->reorder_delay() == Time(0));
  const auto packets = encode(*encoder, 0, 40);
  for (int number = 0; number < 40; ++number) {
    CHECK(packets[static_cast<size_t>(number)].pts == capture_time(number));
    CHECK(packets[static_cast<size_t>(number)].dts == capture_time(number));
  }
}

TEST_CASE("x264: with B-frames dts rise, stay below pts and within the announced delay") {
  for (const char* pyramid : {"none", "normal"}) {
    auto wanted = settings();
    wanted.tune = "";
    wanted.b_frames = 3;
    wanted.extra = {{"b-pyramid", pyramid}, {"b-adapt", "0"}};
    const auto encoder = codec::open_x264(wanted);
    auto packets = encode(*encoder, 0, 70);
    CHECK(packets.size() < 70);
    while (encoder->flush(packets)) {}
    REQUIRE(packets.size() == 70);

    const Time tolerance(1000);  // the jitter of the capture times
    std::vector<Time> shown;
    Time longest(0);
    for (size_t index = 0; index < packets.size(); ++index) {
      if (index > 0) CHECK(packets[index].dts > packets[index - 1].dts);
      CHECK(packets[index].dts <= packets[index].pts);
      longest = std::max(longest, packets[index].pts - packets[index].dts);
      shown.push_back(packets[index].pts);
    }
    CHECK(longest <= encoder->reorder_delay() + tolerance);
    CHECK(longest >= encoder->reorder_delay() - tolerance);
    std::ranges::sort(shown);
    for (int number = 0; number < 70; ++number) CHECK(shown[static_cast<size_t>(number)] == capture_time(number));
    const auto disposable = std::ranges::count_if(packets, [](const auto& packet) { return packet.disposable; });
    CHECK(disposable > 20);
    CHECK(std::ranges::none_of(packets, [](const auto& packet) { return packet.disposable && packet.keyframe; }));
  }
}

TEST_CASE("x264: the bitrate is kept, and a new one takes effect") {
  const auto encoder = codec::open_x264(settings());
  encode(*encoder, 0, 60);
  const auto before = encode(*encoder, 60, 120);
  encoder->set_bitrate(200'000);
  encode(*encoder, 180, 60);
  const auto after = encode(*encoder, 240, 120);
  const double rate_before = static_cast<double>(total_size(before)) * 8 / 4;
  const double rate_after = static_cast<double>(total_size(after)) * 8 / 4;
  CHECK(rate_before == doctest::Approx(500'000).epsilon(0.15));
  CHECK(rate_after == doctest::Approx(200'000).epsilon(0.15));
  encoder->set_bitrate(500'000);
  encode(*encoder, 360, 60);
  CHECK(static_cast<double>(total_size(encode(*encoder, 420, 120))) * 8 / 4 == doctest::Approx(500'000).epsilon(0.15));
}

TEST_CASE("x264: a new bitrate is a new limit for constant quality too") {
  auto wanted = settings();
  wanted.extra = {{"crf", "10"}};
  const auto encoder = codec::open_x264(wanted);
  encoder->set_bitrate(200'000);
  encode(*encoder, 0, 120);
  CHECK(static_cast<double>(total_size(encode(*encoder, 120, 120))) * 8 / 4 < 230'000);
}

TEST_CASE("x264: NV12 and I420 may follow each other") {
  const auto encoder = codec::open_x264(settings());
  CHECK(encode(*encoder, 0, 2, {}, PixelFormat::kNV12).size() == 2);
  CHECK(encode(*encoder, 2, 2, {}, PixelFormat::kI420).size() == 2);
  CHECK_THROWS_AS(encode(*encoder, 4, 1, {}, PixelFormat::kBGRA), media::Error);
  Picture smaller(PixelFormat::kI420, 160, 120);
  std::vector<media::Packet> packets;
  CHECK_THROWS_AS(encoder->encode(smaller.at(0, kStart), false, packets), media::Error);
}

TEST_CASE("frame times: indices before the first frame, and equal capture times") {
  codec::FrameTimes times(33'333.0);
  CHECK(times.add(Time(1000)) == 0);
  CHECK(times.add(Time(1000)) == 1);
  CHECK(times.of(-2) == Time(1000 - 66'666));
  CHECK(times.of(1) == Time(1001));
  times.forget_before(1);
  CHECK(times.add(Time(50'000)) == 2);
  CHECK(times.of(1) == Time(1001));
  CHECK(times.of(2) == Time(50'000));
}
