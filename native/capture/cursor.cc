#include "capture/cursor.h"

#include <algorithm>

namespace capture {
namespace {

uint32_t over(uint32_t top, uint32_t bottom) {
  const uint32_t clear = 255 - (top >> 24);
  uint32_t mixed = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const uint32_t sum = (top >> shift & 255) + ((bottom >> shift & 255) * clear + 127) / 255;
    mixed |= std::min(sum, 255U) << shift;  // a pointer that is not multiplied by alpha must not run over
  }
  return mixed;
}

}  // namespace

void blend(const Cursor& cursor, uint32_t* picture, int width, int height, size_t stride) {
  if (cursor.pixels.size() < static_cast<size_t>(cursor.width) * cursor.height) return;
  const int left = std::max(0, -cursor.x);
  const int right = std::min(cursor.width, width - cursor.x);
  const int bottom = std::min(cursor.height, height - cursor.y);
  for (int row = std::max(0, -cursor.y); row < bottom; row++) {
    const uint32_t* const from = cursor.pixels.data() + static_cast<size_t>(row) * cursor.width;
    uint32_t* const to = picture + static_cast<size_t>(cursor.y + row) * stride;
    for (int column = left; column < right; column++) to[cursor.x + column] = over(from[column], to[cursor.x + column]);
  }
}

}  // namespace capture
