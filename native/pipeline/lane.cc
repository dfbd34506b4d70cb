#include "pipeline/lane.h"

#include <string>
#include <utility>

namespace pipeline {

using media::Time;

namespace {

constexpr Time kMoment = std::chrono::milliseconds(500);

}  // namespace

Lane::Lane(const MixInput& input, media::AudioFormat format, bool alone, AudioFeed::Events events)
    : alone_(alone),
      feed_(input.source, capture::open_same_audio, std::move(events)),
      strip_(format.sample_rate, format.channels, input.muted ? 0 : input.gain),
      gain_(input.gain),
      muted_(input.muted),
      meter_(format.sample_rate, format.channels) {}

void Lane::open(const std::stop_token& stop) {
  feed_.open(stop);
  follow_device();
}

void Lane::run(const std::stop_token& stop, Time beginning, Time latency, Mixer& mixer, size_t index) {
  if (begins_with_input()) {
    latency = media::kForever;
  } else {
    strip_.begin(beginning);
  }
  Time now{};
  const Strip::Sink sink = [&, begun = false](const float* samples, size_t frames) mutable {
    if (!std::exchange(begun, true)) mixer.begin(*strip_.origin(), latency);
    mixer.add(index, samples, frames, now);
  };
  while (!stop.stop_requested() && !feed_.ended()) {
    strip_.set_gain(muted_ ? 0 : gain_.load());
    const auto buffer = feed_.read(stop, strip_.due());
    now = media::monotonic_now();
    follow_device();
    if (buffer) {
      feed_.confirm();
      strip_.take(*buffer, now, sink);
    } else if (now >= strip_.due() && !stop.stop_requested()) {
      strip_.silent(now, sink);
    }
    note(buffer ? buffer->frames : 0);
  }
  if (stop.stop_requested()) {
    leave_out();
  } else {
    feed_.finish();
  }
  mixer.end(index, media::monotonic_now());
}

/// What was written and is not due when all stops is not published; more than a moment of it is not left out in silence.
void Lane::leave_out() {
  const Time held = feed_.present() ? feed_.source().held() : Time{};
  if (held < kMoment) return;
  const std::string seconds = std::to_string(held.count() / 1'000'000) + "." + std::to_string(held.count() / 100'000 % 10);
  feed_.warn(media::Error(media::Code::kInputLeftOut, seconds + " s of sound that were written ahead and were not due when the stream was "
                                                      "stopped are left out; to have all of it heard, end() the input and await finished"));
}

void Lane::follow_device() {
  if (!feed_.present()) {
    if (std::exchange(generation_, std::nullopt)) strip_.disconnect();
    std::lock_guard lock(mutex_);
    stats_.source.lost = feed_.lost();
  } else if (generation_ != feed_.generation()) {
    generation_ = feed_.generation();
    const media::AudioSource& source = feed_.source();
    const media::AudioFormat format = source.format();
    strip_.connect(format, source.latency());
    std::lock_guard lock(mutex_);
    stats_.source = {source.opened(), format.sample_rate, format.channels, false};
    overruns_before_ = stats_.overruns;
    jumps_before_ = stats_.timestamp_jumps;
  }
}

void Lane::note(size_t captured) {
  std::lock_guard lock(mutex_);
  stats_.samples_captured += captured;
  stats_.capture_gaps = strip_.gaps();
  stats_.not_numbers = strip_.not_numbers();
  stats_.drift_ppm = strip_.drift().ppm();
  stats_.stamp_error = -static_cast<double>(strip_.drift().error().count());
  if (generation_) {
    stats_.overruns = overruns_before_ + feed_.source().overruns();
    stats_.timestamp_jumps = jumps_before_ + feed_.source().timestamp_jumps();
  }
  meter_.add(strip_.take_loudness());
}

MixInputStats Lane::stats() const {
  std::lock_guard lock(mutex_);
  MixInputStats stats = stats_;
  stats.gain = gain_;
  stats.muted = muted_;
  stats.peak = meter_.peak();
  stats.rms = meter_.rms();
  return stats;
}

}  // namespace pipeline
