// What ALSA's names of channels stand for. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "media/downmix.h"

namespace capture {

/// `position` is an snd_pcm_chmap_position.
inline media::Channel alsa_channel(unsigned position) {
  using enum media::Channel;
  constexpr std::array kPlaces{kAux, kUnused, kCenter,  // unknown, not used, mono
                               kLeft, kRight, kLeftSurround, kRightSurround, kCenter, kBass,
                               kLeftSurround, kRightSurround, kCenterSurround,
                               kLeft, kRight, kLeftSurround, kRightSurround,  // left and right of the centre, before and behind
                               kLeft, kRight,                                 // wide
                               kLeft, kCenter, kRight,                        // high
                               kCenterSurround,                               // above the listener
                               kLeftSurround, kRightSurround, kCenter,        // above the front
                               kLeftSurround, kRightSurround, kCenterSurround,
                               kLeft, kRight,                                 // above the front, left and right of the centre
                               kLeftSurround, kRightSurround,                 // above the sides
                               kBass, kBass,
                               kCenter, kLeft, kRight};                       // below
  const size_t place = position & 0xffff;  // above it lie flags
  return place < kPlaces.size() ? kPlaces[place] : kAux;
}

/// Of a device that does not say.
inline std::vector<media::Channel> usual_channels(size_t count) {
  using enum media::Channel;
  if (count == 1) return {kCenter};
  if (count == 2) return {kLeft, kRight};
  return std::vector(count, kAux);
}

}  // namespace capture
