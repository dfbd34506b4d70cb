// Capture time to RTMP milliseconds. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "media/time.h"

namespace rtmp {

/// One track's milliseconds since the stream's origin: computed from the absolute time (never summed), each above the one before,
/// and wrapping at 32 bits as RTMP 1.0 section 3 wants.
class Timestamp {
 public:
  explicit Timestamp(media::Time origin) : origin_(origin) {}

  /// The timestamp of a message with this decoding time.
  uint32_t of(media::Time dts) {
    last_ms_ = std::max(last_ms_ + 1, milliseconds(dts));
    return static_cast<uint32_t>(last_ms_);
  }
  /// Composition time of the message whose timestamp was taken last.
  int32_t composition_of(media::Time pts) const {
    return static_cast<int32_t>(std::max<int64_t>(0, milliseconds(pts) - last_ms_));
  }

 private:
  int64_t milliseconds(media::Time time) const {
    return std::max<int64_t>(0, std::chrono::round<std::chrono::milliseconds>(time - origin_).count());
  }
  media::Time origin_;
  int64_t last_ms_ = -1;
};

}  // namespace rtmp
