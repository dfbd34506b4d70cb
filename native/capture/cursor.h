// The pointer drawn into a grabbed picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace capture {

/// A pointer's picture: 32 bits a pixel, ARGB, colours already multiplied by alpha. x and y are its top left corner in the
/// picture that it is drawn into and may lie outside of it.
struct Cursor {
  int x;
  int y;
  int width;
  int height;
  std::span<const uint32_t> pixels;
};

/// Blends it into 32-bit pixels of `stride` pixels a row; what lies outside is cut off.
void blend(const Cursor& cursor, uint32_t* picture, int width, int height, size_t stride);

}  // namespace capture
