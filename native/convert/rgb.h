// RGB to I420 with either matrix, limited range. libyuv has this for BT.601 only, and a picture of 720 lines or more is BT.709 to
// every player. Pure; private to this room.
#pragma once

#include <array>
#include <cstdint>

#include "convert/convert.h"

namespace convert {

struct Planes {
  std::array<uint8_t*, 3> data;
  std::array<int, 3> strides;
};

/// Four bytes a pixel, BGRA or (red_first) RGBA. Chroma is the mean of 2×2 pixels; at an odd edge, of the pixels that are there.
void rgb_to_i420(const uint8_t* source, int stride, int width, int height, bool red_first, Matrix matrix, const Planes& planes);

}  // namespace convert
