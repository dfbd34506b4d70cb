// Sound on its way: a lane for each input, the mixer between, and the encoder, which works on the thread of the lane that completed
// the mix. The first lane runs on the track's own thread, so that one input needs no other.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "pipeline/lane.h"
#include "pipeline/meter.h"
#include "pipeline/mixer.h"
#include "pipeline/pipeline.h"
#include "pipeline/track.h"

namespace pipeline {

class AudioTrack {
 public:
  /// `events_of`: what is to be told of the input of this number.
  AudioTrack(AudioSettings settings, const std::function<AudioFeed::Events(size_t input)>& events_of);

  /// As VideoTrack::run().
  void run(std::stop_token stop, const std::function<bool(AudioDescription)>& opened, const PacketSink& sink);

  // Any thread. `input` is its place in AudioSettings::inputs.
  void set_gain(size_t input, double gain) { lanes_[input]->set_gain(gain); }
  void set_muted(size_t input, bool muted) { lanes_[input]->set_muted(muted); }
  void replace_source(size_t input, capture::AudioSettings source, AudioFeed::Replaced replaced) {
    lanes_[input]->replace_source(std::move(source), std::move(replaced));
  }
  AudioStats stats() const;

 private:
  struct Start;
  void work(size_t index, Start& start, Mixer& mixer);
  void hand_on(std::vector<media::Packet>& packets, const PacketSink& sink);

  const AudioSettings settings_;
  const media::AudioFormat format_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // which hold locks, and stay where they are

  mutable std::mutex mutex_;  // guards what follows
  AudioStats stats_;
  RateMeter rate_;
  LevelMeter meter_;
};

}  // namespace pipeline
