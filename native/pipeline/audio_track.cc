#include "pipeline/audio_track.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "codec/codec.h"
#include "convert/convert.h"

namespace pipeline {

using media::AudioBuffer;
using media::Packet;
using media::Time;

AudioTrack::AudioTrack(AudioSettings settings) : settings_(std::move(settings)) {
  stats_.sample_rate = settings_.sample_rate;
  stats_.channels = settings_.channels;
}

void AudioTrack::run(std::stop_token stop, const std::function<bool(AudioDescription)>& opened, const PacketSink& sink) {
  const auto encoder = codec::open_faac({settings_.sample_rate, settings_.channels, settings_.bitrate});
  const auto source = capture::open_audio(settings_.source, stop);
  convert::Resampler resampler(source->format(), settings_.sample_rate, settings_.channels);
  Drift drift(settings_.sample_rate);
  const auto configuration = encoder->configuration();
  if (!opened({.metadata = {settings_.sample_rate, settings_.channels, settings_.bitrate},
               .configuration = {configuration.begin(), configuration.end()},
               .frame_duration = encoder->frame_duration(),
               .lag = source->latency() + encoder->delay()})) {
    return;
  }
  // What a device heard while the server was still being connected to is not part of the stream.
  const bool live = !std::holds_alternative<capture::WrittenAudio>(settings_.source);
  const Time beginning = live ? media::monotonic_now() - source->latency() : Time::min();

  std::vector<Packet> packets;
  while (const auto captured = source->read(stop)) {
    if (captured->pts < beginning) continue;
    const AudioBuffer buffer = resampler.convert(*captured);
    const Drift::Step step = drift.step(buffer.pts, static_cast<int64_t>(buffer.frames));
    resampler.set_trim(step.trim_ppm);
    {
      std::lock_guard lock(mutex_);
      stats_.samples_captured += captured->frames;
      stats_.capture_gaps += step.missing != 0;
      stats_.drift_ppm = drift.ppm();
    }
    encode(*encoder, buffer, step, packets);
    hand_on(packets, sink);
  }
  encoder->flush(packets);
  hand_on(packets, sink);
}

void AudioTrack::encode(media::AudioEncoder& encoder, AudioBuffer buffer, const Drift::Step& step,
                        std::vector<Packet>& packets) {
  buffer.pts = step.pts;
  if (step.missing > 0) {
    silence_.assign(static_cast<size_t>(step.missing) * settings_.channels, 0.0F);
    AudioBuffer gap = buffer;
    gap.samples = silence_.data();
    gap.frames = static_cast<size_t>(step.missing);
    encoder.encode(gap, packets);
    buffer.pts += Time(step.missing * 1'000'000 / settings_.sample_rate);
  } else if (step.missing < 0) {
    const size_t surplus = std::min(buffer.frames, static_cast<size_t>(-step.missing));
    buffer.samples = static_cast<const float*>(buffer.samples) + surplus * settings_.channels;
    buffer.frames -= surplus;
  }
  if (buffer.frames > 0) encoder.encode(buffer, packets);
}

void AudioTrack::hand_on(std::vector<Packet>& packets, const PacketSink& sink) {
  for (Packet& packet : packets) {
    {
      std::lock_guard lock(mutex_);
      ++stats_.packets_encoded;
      stats_.bytes += packet.size();
      rate_.add(packet.size(), media::monotonic_now());
    }
    sink(std::move(packet));
  }
  packets.clear();
}

AudioStats AudioTrack::stats() const {
  std::lock_guard lock(mutex_);
  AudioStats stats = stats_;
  stats.bitrate = rate_.bits_per_second(media::monotonic_now());
  return stats;
}

}  // namespace pipeline
