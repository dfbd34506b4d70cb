// Where the planes of a picture lie in memory when they follow each other without padding. Pure.
#pragma once

#include <array>
#include <cstddef>

#include "media/format.h"

namespace capture {

struct PictureLayout {
  std::array<size_t, 3> offsets{};
  std::array<int, 3> strides{};  // bytes; 0: no such plane
  size_t size = 0;
};

constexpr PictureLayout picture_layout(media::PixelFormat format, int width, int height) {
  const int chroma_width = width / 2 + width % 2;
  const int chroma_height = height / 2 + height % 2;
  std::array<int, 3> strides{};
  std::array<int, 3> rows{height, chroma_height, chroma_height};
  switch (format) {
    case media::PixelFormat::kI420: strides = {width, chroma_width, chroma_width}; break;
    case media::PixelFormat::kNV12: strides = {width, 2 * chroma_width, 0}; break;
    case media::PixelFormat::kYUY2:
    case media::PixelFormat::kUYVY: strides = {4 * chroma_width, 0, 0}; break;
    case media::PixelFormat::kBGRA:
    case media::PixelFormat::kRGBA:
    case media::PixelFormat::kARGB: strides = {4 * width, 0, 0}; break;
    case media::PixelFormat::kBGR24:
    case media::PixelFormat::kRGB24: strides = {3 * width, 0, 0}; break;
    case media::PixelFormat::kMJPEG: break;  // as long as it is
  }
  PictureLayout layout;
  layout.strides = strides;
  for (size_t i = 0; i < strides.size(); i++) {
    layout.offsets[i] = layout.size;
    layout.size += static_cast<size_t>(strides[i]) * rows[i];
  }
  return layout;
}

}  // namespace capture
