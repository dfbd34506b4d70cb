// Sound of any number of channels made mono or stereo. Pure; not thread-safe.
//
// Loudspeakers' channels are mixed by ITU-R BS.775-3 (annex 4): the centre and each surround channel at -3 dB, a single rear one
// at -6 dB to either side, the bass channel left out; the sum is then brought to full scale, so that it never clips. Inputs without
// a place (a sound card's "aux") go to the left and to the right in turn, each at its full level; an odd last one to both.
// Nothing that has a signal is lost: a side that no channel is for gets what the other has.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace media {

/// What a channel is for.
enum class Channel : uint8_t { kLeft, kRight, kCenter, kLeftSurround, kRightSurround, kCenterSurround, kBass, kAux, kUnused };

class Downmix {
 public:
  /// `to`: 1 or 2.
  Downmix(std::span<const Channel> from, int to) : from_(from.size()) {
    Gains gains = placed(from);
    if (is_silent(gains.left) && is_silent(gains.right)) gains = placed(std::vector(from.size(), Channel::kAux));
    if (is_silent(gains.left)) gains.left = gains.right;
    if (is_silent(gains.right)) gains.right = gains.left;
    if (to == 1) {
      std::ranges::transform(gains.left, gains.right, gains.left.begin(), [](float l, float r) { return (l + r) / 2; });
      outputs_ = {taps(gains.left)};
    } else {
      outputs_ = {taps(gains.left), taps(gains.right)};
    }
  }

  /// Samples would be left as they are.
  bool idle() const {
    if (from_ != outputs_.size()) return false;
    for (size_t i = 0; i < from_; ++i) {
      if (outputs_[i] != std::vector{Tap{i, 1}}) return false;
    }
    return true;
  }

  /// Interleaved samples; `mixed` is overwritten.
  void mix(std::span<const float> samples, std::vector<float>& mixed) const {
    mixed.clear();
    mixed.reserve(samples.size() / from_ * outputs_.size());
    for (; samples.size() >= from_; samples = samples.subspan(from_)) {
      for (const std::vector<Tap>& output : outputs_) {
        float sum = 0;
        for (const Tap& tap : output) sum += tap.gain * samples[tap.channel];
        mixed.push_back(sum);
      }
    }
  }

 private:
  struct Gains {
    std::vector<float> left;
    std::vector<float> right;
  };
  struct Tap {
    size_t channel;
    float gain;
    friend bool operator==(const Tap&, const Tap&) = default;
  };

  static constexpr float k3dB = 0.70710678F;
  static constexpr float k6dB = 0.5F;

  static bool is_silent(const std::vector<float>& gains) { return std::ranges::count(gains, 0.0F) == std::ssize(gains); }

  static std::array<float, 2> loudspeaker(Channel channel) {
    switch (channel) {
      case Channel::kLeft: return {1, 0};
      case Channel::kRight: return {0, 1};
      case Channel::kCenter: return {k3dB, k3dB};
      case Channel::kLeftSurround: return {k3dB, 0};
      case Channel::kRightSurround: return {0, k3dB};
      case Channel::kCenterSurround: return {k6dB, k6dB};
      case Channel::kBass:
      case Channel::kAux:
      case Channel::kUnused: break;
    }
    return {0, 0};
  }

  static Gains placed(std::span<const Channel> from) {
    Gains gains;
    for (const Channel channel : from) {
      const auto [left, right] = loudspeaker(channel);
      gains.left.push_back(left);
      gains.right.push_back(right);
    }
    const auto sum = [](const std::vector<float>& each) { return std::accumulate(each.begin(), each.end(), 0.0F); };
    const float most = std::max(sum(gains.left), sum(gains.right));
    for (auto* side : {&gains.left, &gains.right}) {
      for (float& gain : *side) gain = most > 0 ? gain / most : 0;
    }
    const auto aux = static_cast<size_t>(std::ranges::count(from, Channel::kAux));
    for (size_t i = 0, number = 0; i < from.size(); ++i) {
      if (from[i] != Channel::kAux) continue;
      const bool last_and_odd = number + 1 == aux && aux % 2 == 1;
      if (number % 2 == 0 || last_and_odd) gains.left[i] = 1;
      if (number % 2 == 1 || last_and_odd) gains.right[i] = 1;
      ++number;
    }
    return gains;
  }

  /// What has no gain is not even multiplied: it may be no number.
  static std::vector<Tap> taps(const std::vector<float>& gains) {
    std::vector<Tap> taps;
    for (size_t channel = 0; channel < gains.size(); ++channel) {
      if (gains[channel] != 0) taps.push_back({channel, gains[channel]});
    }
    return taps;
  }

  size_t from_;
  std::vector<std::vector<Tap>> outputs_;
};

}  // namespace media
