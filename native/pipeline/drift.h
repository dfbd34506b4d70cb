// Keeps counted samples and a device's own timestamps together. Pure.
//
// Sound goes to the encoder as an unbroken count of samples; the device's timestamps say how fast its crystal really runs. The
// difference steers the resampler, slowly enough not to be heard (a critically damped loop with a time constant of some 30 s, a
// tenth of that at first, when a device that is just starting may be some milliseconds off its own mark); only a jump (a stall, lost samples) is mended at once, with silence or by leaving samples out.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "media/time.h"

namespace pipeline {

class Drift {
 public:
  explicit Drift(int sample_rate) : sample_rate_(sample_rate) {}

  /// What to do with a buffer of `frames` output samples that the device says was captured at `pts`.
  struct Step {
    media::Time pts;       // of its first sample, counted
    int64_t missing = 0;   // samples of silence to put before it; negative: samples to leave out of it
    double trim_ppm = 0;   // for the resampler, from the next buffer on
  };
  Step step(media::Time pts, int64_t frames) {
    if (!anchor_) anchor_ = pts;
    Step step{.pts = counted(), .missing = 0, .trim_ppm = 0};
    const media::Time off = pts - step.pts;
    if (off > kJump || off < -kJump) {
      step.missing = std::clamp(to_samples(off), -frames, kLongestGap.count() * sample_rate_ / 1'000'000);
      if (off > kLongestGap) {  // too long to fill: the count starts anew
        anchor_ = pts - kLongestGap - media::Time(samples_ * 1'000'000 / sample_rate_);
        step.pts = counted();
      }
      error_ = 0;
    } else {
      const double seconds = static_cast<double>(frames) / sample_rate_;
      error_ += (static_cast<double>(off.count()) * 1e-6 - error_) * std::min(1.0, seconds / kSmoothing);
      if (!settling()) crystal_ = std::clamp(crystal_ + kOmega * kOmega * error_ * seconds, -kMost, kMost);
    }
    step.trim_ppm = std::clamp(crystal_ + 2 * (settling() ? kFastOmega : kOmega) * error_, -2 * kMost, 2 * kMost) * 1e6;
    samples_ += frames + step.missing;
    return step;
  }

  /// By how much the device runs slow against CLOCK_MONOTONIC, in parts per million.
  double ppm() const { return crystal_ * 1e6; }

 private:
  static constexpr media::Time kJump = std::chrono::milliseconds(60);
  static constexpr media::Time kLongestGap = std::chrono::seconds(10);
  static constexpr double kOmega = 1.0 / 30;     // 1/s
  static constexpr double kFastOmega = 1.0 / 3;  // 1/s
  static constexpr int kSettling = 10;           // s
  static constexpr double kSmoothing = 0.5;      // s
  static constexpr double kMost = 1e-3;          // crystals are within 200 ppm, cheap ones within 500

  media::Time counted() const { return *anchor_ + media::Time(samples_ * 1'000'000 / sample_rate_); }
  bool settling() const { return samples_ < int64_t{kSettling} * sample_rate_; }
  int64_t to_samples(media::Time time) const { return time.count() * sample_rate_ / 1'000'000; }

  int sample_rate_;
  std::optional<media::Time> anchor_;
  int64_t samples_ = 0;
  double error_ = 0;    // seconds, smoothed: how far the device is ahead of the count
  double crystal_ = 0;  // learnt: seconds a second
};

}  // namespace pipeline
