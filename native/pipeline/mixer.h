// Several inputs' sound into one. Each lane adds its unbroken samples from the track's origin on; what all of them have is summed
// and given out. One lane alone is passed through as it is.
//
// Any thread may add; what is given out is given from the thread that completed it, with the mixer's lock held, in order.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "media/frame.h"
#include "media/time.h"

namespace pipeline {

class Mixer {
 public:
  using Sink = std::function<void(const media::AudioBuffer&)>;

  /// `format` is f32.
  Mixer(media::AudioFormat format, size_t lanes, Sink sink);

  /// Before anything is added: the capture time of the first sample, and how long after its own a sample is expected at the latest.
  /// What comes later than that in the beginning, while devices are still starting, is left out.
  void begin(media::Time origin, media::Time latency);
  /// `samples` null: silence. `now` is the present moment: a lane that is far behind it is not waited for.
  void add(size_t lane, const float* samples, size_t frames, media::Time now);
  /// No more will come of this lane.
  void end(size_t lane, media::Time now);

 private:
  struct Lane {
    int64_t end = 0;  // samples since the origin
    bool ended = false;
  };
  media::Time at(int64_t position) const;
  int64_t complete(media::Time now) const;
  void sum(const Lane& lane, const float* samples, size_t frames);
  void give_until(int64_t position, media::Time now);
  void give(const float* samples, size_t frames);

  const media::AudioFormat format_;
  const Sink sink_;
  std::mutex mutex_;  // guards what follows
  media::Time origin_{};
  media::Time latency_{};
  std::vector<Lane> lanes_;
  bool begun_ = false;      // something was given
  int64_t given_ = 0;       // samples since the origin
  std::vector<float> sum_;  // from there on, as far as there is sound
  std::vector<float> silence_;
};

}  // namespace pipeline
