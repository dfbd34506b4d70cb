// The test pattern and the tone: drawn, numbered, timed, and in agreement with each other.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdio>
#include <numbers>
#include <string>
#include <thread>
#include <vector>

#include "capture/capture.h"
#include "capture/glyphs.h"
#include "capture/metronome.h"
#include "capture/test_picture.h"
#include "capture/wall_clock.h"

using capture::TestPicture;
using media::Time;
using namespace std::chrono_literals;

namespace {

int luma(const media::VideoFrame& frame, int x, int y) { return frame.planes[0][static_cast<size_t>(y) * frame.strides[0] + x]; }

/// As the geometry in capture/test_picture.h says: by the middles of the cells.
std::string read_line(const media::VideoFrame& frame, int line, int length) {
  const int scale = std::max(1, std::min(frame.width / 120, frame.height / 90));
  std::string text;
  for (int i = 0; i < length; i++) {
    capture::Glyph seen{};
    for (int row = 0; row < capture::kGlyphRows; row++) {
      for (int column = 0; column < capture::kGlyphColumns; column++) {
        const int x = scale * (3 + 6 * i + column) + scale / 2;
        const int y = scale * (3 + 9 * line + row) + scale / 2;
        seen[row] = static_cast<uint8_t>(seen[row] << 1 | (luma(frame, x, y) > 125 ? 1 : 0));
      }
    }
    size_t glyph = 0;
    while (glyph < capture::kGlyphs.size() && capture::kGlyphs[glyph] != seen) glyph++;
    text += glyph < capture::kGlyphs.size() ? capture::kGlyphCharacters[glyph] : '?';
  }
  return text;
}

bool is_lit(const media::VideoFrame& frame) { return luma(frame, frame.width / 2, frame.height * 3 / 4) > 125; }

double level_at(const std::vector<float>& samples, double frequency, int rate) {
  std::complex<double> sum;
  for (size_t i = 0; i < samples.size(); i++) {
    sum += static_cast<double>(samples[i]) * std::polar(1.0, -2 * std::numbers::pi * frequency * static_cast<double>(i) / rate);
  }
  return 2 * std::abs(sum) / static_cast<double>(samples.size());
}

}  // namespace

TEST_CASE("the pattern: clock and number can be read back in every size that has room for them") {
  const Time wall = 20'000 * 24h + 23h + 59min + 8s + 76ms + 999us;
  for (const auto& [width, height] :
       {std::pair{640, 360}, {1280, 720}, {1920, 1080}, {641, 361}, {320, 180}, {360, 640}, {176, 144}}) {
    CAPTURE(width);
    TestPicture picture(width, height);
    picture.draw(wall - 1s, 7, 0.3);
    picture.draw(wall, 12'345'678, 0.9);
    CHECK(read_line(picture.frame(), 0, 12) == "23:59:08.076");
    CHECK(read_line(picture.frame(), 1, 8) == "12345678");
  }
}

TEST_CASE("the pattern: a small picture keeps what fits, and no size writes out of bounds") {
  TestPicture small(64, 64);
  small.draw(1s, 42, 0.5);
  CHECK(read_line(small.frame(), 1, 8) == "00000042");
  for (int width = 1; width < 80; width += 3) {
    for (int height = 1; height < 80; height += 3) {
      TestPicture picture(width, height);
      for (const double phase : {0.0, 0.5, 0.999}) picture.draw(Time(height * 50'000), 1, phase);
      CHECK(picture.frame().strides[1] == (width + 1) / 2);
    }
  }
}

TEST_CASE("the pattern: the flash is lit for the first 100 ms of a second") {
  TestPicture picture(320, 180);
  for (const auto& [wall, lit] :
       {std::pair<Time, bool>{5s, true}, {5s + 99'999us, true}, {5s + 100ms, false}, {6s - 1us, false}, {6s, true}}) {
    picture.draw(wall, 0, 0);
    CHECK(is_lit(picture.frame()) == lit);
  }
}

TEST_CASE("the pattern: 75 % bars in the matrix of the picture's size") {
  const auto red_bar = [](int width, int height) {
    const TestPicture picture(width, height);
    const media::VideoFrame frame = picture.frame();
    const int x = width * 11 / 14;
    const int y = height / 2 - 4;
    const size_t chroma = static_cast<size_t>(y / 2) * frame.strides[1] + x / 2;
    return std::array<int, 3>{luma(frame, x, y), frame.planes[1][chroma], frame.planes[2][chroma]};
  };
  CHECK(red_bar(1280, 720) == std::array{51, 109, 212});  // BT.709
  CHECK(red_bar(640, 360) == std::array{65, 100, 212});   // BT.601
}

TEST_CASE("the pattern as a source: frame k is at start + k / rate, numbered, drawn for its own moment") {
  const auto source = capture::open_video(capture::TestPattern{320, 180, {30000, 1001}}, {});
  const capture::WallClock clock;
  const auto first = source->read({});
  REQUIRE(first);
  const Time start = first->pts;
  CHECK(first->sequence == 0);
  for (int i = 0; i < 12; i++) {
    const auto frame = source->read({});
    REQUIRE(frame);
    CHECK(frame->pts - start == Time(static_cast<int64_t>(frame->sequence) * 1'001'000'000 / 30000));
    CHECK(frame->pts <= media::monotonic_now());
    char number[16];
    std::snprintf(number, sizeof number, "%08d", static_cast<int>(frame->sequence));
    CHECK(read_line(*frame, 1, 8) == number);
    const std::string text = read_line(*frame, 0, 12);
    const auto part = [&text](size_t at, size_t length) { return std::stoi(text.substr(at, length)); };
    const int64_t shown = ((part(0, 2) * 60 + part(3, 2)) * 60 + part(6, 2)) * 1000 + part(9, 3);
    const int64_t expected = clock.at(frame->pts).count() / 1000 % 86'400'000;
    CHECK(std::abs(shown - expected) <= 2);
    CHECK(is_lit(*frame) == (shown % 1000 < 100));
  }
}

TEST_CASE("the pattern as a source: a slow reader leaves frames out, and the numbers show it") {
  const auto source = capture::open_video(capture::TestPattern{64, 64, {100, 1}}, {});
  const auto first = source->read({});
  std::this_thread::sleep_for(55ms);
  const auto late = source->read({});
  CHECK(late->sequence >= 5);
  CHECK(late->pts - first->pts == Time(static_cast<int64_t>(late->sequence) * 10'000));
}

TEST_CASE("the metronome does not lose its rate over weeks") {
  capture::Metronome metronome({30000, 1001});
  metronome.next({});
  const uint64_t month = 30ULL * 24 * 3600 * 30000 / 1001;
  const Time length = metronome.moment(month) - metronome.moment(0);
  CHECK(length.count() == static_cast<int64_t>(static_cast<__int128>(month) * 1001 * 1'000'000 / 30000));
}

TEST_CASE("a stop ends every wait for a synthetic source") {
  std::stop_source stop;
  const auto picture = capture::open_video(capture::TestPattern{64, 64, {1, 60}}, stop.get_token());
  CHECK(picture->read(stop.get_token()));
  std::jthread later([&stop] { stop.request_stop(); });
  CHECK_FALSE(picture->read(stop.get_token()));
  CHECK_FALSE(capture::open_audio(capture::Silence{48000, 2}, {})->read(stop.get_token()));
}

TEST_CASE("the tone: beeps at full seconds of the wall clock, of the wanted frequency, and is silent between") {
  for (const auto& [rate, channels] : {std::pair{48000, 2}, {44100, 1}}) {
    const auto source = capture::open_audio(capture::Tone{1000, rate, channels}, {});
    const capture::WallClock clock;
    CHECK(source->format() == media::AudioFormat{media::SampleFormat::kF32, rate, channels});
    std::vector<float> beep(static_cast<size_t>(rate / 10));  // by the place in its second
    Time next{};
    int buffers = 0;
    while (buffers < 125) {  // longer than a second: a whole beep is among them
      const auto buffer = source->read({});
      REQUIRE(buffer);
      CHECK(buffer->frames == static_cast<size_t>(rate / 100));
      if (buffers > 0) CHECK(buffer->pts >= next - 1us);
      const bool jumped = buffers > 0 && buffer->pts > next + 1us;  // this machine stood still for long: from the start then
      buffers = jumped ? 1 : buffers + 1;
      next = buffer->pts + Time(static_cast<int64_t>(buffer->frames) * 1'000'000 / rate);
      const auto* const samples = static_cast<const float*>(buffer->samples);
      // Rounded once: microseconds of each sample would put two of them on one index, and none on the next, whenever the wall clock's
      // second begins half-way between two samples.
      const int64_t first = (clock.into_second(buffer->pts).count() * rate + 500'000) / 1'000'000;
      for (size_t i = 0; i < buffer->frames; i++) {
        const Time place = clock.into_second(buffer->pts + Time(static_cast<int64_t>(i) * 1'000'000 / rate));
        const float sample = samples[i * channels];
        if (channels == 2) REQUIRE(samples[i * 2 + 1] == sample);
        if (place > capture::kFlash + 1ms && place < 999ms) REQUIRE(sample == 0.0F);
        const auto index = (static_cast<size_t>(first) + i) % static_cast<size_t>(rate);
        if (index < beep.size()) beep[index] = sample;
      }
    }
    CHECK(level_at(beep, 1000, rate) == doctest::Approx(0.5).epsilon(0.1));
    CHECK(level_at(beep, 1500, rate) < 0.05);
  }
}

TEST_CASE("flash and beep begin together") {
  const auto sound = capture::open_audio(capture::Tone{1000, 48000, 1}, {});
  const capture::WallClock clock;
  Time beep{};
  Time next{};
  float last = 1;  // the first buffer may begin within a beep
  while (beep == Time{}) {
    const auto buffer = sound->read({});
    REQUIRE(buffer);
    if (buffer->pts > next + 1us) last = 1;  // and so may one after a jump
    next = buffer->pts + 10ms;
    const auto* const samples = static_cast<const float*>(buffer->samples);
    for (size_t i = 0; i < buffer->frames && beep == Time{}; i++) {
      if (last == 0 && samples[i] != 0) beep = buffer->pts + Time(static_cast<int64_t>(i) * 1'000'000 / 48000);
      last = samples[i];
    }
  }
  const Time into_second = clock.into_second(beep);
  CHECK(std::min(into_second, 1'000'000us - into_second) < 1ms);
}

TEST_CASE("silence is silent and keeps time") {
  const auto source = capture::open_audio(capture::Silence{44100, 2}, {});
  const auto first = source->read({});
  const auto second = source->read({});
  REQUIRE(second);
  CHECK(second->pts - first->pts == 10ms);
  const auto* const samples = static_cast<const float*>(second->samples);
  CHECK(std::all_of(samples, samples + second->frames * 2, [](float sample) { return sample == 0; }));
}
