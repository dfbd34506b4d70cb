// A picture of four colours, a quarter each, in any form of it: what it must come to on the way to the encoder.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>

#include "convert/convert.h"

namespace quarters {

struct Yuv {
  int y, u, v;
};
// White and red above blue and black; BT.601 of limited range.
constexpr std::array<std::array<uint8_t, 3>, 4> kRgb{{{255, 255, 255}, {255, 0, 0}, {0, 0, 255}, {0, 0, 0}}};
constexpr std::array<Yuv, 4> kYuv{{{235, 128, 128}, {81, 90, 240}, {41, 240, 110}, {16, 128, 128}}};

inline void check(const media::VideoFrame& decoded, bool grey, int tolerance = 3) {
  const int width = decoded.width, height = decoded.height;
  convert::PictureConverter converter(width & ~1, height & ~1);
  const auto frame = converter.convert(decoded);
  for (size_t i = 0; i < kYuv.size(); ++i) {
    const int x = (i % 2 == 0 ? 1 : 3) * width / 4, y = (i < 2 ? 1 : 3) * height / 4;
    const Yuv is{frame.planes[0][y * frame.strides[0] + x], frame.planes[1][y / 2 * frame.strides[1] + x / 2],
                 frame.planes[2][y / 2 * frame.strides[2] + x / 2]};
    CAPTURE(i);
    CAPTURE(is.y);
    CAPTURE(is.u);
    CAPTURE(is.v);
    CHECK(std::abs(is.y - kYuv[i].y) <= tolerance);
    CHECK(std::abs(is.u - (grey ? 128 : kYuv[i].u)) <= tolerance);
    CHECK(std::abs(is.v - (grey ? 128 : kYuv[i].v)) <= tolerance);
  }
}

}  // namespace quarters
