#include "capture/v4l2_node.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <linux/videodev2.h>

#include "capture/v4l2_formats.h"
#include "media/error.h"

namespace capture {
namespace {

using media::Code;

// A device that enumerates without end is left at some point.
constexpr uint32_t kMostFormats = 128;
constexpr uint32_t kMostSizes = 64;

/// Where a device takes every size between two, the usual ones of them and the largest.
std::vector<std::pair<int, int>> sizes_within(const v4l2_frmsize_stepwise& range) {
  constexpr std::pair<uint32_t, uint32_t> kUsual[] = {{320, 180}, {320, 240}, {640, 360}, {640, 480}, {800, 600},
                                                      {1280, 720}, {1920, 1080}, {3840, 2160}};
  const auto takes = [](uint32_t length, uint32_t least, uint32_t most, uint32_t step) {
    return length >= least && length <= most && (step <= 1 || (length - least) % step == 0);
  };
  std::vector<std::pair<int, int>> sizes;
  for (const auto& [width, height] : kUsual) {
    if (!takes(width, range.min_width, range.max_width, range.step_width)) continue;
    if (!takes(height, range.min_height, range.max_height, range.step_height)) continue;
    sizes.emplace_back(width, height);
  }
  const std::pair<int, int> largest(std::min<uint32_t>(range.max_width, kLargestSide), std::min<uint32_t>(range.max_height, kLargestSide));
  if (std::ranges::find(sizes, largest) == sizes.end()) sizes.push_back(largest);
  return sizes;
}

std::vector<std::pair<int, int>> sizes_of(int fd, uint32_t type, uint32_t fourcc) {
  std::vector<std::pair<int, int>> sizes;
  v4l2_frmsizeenum size{};
  size.pixel_format = fourcc;
  for (; size.index < kMostSizes && call_v4l2(fd, VIDIOC_ENUM_FRAMESIZES, &size) == 0; ++size.index) {
    if (size.type != V4L2_FRMSIZE_TYPE_DISCRETE) return sizes_within(size.stepwise);
    sizes.emplace_back(size.discrete.width, size.discrete.height);
  }
  if (!sizes.empty()) return sizes;
  // Such as an HDMI input: the size is the signal's.
  v4l2_format format{};
  format.type = type;
  if (call_v4l2(fd, VIDIOC_G_FMT, &format) == 0) sizes.emplace_back(format.fmt.pix.width, format.fmt.pix.height);
  return sizes;
}

std::vector<media::Rational> rates_of(int fd, uint32_t fourcc, std::pair<int, int> size) {
  std::vector<media::Rational> rates;
  v4l2_frmivalenum interval{};
  interval.pixel_format = fourcc;
  interval.width = static_cast<uint32_t>(size.first);
  interval.height = static_cast<uint32_t>(size.second);
  for (; interval.index < kMostSizes && call_v4l2(fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval) == 0; ++interval.index) {
    if (interval.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
      rates.push_back(to_rate(interval.discrete.denominator, interval.discrete.numerator));
      continue;
    }
    const media::Rational fastest = to_rate(interval.stepwise.min.denominator, interval.stepwise.min.numerator);
    const media::Rational slowest = to_rate(interval.stepwise.max.denominator, interval.stepwise.max.numerator);
    rates.push_back(fastest);
    for (const int64_t usual : {60, 50, 30, 25, 15, 10, 5}) {
      if (double(usual) < fastest.value() && double(usual) > slowest.value()) rates.push_back({usual, 1});
    }
    break;
  }
  std::erase_if(rates, [](const media::Rational& rate) { return rate.num == 0; });
  std::ranges::sort(rates, std::ranges::greater{}, &media::Rational::value);
  return rates;
}

media::Error refused(const std::string& name, int number) {
  switch (number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ENOTDIR:
      return media::Error(Code::kDeviceNotFound, "there is no camera " + name + "; listDevices() names those that there are");
    case EACCES:
    case EPERM:
      return media::Error::from_errno(Code::kDevicePermission,
                                      "camera " + name + " may not be opened: this user must be in the group video", "open", number);
    case EBUSY:
      return media::Error::from_errno(Code::kDeviceBusy, "camera " + name + " is used by another program; close that", "open", number);
    default: return media::Error::from_errno(Code::kDeviceFormat, "camera " + name + " could not be opened", "open", number);
  }
}

media::Error no_camera(const std::string& name) {
  return media::Error(Code::kDeviceNotFound, name + " is not a camera: it does not capture pictures").with_device(name);
}

Descriptor open_node(const std::string& path, const std::string& name) {
  struct stat about {};
  if (stat(path.c_str(), &about) == 0 && !S_ISCHR(about.st_mode)) throw no_camera(name);
  Descriptor fd(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) throw refused(name, errno).with_device(name);
  return fd;
}

}  // namespace

int call_v4l2(int fd, unsigned long request, void* argument) {
  int result;
  do {
    result = ioctl(fd, request, argument);
  } while (result < 0 && errno == EINTR);
  return result;
}

media::Rational to_rate(uint32_t frames, uint32_t seconds) {
  if (frames == 0 || seconds == 0) return {0, 1};
  return {frames, seconds};
}

V4l2Node open_v4l2(const std::string& path, const std::string& name) {
  V4l2Node node{.name = name, .label = {}, .fd = open_node(path, name)};
  v4l2_capability capability{};
  if (call_v4l2(node.fd.get(), VIDIOC_QUERYCAP, &capability) < 0) throw no_camera(name);
  const bool tells_own = (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0;
  const uint32_t able = tells_own ? capability.device_caps : capability.capabilities;
  if ((able & V4L2_CAP_STREAMING) == 0) throw no_camera(name);
  if ((able & V4L2_CAP_VIDEO_CAPTURE) != 0) {
    node.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  } else if ((able & V4L2_CAP_VIDEO_CAPTURE_MPLANE) != 0) {
    node.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
  } else {
    throw no_camera(name);
  }
  const auto* card = reinterpret_cast<const char*>(capability.card);
  node.label.assign(card, std::find(card, card + sizeof capability.card, '\0'));
  return node;
}

std::vector<CameraMode> modes_of(const V4l2Node& node) {
  std::vector<CameraMode> modes;
  v4l2_fmtdesc format{};
  format.type = node.type;
  for (; format.index < kMostFormats && call_v4l2(node.fd.get(), VIDIOC_ENUM_FMT, &format) == 0; ++format.index) {
    if (!find_v4l2_format(to_name(format.pixelformat))) continue;
    for (const auto& size : sizes_of(node.fd.get(), node.type, format.pixelformat)) {
      if (size.first < 2 || size.second < 2 || size.first > kLargestSide || size.second > kLargestSide) continue;
      modes.push_back({to_name(format.pixelformat), size.first, size.second, rates_of(node.fd.get(), format.pixelformat, size)});
    }
  }
  return modes;
}

}  // namespace capture
