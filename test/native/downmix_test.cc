// Sound of any channels made mono or stereo, by value.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "capture/alsa_channels.h"
#include "capture/pulse_channels.h"
#include "media/downmix.h"

namespace {

using media::Downmix;
using enum media::Channel;
using Channels = std::vector<media::Channel>;

/// What becomes of full scale on one channel alone: left and right, or one.
std::vector<float> gains(const Channels& from, size_t channel, int to = 2) {
  std::vector<float> frame(from.size());
  frame[channel] = 1;
  std::vector<float> mixed;
  Downmix(from, to).mix(frame, mixed);
  return mixed;
}

bool equal(const std::vector<float>& values, const std::vector<double>& expected) {
  if (values.size() != expected.size()) return false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::abs(values[i] - expected[i]) > 1e-4) return false;
  }
  return true;
}

const Channels k51{kLeft, kRight, kCenter, kBass, kLeftSurround, kRightSurround};
const Channels k71{kLeft, kRight, kCenter, kBass, kLeftSurround, kRightSurround, kLeftSurround, kRightSurround};

}  // namespace

TEST_SUITE_BEGIN("downmix");

TEST_CASE("what has the wanted channels already is left as it is") {
  CHECK(Downmix(Channels{kLeft, kRight}, 2).idle());
  CHECK(Downmix(Channels{kAux, kAux}, 2).idle());
  CHECK(Downmix(Channels{kLeftSurround, kRightSurround}, 2).idle());
  CHECK_FALSE(Downmix(Channels{kRight, kLeft}, 2).idle());
  CHECK_FALSE(Downmix(Channels{kLeft, kRight}, 1).idle());
  for (const media::Channel alone : {kLeft, kRight, kCenter, kLeftSurround, kCenterSurround, kBass, kAux, kUnused}) {
    CHECK(Downmix(Channels{alone}, 1).idle());
    CHECK(equal(gains({alone}, 0), {1, 1}));
  }
}

TEST_CASE("5.1 and 7.1 by BS.775: centre and surrounds at -3 dB, no bass, never beyond full scale") {
  const double whole = 1 + 2 * std::sqrt(0.5);
  CHECK(equal(gains(k51, 0), {1 / whole, 0}));
  CHECK(equal(gains(k51, 1), {0, 1 / whole}));
  CHECK(equal(gains(k51, 2), {std::sqrt(0.5) / whole, std::sqrt(0.5) / whole}));
  CHECK(equal(gains(k51, 3), {0, 0}));
  CHECK(equal(gains(k51, 4), {std::sqrt(0.5) / whole, 0}));
  CHECK(equal(gains(k51, 5), {0, std::sqrt(0.5) / whole}));
  const double more = 1 + 3 * std::sqrt(0.5);
  CHECK(equal(gains(k71, 0), {1 / more, 0}));
  CHECK(equal(gains(k71, 5), {0, std::sqrt(0.5) / more}));
  CHECK(equal(gains(k71, 6), {std::sqrt(0.5) / more, 0}));
  CHECK(equal(gains({kLeft, kRight, kCenter, kCenterSurround}, 3), {0.5 / (1.5 + std::sqrt(0.5)), 0.5 / (1.5 + std::sqrt(0.5))}));
  std::vector<float> mixed;
  for (const Channels& from : {k51, k71}) {
    for (const int to : {1, 2}) {
      Downmix(from, to).mix(std::vector<float>(from.size(), 1), mixed);
      CHECK(equal(mixed, std::vector<double>(static_cast<size_t>(to), 1)));
    }
  }
}

TEST_CASE("mono is the middle of the stereo") {
  CHECK(equal(gains({kLeft, kRight}, 0, 1), {0.5}));
  CHECK(equal(gains({kAux, kAux}, 1, 1), {0.5}));
  for (size_t channel = 0; channel < k51.size(); ++channel) {
    const auto stereo = gains(k51, channel);
    CHECK(equal(gains(k51, channel, 1), {(stereo[0] + stereo[1]) / 2}));
  }
}

TEST_CASE("channels without a place are heard in turn left and right, at their full level") {
  const Channels five(5, kAux);
  CHECK(equal(gains(five, 0), {1, 0}));
  CHECK(equal(gains(five, 1), {0, 1}));
  CHECK(equal(gains(five, 3), {0, 1}));
  CHECK(equal(gains(five, 4), {1, 1}));
  CHECK(equal(gains(five, 2, 1), {0.5}));
  const Channels both{kLeft, kRight, kAux, kAux};
  CHECK(equal(gains(both, 0), {1, 0}));
  CHECK(equal(gains(both, 3), {0, 1}));
  CHECK(equal(gains(Channels(32, kAux), 31), {0, 1}));
}

TEST_CASE("no map leaves a side silent, or everything") {
  CHECK(equal(gains({kLeft, kUnused}, 0), {1, 1}));
  CHECK(equal(gains({kUnused, kRightSurround}, 1), {1, 1}));
  CHECK(equal(gains({kLeft, kBass}, 0), {1, 1}));
  CHECK(equal(gains({kCenter, kCenter}, 1), {0.5, 0.5}));
  CHECK(equal(gains({kBass, kBass}, 0), {1, 0}));
  CHECK(equal(gains({kUnused, kUnused}, 1), {0, 1}));
}

TEST_CASE("interleaved frames, and no number where it has no gain") {
  std::vector<float> mixed{7};
  const Downmix downmix(Channels{kLeft, kBass, kRight}, 2);
  downmix.mix(std::vector<float>{0.25F, std::numeric_limits<float>::quiet_NaN(), 0.5F, -1, std::numeric_limits<float>::infinity(), 0},
              mixed);
  CHECK(mixed == std::vector<float>{0.25F, 0.5F, -1, 0});
  downmix.mix({}, mixed);
  CHECK(mixed.empty());
}

TEST_CASE("the servers' and the cards' names of channels") {
  CHECK(capture::pulse_channel(0) == kCenter);   // mono
  CHECK(capture::pulse_channel(1) == kLeft);     // front-left
  CHECK(capture::pulse_channel(7) == kBass);     // lfe
  CHECK(capture::pulse_channel(11) == kRightSurround);  // side-right
  CHECK(capture::pulse_channel(12) == kAux);     // aux0
  CHECK(capture::pulse_channel(43) == kAux);     // aux31
  CHECK(capture::pulse_channel(50) == kCenterSurround);  // top-rear-center
  CHECK(capture::pulse_channel(51) == kAux);
  CHECK(capture::pulse_channel(-1) == kAux);
  CHECK(capture::alsa_channel(0) == kAux);       // UNKNOWN
  CHECK(capture::alsa_channel(1) == kUnused);    // NA
  CHECK(capture::alsa_channel(3) == kLeft);      // FL
  CHECK(capture::alsa_channel(8) == kBass);      // LFE
  CHECK(capture::alsa_channel(11) == kCenterSurround);  // RC
  CHECK(capture::alsa_channel(0x10004) == kRight);  // FR, its phase inverted
  CHECK(capture::alsa_channel(33) == kBass);     // LLFE
  CHECK(capture::alsa_channel(36) == kRight);    // BRC
  CHECK(capture::alsa_channel(37) == kAux);
  CHECK(capture::usual_channels(2) == Channels{kLeft, kRight});
  CHECK(capture::usual_channels(8) == Channels(8, kAux));
}

TEST_SUITE_END();
