// What PulseAudio's names of channels stand for. Pure.
#pragma once

#include <array>
#include <cstddef>

#include "media/downmix.h"

namespace capture {

/// `position` is a pa_channel_position_t.
inline media::Channel pulse_channel(int position) {
  using enum media::Channel;
  constexpr size_t kFirstAux = 12;
  constexpr size_t kTop = 44;
  constexpr std::array kPlaces{kCenter,          // mono
                               kLeft, kRight, kCenter, kCenterSurround, kLeftSurround, kRightSurround, kBass,
                               kLeft, kRight,    // left and right of the centre
                               kLeftSurround, kRightSurround};
  constexpr std::array kAbove{kCenterSurround,                        // above the listener
                              kLeftSurround, kRightSurround, kCenter,  // above the front
                              kLeftSurround, kRightSurround, kCenterSurround};
  static_assert(kPlaces.size() == kFirstAux);
  const auto place = static_cast<size_t>(position);
  if (place < kFirstAux) return kPlaces[place];
  if (place >= kTop && place < kTop + kAbove.size()) return kAbove[place - kTop];
  return kAux;
}

}  // namespace capture
