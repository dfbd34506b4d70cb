// Frames and sound written by the program: order, pace, backpressure, ends, and timestamps of every sort.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <limits>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "capture/capture.h"
#include "capture/input.h"
#include "error_of.h"
#include "media/picture_layout.h"

using capture::AudioInput;
using capture::InputClock;
using capture::VideoInput;
using media::PixelFormat;
using media::Time;
using namespace std::chrono_literals;

namespace {

constexpr media::VideoFormat kSmall{PixelFormat::kBGRA, 4, 2, {30, 1}};
constexpr media::AudioFormat kMono{media::SampleFormat::kS16, 1000, 1};  // a frame a millisecond

std::shared_ptr<VideoInput> video_input(std::function<void()> on_room = [] {}, media::VideoFormat format = kSmall) {
  return std::make_shared<VideoInput>(format, std::move(on_room));
}

std::shared_ptr<AudioInput> audio_input(std::function<void()> on_room = [] {}) {
  return std::make_shared<AudioInput>(kMono, std::move(on_room));
}

std::unique_ptr<media::VideoSource> open(const std::shared_ptr<VideoInput>& input, std::shared_ptr<InputClock> clock = nullptr) {
  return capture::open_video(capture::WrittenVideo{input, clock ? clock : std::make_shared<InputClock>()}, {});
}

std::unique_ptr<media::AudioSource> open(const std::shared_ptr<AudioInput>& input, std::shared_ptr<InputClock> clock = nullptr) {
  return capture::open_audio(capture::WrittenAudio{input, clock ? clock : std::make_shared<InputClock>()}, {});
}

std::vector<uint8_t> picture(const VideoInput& input, uint8_t value) { return std::vector<uint8_t>(input.frame_size(), value); }

bool write_sound(AudioInput& input, std::vector<int16_t> samples, int64_t timestamp_us) {
  return input.write({reinterpret_cast<const uint8_t*>(samples.data()), samples.size() * 2}, timestamp_us);
}

}  // namespace

TEST_CASE("a written frame's planes follow each other; chroma of an odd size is rounded up") {
  const auto sizes = [](PixelFormat format, int width, int height) { return media::picture_layout(format, width, height); };
  CHECK(sizes(PixelFormat::kI420, 4, 2).size == 12);
  CHECK(sizes(PixelFormat::kI420, 5, 3).size == 15 + 6 + 6);
  CHECK(sizes(PixelFormat::kI420, 5, 3).offsets == std::array<size_t, 3>{0, 15, 21});
  CHECK(sizes(PixelFormat::kNV12, 5, 3).strides == std::array{5, 6, 0});
  CHECK(sizes(PixelFormat::kNV12, 5, 3).size == 15 + 12);
  CHECK(sizes(PixelFormat::kYUY2, 5, 3).size == 36);
  CHECK(sizes(PixelFormat::kRGBA, 5, 3).size == 60);
  CHECK(sizes(PixelFormat::kBGRA, 16384, 16384).size == size_t{16384} * 16384 * 4);
}

TEST_CASE("frames come out as they were written, in order, at the pace of their timestamps") {
  const auto input = video_input();
  CHECK(input->frame_size() == 32);
  const auto source = open(input);
  CHECK(source->format() == kSmall);
  for (uint8_t i = 0; i < 2; i++) CHECK(input->write(picture(*input, i), 1'000'000 + i * 20'000));
  const auto first = source->read({});
  REQUIRE(first);
  CHECK(first->planes[0][31] == 0);
  CHECK(first->strides[0] == 16);
  CHECK(first->pts <= media::monotonic_now());
  const Time start = first->pts;
  CHECK(input->write(picture(*input, 2), 1'040'000));
  for (uint8_t i = 1; i < 3; i++) {
    const auto frame = source->read({});
    REQUIRE(frame);
    CHECK(frame->planes[0][0] == i);
    CHECK(frame->sequence == i);
    CHECK(frame->pts - start == Time(i * 20'000));
    CHECK(media::monotonic_now() >= frame->pts);
  }
}

TEST_CASE("room for two frames; who was told that there is none is told when there is, once") {
  std::atomic<int> calls = 0;
  const auto input = video_input([&] { calls++; });
  const auto source = open(input);
  CHECK(input->has_room());
  input->write(picture(*input, 0), 0);
  CHECK(input->has_room());
  input->write(picture(*input, 1), 0);
  CHECK_FALSE(input->has_room());
  CHECK(source->read({}));
  CHECK(calls == 1);
  CHECK(source->read({}));
  CHECK(calls == 1);
  CHECK(input->has_room());
}

TEST_CASE("room for sound is told when less than 200 ms are held, whatever the length of what was written") {
  for (const size_t frames : {size_t{1}, size_t{7}, size_t{20}, size_t{200}, size_t{1'000}}) {
    CAPTURE(frames);
    int calls = 0;
    const auto input = audio_input([&] { calls++; });
    const auto source = open(input);
    int64_t written = 0;
    int64_t read = 0;
    for (int round = 0; round < 3; ++round) {
      do {
        write_sound(*input, std::vector<int16_t>(frames), written * 1'000);
        written += static_cast<int64_t>(frames);
      } while (input->has_room());
      CHECK(written - read >= 200);
      CHECK(written - read < 200 + static_cast<int64_t>(frames));
      while (calls == round) {
        CHECK(written - read >= 200);
        const auto buffer = source->read({});
        REQUIRE(buffer);
        read += static_cast<int64_t>(buffer->frames);
      }
      CHECK(written - read < 200);
    }
    CHECK(calls == 3);
    CHECK(source->held() == Time((written - read) * 1'000));
  }
}

TEST_CASE("on_room may use the input") {
  std::weak_ptr<VideoInput> self;
  bool had_room = false;
  const auto input = video_input([&] { had_room = self.lock()->has_room(); });
  self = input;
  const auto source = open(input);
  for (int i = 0; i < 2; ++i) input->write(picture(*input, 0), 0);
  CHECK_FALSE(input->has_room());
  CHECK(source->read({}));
  CHECK(had_room);
}

TEST_CASE("a frame of the wrong size is refused") {
  const auto input = video_input();
  const std::vector<uint8_t> bytes(33);
  CHECK_THROWS_AS(input->write(bytes, 0), std::invalid_argument);
  CHECK_THROWS_AS(input->write({}, 0), std::invalid_argument);
  CHECK_THROWS_AS(audio_input()->write(std::span(bytes), 0), std::invalid_argument);
}

TEST_CASE("the end comes after what was written") {
  const auto input = video_input();
  const auto source = open(input);
  input->write(picture(*input, 9), 0);
  input->end();
  CHECK_FALSE(input->write(picture(*input, 9), 0));
  CHECK(source->read({}));
  CHECK_FALSE(source->read({}));
  const auto sound = audio_input();
  const auto ears = open(sound);
  write_sound(*sound, {1, 2, 3}, 0);
  sound->end();
  CHECK(ears->read({})->frames == 3);
  CHECK_FALSE(ears->read({}));
}

TEST_CASE("what one reader leaves is the next one's, and holds the writer back until then") {
  int calls = 0;
  const auto input = video_input([&] { calls++; });
  {
    const auto source = open(input);
    for (uint8_t i = 0; i < 3; i++) {
      input->write(picture(*input, i), i * 1'000);
      if (i == 0) CHECK(source->read({}));
    }
  }
  CHECK_FALSE(input->has_room());
  CHECK(calls == 0);
  const auto source = open(input);
  for (uint8_t i = 1; i < 3; i++) {
    const auto frame = source->read({});
    REQUIRE(frame);
    CHECK(frame->planes[0][0] == i);
    CHECK(frame->sequence == i - 1u);
  }
  CHECK(calls == 1);
  CHECK(input->has_room());
}

TEST_CASE("an input has one reader at a time; who is refused does not disturb the other") {
  const auto input = video_input();
  const auto sound = audio_input();
  const auto source = open(input);
  const auto ears = open(sound);
  CHECK(test::error_of([&] { open(input); }).code == media::Code::kDeviceBusy);
  CHECK(test::error_of([&] { open(sound); }).code == media::Code::kDeviceBusy);
  input->write(picture(*input, 7), 0);
  write_sound(*sound, {7}, 0);
  CHECK(source->read({})->planes[0][0] == 7);
  CHECK(ears->read({})->frames == 1);
}

TEST_CASE_TEMPLATE("what nobody reads is free at once when the input is closed, else when its reader has gone", Kind, VideoInput, AudioInput) {
  const auto make = [] {
    if constexpr (std::is_same_v<Kind, VideoInput>) return video_input();
    else return audio_input();
  };
  const std::vector<uint8_t> item(32);
  const auto unread = make();
  unread->write(item, 0);
  CHECK(unread->memory() >= 32);
  SUBCASE("nobody reads it") {
    unread->close();
    CHECK(unread->memory() == 0);
    CHECK_FALSE(unread->write(item, 0));
    CHECK_FALSE(open(unread)->read({}));
  }
  SUBCASE("it had ended before") {
    unread->end();
    CHECK(unread->memory() >= 32);
    unread->close();
    CHECK(unread->memory() == 0);
  }
  SUBCASE("it is read") {
    auto source = open(unread);
    unread->write(item, 3'600'000'000);
    unread->close();
    CHECK(source->read({}));
    CHECK(unread->memory() >= 64);
    source.reset();
    CHECK(unread->memory() == 0);
  }
}

TEST_CASE("sound that one reader has begun is read on by the next, no sample lost") {
  const auto input = audio_input();
  std::vector<int16_t> samples(50);
  for (size_t i = 0; i < samples.size(); i++) samples[i] = static_cast<int16_t>(i);
  write_sound(*input, samples, 0);
  CHECK(open(input)->read({})->frames == 20);
  const auto source = open(input);
  const auto buffer = source->read({});
  REQUIRE(buffer);
  CHECK(*static_cast<const int16_t*>(buffer->samples) == 20);
}

TEST_CASE("what was written before anybody read counts as captured when the reader came") {
  const auto input = video_input();
  input->write(picture(*input, 1), 0);
  std::this_thread::sleep_for(5ms);
  const Time before = media::monotonic_now();
  const auto source = open(input);
  CHECK(source->read({})->pts >= before);
}

TEST_CASE("timestamps that go backwards by less than a second keep their frames, and the time stands still") {
  const auto input = video_input();
  const auto source = open(input);
  input->write(picture(*input, 0), 5'000'000);
  const Time first = source->read({})->pts;
  input->write(picture(*input, 1), 4'100'000);
  const auto second = source->read({});
  CHECK(second->planes[0][0] == 1);
  CHECK(second->pts == first);
}

TEST_CASE("no timestamp is harmful") {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const auto input = video_input();
  const auto source = open(input);
  Time before = media::monotonic_now();
  for (const int64_t stamp : {kLeast, kMost, int64_t{-1}, kMost, kLeast, int64_t{0}}) {
    input->write(picture(*input, 0), stamp);
    const auto frame = source->read({});
    REQUIRE(frame);
    CHECK(frame->pts >= before);
    CHECK(frame->pts <= media::monotonic_now());
    before = frame->pts;
  }
  CHECK(source->timestamp_jumps() == 2);  // the other steps lead back
}

TEST_CASE("a jump is told once, in words that help, and counted") {
  const auto input = video_input();
  const auto source = open(input);
  for (const int64_t stamp : {1'000'000, 1'033'000, 0, 33'000, 500'000'000, 2'000'000'000}) {
    input->write(picture(*input, 0), stamp);
    CHECK(source->read({}));
  }
  CHECK(source->timestamp_jumps() == 3);
  const auto warning = source->take_warning();
  REQUIRE(warning);
  CHECK(warning->code == media::Code::kInputTimestamps);
  CHECK(std::string(warning->what()).find("timestamp 0 came 1.0 s before timestamp 1033000") != std::string::npos);
  CHECK_FALSE(source->take_warning());
}

TEST_CASE("a stop ends the wait for a frame and for sound") {
  std::stop_source stop;
  const auto input = video_input();
  const auto sound = audio_input();
  const auto source = open(input);
  const auto ears = open(sound);
  std::jthread later([&stop] { stop.request_stop(); });
  CHECK_FALSE(source->read(stop.get_token()));
  CHECK_FALSE(ears->read(stop.get_token()));
}

TEST_CASE("picture and sound that share a clock keep what the program stamped equal together") {
  const auto clock = std::make_shared<InputClock>();
  const auto input = video_input();
  const auto sound = audio_input();
  const auto source = open(input, clock);
  const auto ears = open(sound, clock);
  input->write(picture(*input, 0), 777);
  const Time picture_pts = source->read({})->pts;
  write_sound(*sound, {1}, 777);
  CHECK(ears->read({})->pts == picture_pts);
}

TEST_CASE("sound comes in pieces of at most 20 ms, each with its own time, no sample lost") {
  const auto input = audio_input();
  const auto source = open(input);
  std::vector<int16_t> samples(50);
  for (size_t i = 0; i < samples.size(); i++) samples[i] = static_cast<int16_t>(i);
  write_sound(*input, samples, 0);
  int16_t expected = 0;
  Time start{};
  for (const size_t frames : {20, 20, 10}) {
    const auto buffer = source->read({});
    REQUIRE(buffer);
    if (expected == 0) start = buffer->pts;
    CHECK(buffer->frames == frames);
    CHECK(buffer->pts - start == expected * 1ms);
    for (size_t i = 0; i < buffer->frames; i++) CHECK(static_cast<const int16_t*>(buffer->samples)[i] == expected++);
  }
}

TEST_CASE("there is room for sound while less than 200 ms wait") {
  const auto input = audio_input();
  const auto source = open(input);
  write_sound(*input, std::vector<int16_t>(199), 0);
  CHECK(input->has_room());
  write_sound(*input, std::vector<int16_t>(2), 199'000);
  CHECK_FALSE(input->has_room());
  CHECK(source->read({}));
  CHECK(input->has_room());
  CHECK(input->write({}, 0));  // nothing is nothing
}

TEST_CASE("a program that writes as fast as it may is held to real time") {
  std::counting_semaphore<16> room(0);
  const auto input = video_input([&] { room.release(); });
  const auto source = open(input);
  const Time start = media::monotonic_now();
  std::jthread writer([&] {
    for (int64_t i = 0; i < 10; i++) {
      if (!input->has_room()) room.acquire();
      input->write(picture(*input, static_cast<uint8_t>(i)), i * 10'000);
    }
    input->end();
  });
  int frames = 0;
  while (source->read({})) frames++;
  CHECK(frames == 10);
  CHECK(media::monotonic_now() - start >= 89ms);
}
