#include "capture/synthetic.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "capture/metronome.h"
#include "capture/test_picture.h"
#include "capture/wall_clock.h"

namespace capture {
namespace {

using media::Time;

/// Frame k is captured at start + k / rate, exactly; frames for which the reader was too late are never drawn.
class TestPatternSource final : public media::VideoSource {
 public:
  explicit TestPatternSource(const TestPattern& settings)
      : format_{media::PixelFormat::kI420, settings.width, settings.height, settings.frame_rate},
        metronome_(settings.frame_rate),
        picture_(settings.width, settings.height) {}

  media::VideoFormat format() const override { return format_; }

  std::optional<media::VideoFrame> read(std::stop_token stop, media::Time until) override {
    const auto tick = metronome_.next(stop, until);
    if (!tick) return std::nullopt;
    const Time pts = metronome_.moment(*tick);
    constexpr double kCrossing = 4.0;  // seconds
    const double running = static_cast<double>(*tick) / format_.frame_rate.value();
    picture_.draw(clock_.at(pts), *tick, std::fmod(running, kCrossing) / kCrossing);
    media::VideoFrame frame = picture_.frame();
    frame.pts = pts;
    frame.sequence = *tick;
    return frame;
  }

 private:
  media::VideoFormat format_;
  Metronome metronome_;
  WallClock clock_;
  TestPicture picture_;
};

/// Real-time sound in buffers of 10 ms, each given out once its last sample's time has come.
class PacedSound : public media::AudioSource {
 public:
  PacedSound(int sample_rate, int channels)
      : format_{media::SampleFormat::kF32, sample_rate, channels},
        buffer_frames_(std::max(1, sample_rate / 100)),
        samples_(static_cast<size_t>(buffer_frames_) * channels) {}

  media::AudioFormat format() const override { return format_; }
  Time latency() const override { return Time(static_cast<int64_t>(buffer_frames_) * 1'000'000 / format_.sample_rate); }

  std::optional<media::AudioBuffer> read(std::stop_token stop, Time until) override {
    if (!start_) start_ = media::monotonic_now();
    // A reader that was away for long (a stopped process) goes on with the present; what it missed shows as a jump in pts.
    constexpr Time kCatchUp = std::chrono::milliseconds(500);
    const Time behind = media::monotonic_now() - moment(position_);
    if (behind > kCatchUp) position_ += behind.count() * format_.sample_rate / 1'000'000 / buffer_frames_ * buffer_frames_;
    const Time complete = moment(position_ + buffer_frames_);
    if (!sleep_.until(std::min(complete, until), stop) || complete > media::monotonic_now()) return std::nullopt;

    const Time pts = moment(position_);
    fill(samples_, *start_, position_);
    position_ += buffer_frames_;
    return media::AudioBuffer{format_, samples_.data(), static_cast<size_t>(buffer_frames_), pts};
  }

 protected:
  /// Writes the buffer whose first sample is number `position` since `start`.
  virtual void fill(std::vector<float>& samples, Time start, int64_t position) = 0;

 private:
  Time moment(int64_t position) const {
    const int64_t rate = format_.sample_rate;
    return *start_ + Time(position / rate * 1'000'000 + position % rate * 1'000'000 / rate);
  }

  media::AudioFormat format_;
  int buffer_frames_;
  std::vector<float> samples_;
  std::optional<Time> start_;
  int64_t position_ = 0;
  Sleep sleep_;
};

class ToneSource final : public PacedSound {
 public:
  explicit ToneSource(const Tone& settings)
      : PacedSound(settings.sample_rate, settings.channels), rate_(settings.sample_rate), channels_(settings.channels) {
    constexpr double kAmplitude = 0.5;
    constexpr double kRamp = 0.002;  // seconds: a sine cut off hard would click
    const double length = std::chrono::duration<double>(kFlash).count();
    beep_.resize(static_cast<size_t>(length * rate_));
    for (size_t i = 0; i < beep_.size(); i++) {
      const double time = static_cast<double>(i) / rate_;
      const double ramp = std::min({1.0, time / kRamp, (length - time) / kRamp});
      beep_[i] = static_cast<float>(kAmplitude * ramp * std::sin(2 * std::numbers::pi * settings.frequency * time));
    }
  }

 private:
  void fill(std::vector<float>& samples, Time start, int64_t position) override {
    // The place within the second, in samples: a second has exactly rate_ of them, so it is right for every position.
    const int64_t first = clock_.into_second(start).count() * rate_ / 1'000'000;
    for (size_t i = 0; i < samples.size() / channels_; i++) {
      const size_t place = static_cast<size_t>((first + position + static_cast<int64_t>(i)) % rate_);
      std::fill_n(samples.begin() + static_cast<ptrdiff_t>(i * channels_), channels_, place < beep_.size() ? beep_[place] : 0.0F);
    }
  }

  int64_t rate_;
  int channels_;
  WallClock clock_;
  std::vector<float> beep_;
};

class SilenceSource final : public PacedSound {
 public:
  using PacedSound::PacedSound;

 private:
  void fill(std::vector<float>&, Time, int64_t) override {}  // zeros since construction
};

}  // namespace

std::unique_ptr<media::VideoSource> open_test_pattern(const TestPattern& settings) {
  return std::make_unique<TestPatternSource>(settings);
}

std::unique_ptr<media::AudioSource> open_tone(const Tone& settings) { return std::make_unique<ToneSource>(settings); }

std::unique_ptr<media::AudioSource> open_silence(const Silence& settings) {
  return std::make_unique<SilenceSource>(settings.sample_rate, settings.channels);
}

}  // namespace capture
