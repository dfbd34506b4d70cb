// Joins sound to what it does not continue, without a click: what was last heard runs backwards and dies away within 5 ms, over
// what follows, which comes up in the same time. Needs nothing of what comes later, and so delays nothing. Pure; not thread-safe.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

namespace pipeline {

class Seam {
 public:
  /// Before the first sound there is silence.
  Seam(int sample_rate, int channels)
      : channels_(static_cast<size_t>(channels)), length_(static_cast<size_t>(sample_rate) / 200), fallen_(length_) {}

  /// What comes next does not continue what came before.
  void part() {
    tail_.assign(last_.size(), 0);
    const size_t frames = last_.size() / channels_;
    for (size_t frame = 0; frame < frames; ++frame) {
      std::copy_n(last_.end() - static_cast<ptrdiff_t>((frame + 1) * channels_), channels_,
                  tail_.begin() + static_cast<ptrdiff_t>(frame * channels_));
    }
    fallen_ = frames == 0 ? length_ : 0;
    risen_ = 0;
  }
  /// Sound would be left as it is.
  bool closed() const { return fallen_ == length_ && risen_ == length_; }
  /// Silence would be left as it is.
  bool silent() const { return fallen_ == length_; }
  /// Frames until silence would be left as it is.
  size_t falling() const { return length_ - fallen_; }

  /// Samples that are silence do not use up the time in which sound comes up.
  void apply(std::span<float> samples, bool silence) {
    for (size_t i = 0; i < samples.size() && !(silence ? silent() : closed()); i += channels_) {
      const auto frame = samples.subspan(i, channels_);
      if (!silence && risen_ < length_) {
        const float up = swell(risen_++);
        for (float& sample : frame) sample *= up;
      }
      if (fallen_ < length_) {
        const float down = 1 - swell(fallen_);
        const size_t place = fallen_++ * channels_;
        for (size_t channel = 0; channel < channels_ && place + channel < tail_.size(); ++channel) {
          frame[channel] += down * tail_[place + channel];
        }
      }
    }
  }

  /// What was heard last, after apply().
  void remember(std::span<const float> samples) {
    const size_t most = length_ * channels_;
    if (samples.size() > most) samples = samples.last(most);
    const size_t kept = std::min(last_.size(), most - samples.size());
    last_.erase(last_.begin(), last_.end() - static_cast<ptrdiff_t>(kept));
    last_.insert(last_.end(), samples.begin(), samples.end());
  }

 private:
  /// From 0 to 1, with no corner at either end.
  float swell(size_t frame) const {
    const double turn = std::numbers::pi * (static_cast<double>(frame) + 0.5) / static_cast<double>(length_);
    return static_cast<float>((1 - std::cos(turn)) / 2);
  }

  size_t channels_;
  size_t length_;            // frames
  std::vector<float> last_;  // at most `length_` frames
  std::vector<float> tail_;  // dies away
  size_t fallen_;            // frames of it that were heard
  size_t risen_ = 0;         // frames of new sound that were heard
};

}  // namespace pipeline
