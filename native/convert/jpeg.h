// A camera's JPEG picture as the planes that it was made of. Private to this room; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "convert/plane.h"
#include "media/frame.h"

namespace convert {

class Jpeg {
 public:
  /// False for one that is broken, or of another size. The planes are this object's, until the next call; grey has the first only.
  bool decode(const media::VideoFrame& frame, std::array<Plane, 3>& planes);

 private:
  std::array<std::vector<uint8_t>, 3> memory_{};
};

}  // namespace convert
