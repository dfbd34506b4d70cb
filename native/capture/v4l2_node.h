// A V4L2 capture device that is open: who it is and what it can do. This room's only files that know Video4Linux are those
// named after it. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "capture/capture.h"
#include "capture/descriptor.h"

namespace capture {

constexpr int kLargestSide = 16384;

struct V4l2Node {
  std::string name;   // what errors call it
  std::string label;  // the card's name, for people
  std::string unit;   // that and where it is plugged in
  Descriptor fd;
  uint32_t type = 0;  // V4L2_BUF_TYPE_VIDEO_CAPTURE or its multi-planar sister
};

/// Throws media::Error when it cannot be had or does not capture pictures.
V4l2Node open_v4l2(const std::string& path, const std::string& name);

/// Every way to run it that this program can read. Of sizes and rates that it takes between two, the usual ones and `wanted`.
std::vector<CameraMode> modes_of(const V4l2Node& node, const Camera& wanted = {});

/// ioctl(2), again when a signal came between.
int call_v4l2(int fd, unsigned long request, void* argument);

/// num 0 if there is none.
media::Rational to_rate(uint32_t frames, uint32_t seconds);

}  // namespace capture
