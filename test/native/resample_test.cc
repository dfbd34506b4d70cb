#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <doctest/doctest.h>
#include <numbers>
#include <vector>

#include "convert/convert.h"

using media::AudioBuffer;
using media::AudioFormat;
using media::SampleFormat;
using media::Time;

namespace {

constexpr double kTone = 997;
constexpr Time kStart{3'000'000};

double tone(double seconds) { return 0.5 * std::sin(2 * std::numbers::pi * kTone * seconds); }

/// Feeds a sine in buffers of 10 ms and compares each output sample with the sine at the time that its pts claims.
class SineRun {
 public:
  SineRun(AudioFormat from, int sample_rate, int channels)
      : from_(from), rate_(sample_rate), channels_(channels), resampler_(from, sample_rate, channels) {}

  void feed(int buffers, double ppm) {
    resampler_.set_trim(ppm);
    for (; buffers > 0; --buffers) feed_one(ppm);
  }
  int64_t frames_in() const { return fed_; }
  int64_t frames_out() const { return out_; }
  double worst() const { return worst_; }
  double worst_joint_us() const { return worst_joint_us_; }

 private:
  void feed_one(double ppm) {
    const int frames = from_.sample_rate / 100;
    std::vector<float> floats;
    std::vector<int16_t> shorts;
    for (int frame = 0; frame < frames; ++frame) {
      for (int channel = 0; channel < from_.channels; ++channel) {
        const double value = tone(static_cast<double>(fed_ + frame) / from_.sample_rate);
        floats.push_back(static_cast<float>(value));
        shorts.push_back(static_cast<int16_t>(std::lround(value * 32768)));
      }
    }
    const void* samples = from_.sample_format == SampleFormat::kS16 ? static_cast<const void*>(shorts.data()) : floats.data();
    const AudioBuffer buffer{from_, samples, static_cast<size_t>(frames), kStart + Time(fed_ * 1'000'000 / from_.sample_rate)};
    fed_ += frames;
    const AudioBuffer result = resampler_.convert(buffer);
    CHECK(result.format == AudioFormat{SampleFormat::kF32, rate_, channels_});

    const double begin = static_cast<double>((result.pts - kStart).count()) / 1e6;
    if (out_ > 0) worst_joint_us_ = std::max(worst_joint_us_, std::abs(begin - end_) * 1e6);
    const double step = 1.0 / rate_ / (1 + ppm * 1e-6);
    const auto* values = static_cast<const float*>(result.samples);
    for (size_t frame = 0; frame < result.frames; ++frame) {
      for (int channel = 0; channel < channels_; ++channel) {
        // The first samples ring: the sine began out of nothing.
        if (out_ + static_cast<int64_t>(frame) < 100) continue;
        const float value = values[frame * static_cast<size_t>(channels_) + static_cast<size_t>(channel)];
        worst_ = std::max(worst_, std::abs(value - tone(begin + static_cast<double>(frame) * step)));
      }
    }
    end_ = begin + static_cast<double>(result.frames) * step;
    out_ += static_cast<int64_t>(result.frames);
  }

  AudioFormat from_;
  int rate_, channels_;
  convert::Resampler resampler_;
  int64_t fed_ = 0, out_ = 0;
  double worst_ = 0, worst_joint_us_ = 0, end_ = 0;
};

// Half a sample of a sine of 997 Hz at 48 kHz is 0.033 of its half height: 0.005 is some 4 µs.
constexpr double kClose = 0.005;

}  // namespace

TEST_CASE("resample: a sine stays that sine at the time that the pts says") {
  for (const auto& [from, to] : {std::pair{44100, 48000}, {48000, 44100}, {16000, 48000}, {96000, 44100}, {48000, 48000}}) {
    for (const int channels : {1, 2}) {
      CAPTURE(from);
      CAPTURE(to);
      SineRun run({SampleFormat::kF32, from, channels}, to, channels);
      run.feed(100, 0);
      CHECK(run.worst() < kClose);
      CHECK(run.worst_joint_us() < 3);
      CHECK(std::abs(run.frames_out() - to) < to / 500);  // but for what the filter still holds
    }
  }
}

TEST_CASE("resample: 16-bit sound becomes f32 within ±1") {
  SineRun run({SampleFormat::kS16, 48000, 2}, 48000, 2);
  run.feed(100, 0);
  CHECK(run.worst() < 0.0001);
  CHECK(run.frames_out() == 48000);
}

TEST_CASE("resample: one channel into two, two into one") {
  SineRun up({SampleFormat::kS16, 48000, 1}, 48000, 2);
  up.feed(10, 0);
  CHECK(up.worst() < 0.0001);

  const std::vector<float> apart{0.5f, -0.25f, 1.0f, 0.0f};
  convert::Resampler down({SampleFormat::kF32, 48000, 2}, 48000, 1);
  const AudioBuffer mono = down.convert({{SampleFormat::kF32, 48000, 2}, apart.data(), 2, kStart});
  REQUIRE(mono.frames == 2);
  CHECK(static_cast<const float*>(mono.samples)[0] == 0.125f);
  CHECK(static_cast<const float*>(mono.samples)[1] == 0.5f);
}

TEST_CASE("resample: what needs no change is not copied") {
  const std::vector<float> samples(960);
  convert::Resampler resampler({SampleFormat::kF32, 48000, 2}, 48000, 2);
  const AudioBuffer buffer{{SampleFormat::kF32, 48000, 2}, samples.data(), 480, kStart};
  const AudioBuffer result = resampler.convert(buffer);
  CHECK(result.samples == samples.data());
  CHECK(result.frames == 480);
  CHECK(result.pts == kStart);
}

TEST_CASE("resample: a trim makes the output longer or shorter by its parts per million") {
  for (const auto& [from, to] : {std::pair{48000, 48000}, {44100, 48000}, {48000, 44100}}) {
    for (const double ppm : {-2000.0, -100.0, -1.0, 1.0, 20.0, 300.0, 2000.0}) {
      CAPTURE(from);
      CAPTURE(to);
      CAPTURE(ppm);
      SineRun run({SampleFormat::kF32, from, 1}, to, 1);
      run.feed(200, 0);
      const int64_t before = run.frames_out();
      run.feed(2000, ppm);  // 20 seconds
      const double expected = 20.0 * to * (1 + ppm * 1e-6);
      CHECK(static_cast<double>(run.frames_out() - before) == doctest::Approx(expected).epsilon(40 / expected));
      CHECK(run.worst() < kClose);
      CHECK(run.worst_joint_us() < 3);
    }
  }
}

TEST_CASE("resample: a trim that moves all the time, and through nothing, makes no step") {
  for (const auto& [from, to] : {std::pair{48000, 48000}, {44100, 48000}}) {
    SineRun run({SampleFormat::kF32, from, 2}, to, 2);
    for (int step = 0; step < 2000; ++step) run.feed(1, 150 * std::sin(step * 0.02));
    CHECK(run.worst() < kClose);
    CHECK(run.worst_joint_us() < 3);
  }
}
