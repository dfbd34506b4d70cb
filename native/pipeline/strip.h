// One input's strip of the mixing desk: makes of buffers that come when they come an unbroken count of samples on the track's grid.
// Resamples with the drift taken out, mends jumps, supplies silence for what does not come, and has the gain and the level.
// Knows no thread and no clock: who drives it says what time it is, be it the lane's thread or a test's simulated hours.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "convert/convert.h"
#include "media/frame.h"
#include "media/time.h"
#include "pipeline/drift.h"
#include "pipeline/fader.h"
#include "pipeline/level.h"
#include "pipeline/recent_most.h"
#include "pipeline/seam.h"
#include "pipeline/sieve.h"

namespace pipeline {

class Strip {
 public:
  /// Takes what follows: f32 at the track's rate and channels, or silence where `samples` is null.
  using Sink = std::function<void(const float* samples, size_t frames)>;

  Strip(int sample_rate, int channels, double gain);

  /// The track begins at `origin`: what was captured before is left out. Without a call it begins with the first sample, and
  /// until then due() is never.
  void begin(media::Time origin) { origin_ = origin; }
  /// Sound of another device follows, or of the same one opened anew.
  void connect(media::AudioFormat from, media::Time latency);
  /// The device is gone: silence follows at once.
  void disconnect();

  /// The moment at which silent() must be called if no buffer has come.
  media::Time due() const;
  /// A buffer came at `now`.
  void take(const media::AudioBuffer& buffer, media::Time now, const Sink& sink);
  /// Nothing came until `now`.
  void silent(media::Time now, const Sink& sink);

  /// Reached within 10 ms.
  void set_gain(double gain) { fader_.fade_to(gain); }

  std::optional<media::Time> origin() const { return origin_; }
  /// Times that the sound broke off or did not join on; each was filled or cut once.
  uint64_t gaps() const { return gaps_; }
  /// Samples that were no number: silence took their place.
  uint64_t not_numbers() const { return sieve_.caught(); }
  const Drift& drift() const { return drift_; }
  /// Of what was given out since the last call.
  Loudness take_loudness() { return std::exchange(loudness_, {}); }

 private:
  media::Time at(int64_t position) const;
  void break_off();
  void supply(int64_t frames, const Sink& sink);
  void give(const float* samples, size_t frames, bool silence, const Sink& sink);

  const int sample_rate_;
  const int channels_;
  Sieve sieve_;
  std::optional<convert::Resampler> resampler_;
  Drift drift_;
  Seam seam_;
  Fader fader_;
  Loudness loudness_;
  std::vector<float> work_;

  std::optional<media::Time> origin_;
  int64_t position_ = 0;     // samples given since the origin
  media::Time latency_{};    // of the source, as it says
  bool late_ = true;         // the device is not waited for: not yet, or no longer
  bool joined_ = false;      // what was given last is the device's own
  RecentMost oldest_;        // age of the sound that came
  uint64_t gaps_ = 0;
};

}  // namespace pipeline
