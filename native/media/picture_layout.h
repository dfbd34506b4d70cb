// Where the planes of a picture lie in memory when they follow each other without padding. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "media/components.h"
#include "media/format.h"
#include "media/frame.h"

namespace media {

struct PictureLayout {
  std::array<size_t, 3> offsets{};
  std::array<int, 3> strides{};  // bytes; 0: no such plane
  std::array<int, 3> rows{};
  size_t size = 0;
};

constexpr PictureLayout picture_layout(const std::array<int, 3>& strides, const std::array<int, 3>& rows) {
  PictureLayout layout;
  layout.strides = strides;
  layout.rows = rows;
  for (size_t i = 0; i < strides.size(); i++) {
    layout.offsets[i] = layout.size;
    layout.size += static_cast<size_t>(strides[i]) * rows[i];
  }
  return layout;
}

constexpr PictureLayout picture_layout(PixelFormat format, int width, int height) {
  const int chroma_width = width / 2 + width % 2;
  const int chroma_height = height / 2 + height % 2;
  std::array<int, 3> strides{};
  std::array<int, 3> rows{height, chroma_height, chroma_height};
  switch (format) {
    case PixelFormat::kI420: strides = {width, chroma_width, chroma_width}; break;
    case PixelFormat::kNV12: strides = {width, 2 * chroma_width, 0}; break;
    case PixelFormat::kYUY2:
    case PixelFormat::kUYVY: strides = {4 * chroma_width, 0, 0}; break;
    case PixelFormat::kBGRA:
    case PixelFormat::kRGBA:
    case PixelFormat::kARGB: strides = {4 * width, 0, 0}; break;
    case PixelFormat::kBGR24:
    case PixelFormat::kRGB24: strides = {3 * width, 0, 0}; break;
    case PixelFormat::kMJPEG:  // as long as it is
    case PixelFormat::kComponents: break;  // as they say
  }
  return picture_layout(strides, rows);
}

constexpr PictureLayout picture_layout(const Components& components, int width, int height) {
  std::array<int, 3> strides{};
  std::array<int, 3> rows{};
  for (const Component& component : components.all) {
    if (component.bits == 0) continue;
    strides[component.plane] = std::max(strides[component.plane], component.step * component.columns(width));
    rows[component.plane] = std::max(rows[component.plane], component.rows(height));
  }
  return picture_layout(strides, rows);
}

/// A picture that lies at `bytes` in this layout.
inline VideoFrame laid_out(const VideoFormat& format, const uint8_t* bytes) {
  const PictureLayout layout = picture_layout(format.pixel_format, format.width, format.height);
  VideoFrame frame;
  frame.pixel_format = format.pixel_format;
  frame.width = format.width;
  frame.height = format.height;
  frame.strides = layout.strides;
  for (size_t i = 0; i < layout.strides.size(); i++) {
    if (layout.strides[i] != 0) frame.planes[i] = bytes + layout.offsets[i];
  }
  return frame;
}

}  // namespace media
