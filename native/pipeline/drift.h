// Keeps counted samples and a device's own timestamps together. Pure.
//
// Sound goes to the encoder as an unbroken count of samples; the device's timestamps say how fast its crystal really runs. The
// difference steers the resampler, slowly enough not to be heard: a critically damped loop whose time constant grows with what is
// known of the crystal, from 3 s for a device that is just starting to 30 s. Only a jump (a stall, lost samples) is mended at
// once, and then exactly: with silence, or by leaving samples out.
#pragma once

#include <algorithm>
#include <cstdint>

#include "media/time.h"

namespace pipeline {

class Drift {
 public:
  explicit Drift(int sample_rate) : sample_rate_(sample_rate) {}

  /// What to do with a buffer of `frames` output samples that was captured `off` after the place that the count has for it.
  struct Step {
    int64_t missing = 0;   // samples of silence to put before it; negative: samples to leave out of it
    double trim_ppm = 0;   // for the resampler, from the next buffer on
    bool jumped = false;   // the sound does not join on to what was before; true once for each time that it goes astray
  };
  Step step(media::Time off, int64_t frames) {
    Step step;
    if (aligned_ && (off > kJump || off < -kJump)) {
      step.jumped = true;
      realign();
    }
    if (aligned_) {
      const double seconds = static_cast<double>(frames) / sample_rate_;
      known_ += seconds;
      const double omega = std::clamp(2 / known_, kSlowest, kFastest);
      const media::Time astray = std::chrono::abs(off - rest_) <= kResolution ? media::Time{} : off - rest_;
      error_ += (static_cast<double>(astray.count()) * 1e-6 - error_) * std::min(1.0, seconds / kSmoothing);
      if (known_ > kFirst) crystal_ = std::clamp(crystal_ + omega * omega * error_ * seconds, -kMost, kMost);
      trim_ = std::clamp(crystal_ + 2 * omega * error_, -2 * kMost, 2 * kMost);
    } else {
      const int64_t missing = off.count() * sample_rate_ / 1'000'000;
      step.missing = std::max(missing, -frames);
      aligned_ = step.missing == missing;
      rest_ = off - media::Time(missing * 1'000'000 / sample_rate_);
    }
    step.trim_ppm = trim_ * 1e6;
    return step;
  }

  /// The next samples do not join on to what was before, and are put exactly where they belong.
  void realign() {
    aligned_ = false;
    error_ = 0;
    trim_ = crystal_;
    known_ = std::min(known_, kKnownAfterJump);
  }

  /// By how much the device runs slow against CLOCK_MONOTONIC, in parts per million.
  double ppm() const { return crystal_ * 1e6; }
  /// How much later than their place in the count the samples are captured, smoothed.
  media::Time error() const { return media::Time(static_cast<int64_t>(error_ * 1e6)); }

 private:
  static constexpr media::Time kJump = std::chrono::milliseconds(60);
  static constexpr media::Time kResolution{2};     // so that a source in perfect step is never resampled
  static constexpr double kSlowest = 1.0 / 30;     // 1/s
  static constexpr double kFastest = 1.0 / 3;      // 1/s
  static constexpr double kSmoothing = 0.5;        // s
  static constexpr double kMost = 1e-3;            // crystals are within 200 ppm, cheap ones within 500
  static constexpr double kFirst = 5;              // s: until then it is the first timestamps that are off, not the crystal
  static constexpr double kKnownAfterJump = 15;    // s: of the crystal much, of the device's first timestamps little

  int sample_rate_;
  bool aligned_ = false;
  media::Time rest_{};  // less than a sample, which aligning left
  double known_ = 0;    // seconds that the loop has run
  double error_ = 0;    // seconds, smoothed: how far the device is ahead of the count
  double crystal_ = 0;  // learnt: seconds a second
  double trim_ = 0;
};

}  // namespace pipeline
