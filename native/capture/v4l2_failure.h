// What a system call that fails says of a camera, and what to do.
#pragma once

#include <cerrno>

#include "capture/v4l2_node.h"
#include "media/error.h"

namespace capture {

inline media::Error v4l2_failure(const V4l2Node& node, bool streaming, const char* syscall, int number) {
  using media::Code;
  const auto failure = [&](Code code, const char* words) {
    return media::Error::from_errno(code, "camera " + node.name + words, syscall, number).with_device(node.name);
  };
  if (media::shortage(number) != nullptr) return failure(Code::kDeviceLost, " was not captured");
  if (number == EBUSY) return failure(Code::kDeviceBusy, " is used by another program; close that");
  if (streaming || number == ENODEV) return failure(Code::kDeviceLost, " was lost; it may have been unplugged");
  return failure(Code::kDeviceFormat, " did not start in this mode; choose another that listDevices() names");
}

}  // namespace capture
