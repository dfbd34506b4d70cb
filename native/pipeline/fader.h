// A gain that never jumps: a new one is reached within 10 ms, so that no click is heard. Pure; not thread-safe.
#pragma once

#include <cstddef>
#include <span>

namespace pipeline {

class Fader {
 public:
  Fader(int sample_rate, int channels, double gain)
      : channels_(static_cast<size_t>(channels)), ramp_(static_cast<size_t>(sample_rate) / 100), gain_(gain), target_(gain) {}

  void fade_to(double gain) {
    if (gain == target_) return;
    target_ = gain;
    left_ = ramp_;
  }
  /// Nothing would be changed.
  bool idle() const { return left_ == 0 && gain_ == 1; }

  void apply(std::span<float> samples) {
    for (size_t i = 0; i < samples.size(); i += channels_) {
      if (left_ > 0) {
        gain_ += (target_ - gain_) / static_cast<double>(left_);
        if (--left_ == 0) gain_ = target_;
      }
      for (float& sample : samples.subspan(i, channels_)) sample *= static_cast<float>(gain_);
    }
  }

 private:
  size_t channels_;
  size_t ramp_;  // frames
  double gain_;
  double target_;
  size_t left_ = 0;  // frames until the target is reached
};

}  // namespace pipeline
