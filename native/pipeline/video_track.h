// Picture on its way: one thread that opens the source and the encoder, then reads, converts, encodes and hands on.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <stop_token>
#include <vector>

#include "pipeline/meter.h"
#include "pipeline/pipeline.h"
#include "pipeline/throttle.h"
#include "pipeline/track.h"

namespace pipeline {

class VideoTrack {
 public:
  /// `max_wait`: how long a picture may wait for the network before it is dropped.
  VideoTrack(VideoSettings settings, media::Time max_wait);

  /// The thread's whole job. `opened` is called once and returns when packets are wanted, false if they never will be. Returns
  /// after `stop` was requested or the source has ended, with the encoder flushed; throws media::Error.
  void run(std::stop_token stop, const std::function<bool(VideoDescription)>& opened, const PacketSink& sink);

  // Any thread.
  void request_keyframe() { keyframe_wanted_ = true; }
  void set_bitrate(int bits_per_second) { wanted_bitrate_ = bits_per_second; }
  /// A picture left for the network after it had waited this long.
  void note_wait(media::Time waited);
  VideoStats stats() const;

 private:
  struct Stages;
  Stages open(std::stop_token stop);
  bool is_due(media::Time pts);
  int allowed_bitrate() const;
  void hand_on(std::vector<media::Packet>& packets, const PacketSink& sink);

  const VideoSettings settings_;
  std::atomic<bool> keyframe_wanted_ = false;
  std::atomic<int> wanted_bitrate_;
  media::Time interval_{};  // 0: every frame of the source is wanted
  media::Time due_{};

  mutable std::mutex mutex_;  // guards what follows
  VideoStats stats_;
  RateMeter rate_;
  Percentiles encode_times_;
  Throttle throttle_;
};

}  // namespace pipeline
