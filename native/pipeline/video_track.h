// Picture on its way: one thread that opens the source and the encoder, then reads, converts, encodes and hands on. At a constant
// frame rate, and while its device is lost, it shows the last picture again where none came.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "convert/convert.h"
#include "pipeline/cadence.h"
#include "pipeline/feed.h"
#include "pipeline/meter.h"
#include "pipeline/pipeline.h"
#include "pipeline/track.h"

namespace pipeline {

using VideoFeed = Feed<media::VideoSource, capture::VideoSettings>;

class VideoTrack {
 public:
  /// What the network takes of a bitrate that is wanted; asked for with every picture, on the track's thread.
  using Allowance = std::function<int(int wanted)>;

  VideoTrack(VideoSettings settings, Allowance allowed, VideoFeed::Events events);

  /// The thread's whole job. `opened` is called once and returns when packets are wanted, false if they never will be. Returns
  /// after `stop` was requested or the source has ended, with the encoder flushed unless cut() was called; throws media::Error.
  void run(std::stop_token stop, const std::function<bool(VideoDescription)>& opened, const PacketSink& sink);

  // Any thread.
  /// What the encoder still holds is not waited for: an encoder that looks far ahead takes seconds for it.
  void cut() { cut_ = true; }
  void request_keyframe() { keyframe_wanted_ = true; }
  void set_bitrate(int bits_per_second) { wanted_bitrate_ = bits_per_second; }
  void replace_source(capture::VideoSettings source, VideoFeed::Replaced replaced) {
    feed_.replace(std::move(source), std::move(replaced));
  }
  VideoStats stats() const;

 private:
  struct Stages;
  Stages open(std::stop_token stop, const PacketSink& sink);
  media::Time due(const Stages& stages) const;
  void follow(Stages& stages);
  void show(Stages& stages, const media::VideoFrame& frame, media::Time idle);
  void fill(Stages& stages, int64_t empty, media::Time idle);
  void repeat(Stages& stages);
  void encode(Stages& stages, std::optional<media::Time> captured);
  void hand_on(Stages& stages);

  const VideoSettings settings_;
  const Allowance allowed_;
  VideoFeed feed_;
  std::atomic<bool> cut_ = false;
  std::atomic<bool> keyframe_wanted_ = false;
  std::atomic<int> wanted_bitrate_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  VideoStats stats_;
  RateMeter rate_;
  Percentiles encode_times_;
};

}  // namespace pipeline
