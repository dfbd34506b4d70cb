// One plane of a picture. Private to this room.
#pragma once

#include <cstdint>

namespace convert {

struct Plane {
  uint8_t* data;
  int stride;  // bytes
  int width;
  int height;
};

/// The whole of one into the whole of the other, each sample the mean of those whose place it takes.
void scale_plane(const Plane& from, const Plane& to);

}  // namespace convert
