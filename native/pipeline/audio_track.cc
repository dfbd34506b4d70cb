#include "pipeline/audio_track.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <optional>
#include <utility>

#include "codec/codec.h"
#include "pipeline/worker.h"

namespace pipeline {

using media::AudioBuffer;
using media::Error;
using media::Packet;
using media::Time;

/// Where the lanes wait for each other once they are open, and how they stop together.
struct AudioTrack::Start {
  const size_t lanes;
  const std::function<bool(Time latency)> opened;  // of the track; called by the lane that is the last to open
  std::stop_source stop = {};
  std::mutex mutex = {};  // guards what follows
  std::condition_variable_any changed = {};
  size_t open = 0;
  Time latency = {};  // of the slowest lane
  std::optional<Time> beginning = {};
  std::optional<Error> failure = {};

  /// The capture time with which the stream begins; empty when there will be none.
  std::optional<Time> arrive(Time lane_latency) {
    std::unique_lock lock(mutex);
    latency = std::max(latency, lane_latency);
    if (++open < lanes) {
      changed.wait(lock, stop.get_token(), [this] { return beginning.has_value(); });
      return beginning;
    }
    lock.unlock();
    if (!opened(latency)) {
      stop.request_stop();
      return std::nullopt;
    }
    lock.lock();
    // What a device heard while the server was still being connected to is not part of the stream.
    beginning = media::monotonic_now() - latency;
    changed.notify_all();
    return beginning;
  }

  void end(const std::optional<Error>& error) {
    if (!error) return;
    {
      std::lock_guard lock(mutex);
      if (!failure) failure = error;
    }
    stop.request_stop();
  }
};

AudioTrack::AudioTrack(AudioSettings settings, const std::function<AudioFeed::Events(size_t input)>& events_of)
    : settings_(std::move(settings)),
      format_{media::SampleFormat::kF32, settings_.sample_rate, settings_.channels},
      meter_(settings_.sample_rate, settings_.channels) {
  const bool alone = settings_.inputs.size() == 1;
  for (const MixInput& input : settings_.inputs) {
    lanes_.push_back(std::make_unique<Lane>(input, format_, alone, events_of(lanes_.size())));
  }
  stats_.sample_rate = settings_.sample_rate;
  stats_.channels = settings_.channels;
}

void AudioTrack::run(std::stop_token stop, const std::function<bool(AudioDescription)>& opened, const PacketSink& sink) {
  const auto encoder = codec::open_faac({settings_.sample_rate, settings_.channels, settings_.bitrate});
  std::vector<Packet> packets;
  Mixer mixer(format_, lanes_.size(), [&](const AudioBuffer& buffer) {
    const auto* samples = static_cast<const float*>(buffer.samples);
    const Loudness loudness = Loudness::of({samples, buffer.frames * static_cast<size_t>(format_.channels)});
    encoder->encode(buffer, packets);
    {
      std::lock_guard lock(mutex_);
      meter_.add(loudness);
    }
    hand_on(packets, sink);
  });

  Start start{.lanes = lanes_.size(), .opened = [&](Time latency) {
    const auto configuration = encoder->configuration();
    return opened({.metadata = {settings_.sample_rate, settings_.channels, settings_.bitrate},
                   .configuration = {configuration.begin(), configuration.end()},
                   .frame_duration = encoder->frame_duration(),
                   .lag = latency + encoder->delay()});
  }};
  {
    const std::stop_callback stop_lanes(stop, [&start] { start.stop.request_stop(); });
    std::vector<Worker> others;  // joined at the end of this block
    try {
      for (size_t i = 1; i < lanes_.size(); ++i) {
        others.emplace_back("rtmp audio in", media::Code::kEncoderFailed,
                            [this, &start, &mixer, i](const std::stop_token&) { work(i, start, mixer); },
                            [&start](const std::optional<Error>& error) { start.end(error); });
      }
      work(0, start, mixer);
    } catch (...) {
      start.stop.request_stop();
      throw;
    }
  }
  if (start.failure) throw *start.failure;
  encoder->flush(packets);
  hand_on(packets, sink);
}

/// A lane's whole job.
void AudioTrack::work(size_t index, Start& start, Mixer& mixer) {
  Lane& lane = *lanes_[index];
  const struct Closing {
    Lane& lane;
    ~Closing() { lane.close(); }
  } closing{lane};
  const std::stop_token stop = start.stop.get_token();
  lane.open(stop);
  if (const auto beginning = start.arrive(lane.latency())) lane.run(stop, *beginning, start.latency, mixer, index);
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
  AudioStats stats;
  {
    std::lock_guard lock(mutex_);
    stats = stats_;
    stats.bitrate = rate_.bits_per_second(media::monotonic_now());
    stats.peak = meter_.peak();
    stats.rms = meter_.rms();
    stats.clipped = meter_.clipped();
  }
  for (const auto& lane : lanes_) {
    const MixInputStats& input = stats.inputs.emplace_back(lane->stats());
    if (std::abs(input.stamp_error) > std::abs(stats.stamp_error)) stats.stamp_error = input.stamp_error;
    stats.clipped += input.not_numbers;
  }
  return stats;
}

}  // namespace pipeline
