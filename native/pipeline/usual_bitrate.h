// The bitrate of a picture for which none is asked. Pure.
#pragma once

#include <algorithm>
#include <cmath>

#include "media/format.h"

namespace pipeline {

/// bit/s: larger pictures and higher rates need more, but not in proportion. The formula of VideoEncoding.bitrate (src/encoding.ts).
inline int usual_bitrate(int width, int height, media::Rational frame_rate) {
  constexpr double kStep = 50'000;
  const double size = static_cast<double>(width) * height / (1280 * 720);
  const double rate = frame_rate.value() / 30;
  const double steps = std::round(2'500'000 * std::pow(size, 0.7) * std::pow(rate, 0.4) / kStep);
  return static_cast<int>(std::max(1.0, steps) * kStep);
}

}  // namespace pipeline
