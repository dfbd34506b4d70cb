// Sound on its way: one thread that opens the source and the encoder, then reads, resamples, encodes and hands on.
#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <vector>

#include "pipeline/drift.h"
#include "pipeline/meter.h"
#include "pipeline/pipeline.h"
#include "pipeline/track.h"

namespace pipeline {

class AudioTrack {
 public:
  explicit AudioTrack(AudioSettings settings);

  /// As VideoTrack::run().
  void run(std::stop_token stop, const std::function<bool(AudioDescription)>& opened, const PacketSink& sink);

  AudioStats stats() const;  // any thread

 private:
  void encode(media::AudioEncoder& encoder, media::AudioBuffer buffer, const Drift::Step& step,
              std::vector<media::Packet>& packets);
  void hand_on(std::vector<media::Packet>& packets, const PacketSink& sink);

  const AudioSettings settings_;
  std::vector<float> silence_;

  mutable std::mutex mutex_;  // guards what follows
  AudioStats stats_;
  RateMeter rate_;
};

}  // namespace pipeline
