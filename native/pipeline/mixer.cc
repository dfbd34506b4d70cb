#include "pipeline/mixer.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

namespace pipeline {

using media::Time;
using namespace std::chrono_literals;

namespace {

// Lanes supply silence for what is late. One that does not even do that, because its device is being opened anew, does not hold
// up the others.
constexpr Time kMostBehind = 1500ms;
// A gap that is longer is not filled with silence: the timestamps jump.
constexpr Time kLongestGap = 10s;
constexpr Time kPortion = 20ms;  // of silence

int64_t samples_in(Time time, int sample_rate) {
  constexpr int64_t kSecond = 1'000'000;
  return time.count() / kSecond * sample_rate + time.count() % kSecond * sample_rate / kSecond;
}

}  // namespace

Mixer::Mixer(media::AudioFormat format, size_t lanes, Sink sink)
    : format_(format),
      sink_(std::move(sink)),
      lanes_(lanes),
      silence_(static_cast<size_t>(samples_in(kPortion, format.sample_rate)) * static_cast<size_t>(format.channels)) {}

void Mixer::begin(Time origin, Time latency) {
  std::lock_guard lock(mutex_);
  origin_ = origin;
  latency_ = latency;
}

void Mixer::add(size_t index, const float* samples, size_t frames, Time now) {
  std::lock_guard lock(mutex_);
  Lane& lane = lanes_[index];
  const bool alone = lanes_.size() == 1;
  if (samples != nullptr && !alone) sum(lane, samples, frames);
  lane.end += static_cast<int64_t>(frames);
  if (samples != nullptr && alone) {
    give(samples, frames);
  } else {
    give_until(complete(now), now);
  }
}

void Mixer::end(size_t index, Time now) {
  std::lock_guard lock(mutex_);
  lanes_[index].ended = true;
  give_until(complete(now), now);
}

Time Mixer::at(int64_t position) const {
  const int64_t rate = format_.sample_rate;
  return origin_ + Time(position / rate * 1'000'000 + position % rate * 1'000'000 / rate);
}

/// How far all lanes have come that are waited for.
int64_t Mixer::complete(Time now) const {
  const int64_t farthest = std::ranges::max(lanes_, {}, &Lane::end).end;
  int64_t complete = farthest;
  for (const Lane& lane : lanes_) {
    if (!lane.ended) complete = std::min(complete, lane.end);
  }
  return std::max(complete, std::min(farthest, samples_in(now - kMostBehind - origin_, format_.sample_rate)));
}

void Mixer::sum(const Lane& lane, const float* samples, size_t frames) {
  const auto channels = static_cast<size_t>(format_.channels);
  const int64_t ahead = lane.end - given_;
  if (ahead > samples_in(kLongestGap, format_.sample_rate)) return;  // a device that says so is not to be believed
  const auto late = static_cast<size_t>(std::clamp<int64_t>(-ahead, 0, static_cast<int64_t>(frames)));
  const size_t place = static_cast<size_t>(std::max<int64_t>(0, ahead)) * channels;
  const std::span sound(samples + late * channels, (frames - late) * channels);
  if (sum_.size() < place + sound.size()) sum_.resize(place + sound.size());
  std::ranges::transform(sound, std::span(sum_).subspan(place), sum_.begin() + static_cast<ptrdiff_t>(place), std::plus{});
}

void Mixer::give_until(int64_t position, Time now) {
  const auto channels = static_cast<size_t>(format_.channels);
  const int64_t longest = samples_in(kLongestGap, format_.sample_rate);
  const auto leave_out = [&](int64_t frames) {
    sum_.erase(sum_.begin(), sum_.begin() + static_cast<ptrdiff_t>(std::min(sum_.size(), static_cast<size_t>(frames) * channels)));
  };
  int64_t begin = std::max(given_, position - longest);
  if (!begun_) begin = std::clamp(samples_in(now - latency_ - origin_, format_.sample_rate), begin, position);
  leave_out(begin - given_);
  given_ = begin;
  if (const int64_t sounding = std::min(position - given_, static_cast<int64_t>(sum_.size() / channels)); sounding > 0) {
    give(sum_.data(), static_cast<size_t>(sounding));
  }
  leave_out(given_ - begin);
  while (given_ < position) {
    give(silence_.data(), std::min(silence_.size() / channels, static_cast<size_t>(position - given_)));
  }
}

void Mixer::give(const float* samples, size_t frames) {
  begun_ = true;
  sink_({format_, samples, frames, at(given_)});
  given_ += static_cast<int64_t>(frames);
}

}  // namespace pipeline
