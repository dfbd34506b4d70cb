#include "pipeline/strip.h"

#include <algorithm>
#include <utility>

namespace pipeline {

using media::AudioBuffer;
using media::Time;
using namespace std::chrono_literals;

namespace {

// For how long a device may be late, beyond what it was lately, before silence is put in its place: a busy machine or sound server
// needs some of it. Sound that comes after that is left out, and makes the patience longer, up to the second.
constexpr Time kPatience = 500ms;
constexpr Time kMostPatience = 1s;
// Silence is supplied in such portions, each when its first sample is due.
constexpr Time kPortion = 20ms;

}  // namespace

Strip::Strip(int sample_rate, int channels, double gain)
    : sample_rate_(sample_rate),
      channels_(channels),
      drift_(sample_rate),
      seam_(sample_rate, channels),
      fader_(sample_rate, channels, gain) {}

void Strip::connect(media::AudioFormat from, Time latency) {
  resampler_.emplace(from, sample_rate_, channels_);
  drift_ = Drift(sample_rate_);
  latency_ = latency;
  late_ = true;
  oldest_ = RecentMost(latency);
  if (std::exchange(joined_, false)) seam_.part();
}

void Strip::disconnect() {
  late_ = true;
  break_off();
}

void Strip::break_off() {
  if (!std::exchange(joined_, false)) return;
  ++gaps_;
  seam_.part();
}

Time Strip::at(int64_t position) const {
  const int64_t rate = sample_rate_;
  return *origin_ + Time(position / rate * 1'000'000 + position % rate * 1'000'000 / rate);
}

Time Strip::due() const {
  if (!origin_) return media::kForever;
  if (late_) return at(position_) + latency_;
  return at(position_) + std::min(oldest_.value() + kPatience, latency_ + kMostPatience);
}

void Strip::take(const AudioBuffer& buffer, Time now, const Sink& sink) {
  late_ = false;
  oldest_.note(now - buffer.pts, now);
  const AudioBuffer sound = resampler_->convert(sieve_.pass(buffer));
  if (!origin_) origin_ = sound.pts;
  const Drift::Step step = drift_.step(sound.pts - at(position_), static_cast<int64_t>(sound.frames));
  resampler_->set_trim(step.trim_ppm);
  if (step.jumped) break_off();
  if (step.missing > 0) supply(step.missing, sink);
  const auto surplus = static_cast<size_t>(std::max<int64_t>(0, -step.missing));
  if (sound.frames == surplus) return;
  give(static_cast<const float*>(sound.samples) + surplus * static_cast<size_t>(channels_), sound.frames - surplus, false, sink);
  joined_ = true;
}

void Strip::silent(Time now, const Sink& sink) {
  late_ = true;
  break_off();
  drift_.realign();
  const Time until = now - latency_ + kPortion;
  supply((until - at(position_)).count() * sample_rate_ / 1'000'000, sink);
}

void Strip::supply(int64_t frames, const Sink& sink) {
  if (frames <= 0) return;
  const size_t fading = std::min(static_cast<size_t>(frames), seam_.falling());
  if (fading > 0) {
    const std::vector<float> nothing(fading * static_cast<size_t>(channels_));
    give(nothing.data(), fading, true, sink);
  }
  const size_t rest = static_cast<size_t>(frames) - fading;
  if (rest == 0) return;
  position_ += static_cast<int64_t>(rest);
  loudness_ += {.samples = rest * static_cast<size_t>(channels_)};
  sink(nullptr, rest);
}

void Strip::give(const float* samples, size_t frames, bool silence, const Sink& sink) {
  const std::span given(samples, frames * static_cast<size_t>(channels_));
  std::span<const float> sound = given;
  if (!seam_.closed() || !fader_.idle()) {
    work_.assign(given.begin(), given.end());
    seam_.apply(work_, silence);
    sound = work_;
  }
  seam_.remember(sound);
  if (!fader_.idle()) fader_.apply(work_);
  position_ += static_cast<int64_t>(frames);
  loudness_ += Loudness::of(sound);
  sink(sound.data(), frames);
}

}  // namespace pipeline
