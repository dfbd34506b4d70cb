// One input of the sound on its way to the mixer: a device that may be lost and come back, or be exchanged, and its strip, which
// makes an unbroken stream of it. One thread opens and runs; what says so may be called from any.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <stop_token>

#include "pipeline/feed.h"
#include "pipeline/mixer.h"
#include "pipeline/pipeline.h"
#include "pipeline/strip.h"

namespace pipeline {

using AudioFeed = Feed<media::AudioSource, capture::AudioSettings>;

class Lane {
 public:
  /// `alone`: no other lane waits for this one.
  Lane(const MixInput& input, media::AudioFormat format, bool alone, AudioFeed::Events events);

  /// Throws media::Error.
  void open(const std::stop_token& stop);
  /// Once open: how long after its capture a sample is read.
  media::Time latency() const { return feed_.source().latency(); }
  /// Gives the mixer what was captured from `beginning` on, or silence, until `stop` or the end of a written input. A written
  /// input without company begins with what was written first. `latency`: of the slowest lane. Throws when the device is lost and
  /// nobody wants to wait for it.
  void run(const std::stop_token& stop, media::Time beginning, media::Time latency, Mixer& mixer, size_t index);
  /// The device is closed, by the thread that opened it.
  void close() { feed_.close(); }

  // Any thread.
  void set_gain(double gain) { gain_ = gain; }
  void set_muted(bool muted) { muted_ = muted; }
  void replace_source(capture::AudioSettings source, AudioFeed::Replaced replaced) {
    feed_.replace(std::move(source), std::move(replaced));
  }
  MixInputStats stats() const;

 private:
  bool begins_with_input() const { return alone_ && !feed_.source().live(); }
  void follow_device();
  void leave_out();
  void note(size_t captured);

  const bool alone_;
  AudioFeed feed_;
  Strip strip_;
  std::optional<uint64_t> generation_;  // of the source that the strip knows
  std::atomic<double> gain_;
  std::atomic<bool> muted_;

  mutable std::mutex mutex_;  // guards what follows
  MixInputStats stats_;
  uint64_t overruns_before_ = 0;  // of the present source
  uint64_t jumps_before_ = 0;
  LevelMeter meter_;
};

}  // namespace pipeline
