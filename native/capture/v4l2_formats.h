// V4L2's pixel formats, as far as they can be read here. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "media/components.h"
#include "media/format.h"

namespace capture {

struct V4l2Format {
  const char* name;  // as to_name() makes it
  media::PixelFormat pixel_format;
  bool separate_planes = false;                   // each in memory of its own
  bool v_first = false;                           // the plane of V comes before that of U
  const media::Components* components = nullptr;  // where pixel_format is kComponents
};

/// Nothing if it cannot be read here.
std::optional<V4l2Format> find_v4l2_format(const std::string& name);

/// Its four characters, and "-BE" for the big-endian twin of one that has the same.
std::string to_name(uint32_t fourcc);
uint32_t to_fourcc(const std::string& name);

}  // namespace capture
