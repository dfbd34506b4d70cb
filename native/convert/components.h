// Pictures that are told by where their components lie. Private to this room; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "convert/plane.h"
#include "media/frame.h"

namespace convert {

class ComponentReader {
 public:
  // The results are this object's, until the next call.
  /// Y, U and V in 8 bits, each of its own size, without data if there is no such component.
  std::array<Plane, 3> planes(const media::VideoFrame& yuv);
  /// Four bytes a pixel, opaque. A mosaic has two rows and two columns at least.
  Plane bgra(const media::VideoFrame& rgb_or_bayer);

 private:
  void merge(const media::VideoFrame& rgb, const Plane& bgra);
  void interpolate(const media::VideoFrame& bayer, const Plane& bgra);

  std::array<std::vector<uint8_t>, 3> memory_{};
  std::vector<uint8_t> pixels_;
};

}  // namespace convert
