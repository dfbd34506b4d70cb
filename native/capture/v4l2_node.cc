#include "capture/v4l2_node.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <linux/videodev2.h>

#include "capture/camera_range.h"
#include "capture/v4l2_formats.h"
#include "media/error.h"

namespace capture {
namespace {

using media::Code;

// A device that enumerates without end is left at some point.
constexpr uint32_t kMostFormats = 128;
constexpr uint32_t kMostSizes = 64;

LengthRange to_range(uint32_t least, uint32_t most, uint32_t step) {
  const auto length = [](uint32_t value) { return static_cast<int>(std::min<uint32_t>(value, kLargestSide)); };
  return {length(least), length(most), std::max(length(step), 1)};
}

/// A range that is not of whole steps takes all between: its steps mean nothing then.
SizeRange to_range(const v4l2_frmsizeenum& size) {
  const auto& range = size.stepwise;
  const bool steps = size.type == V4L2_FRMSIZE_TYPE_STEPWISE;
  return {to_range(range.min_width, range.max_width, steps ? range.step_width : 1),
          to_range(range.min_height, range.max_height, steps ? range.step_height : 1)};
}

/// Nothing where a driver gives no time.
std::optional<RateRange> to_range(const v4l2_frmivalenum& interval) {
  const auto& [min, max, step] = interval.stepwise;
  const bool steps = interval.type == V4L2_FRMIVAL_TYPE_STEPWISE;
  const RateRange range{to_rate(min.denominator, min.numerator), to_rate(max.denominator, max.numerator),
                        steps ? to_rate(step.numerator, step.denominator) : media::Rational{0, 1}};
  if (range.fastest.num == 0 || range.slowest.num == 0) return std::nullopt;
  return range;
}

std::vector<std::pair<int, int>> sizes_of(int fd, uint32_t type, uint32_t fourcc, const Camera& wanted) {
  std::vector<std::pair<int, int>> sizes;
  v4l2_frmsizeenum size{};
  size.pixel_format = fourcc;
  for (; size.index < kMostSizes && call_v4l2(fd, VIDIOC_ENUM_FRAMESIZES, &size) == 0; ++size.index) {
    if (size.type != V4L2_FRMSIZE_TYPE_DISCRETE) return sizes_within(to_range(size), wanted);
    sizes.emplace_back(size.discrete.width, size.discrete.height);
  }
  if (!sizes.empty()) return sizes;
  // Such as an HDMI input: the size is the signal's.
  v4l2_format format{};
  format.type = type;
  if (call_v4l2(fd, VIDIOC_G_FMT, &format) == 0) sizes.emplace_back(format.fmt.pix.width, format.fmt.pix.height);
  return sizes;
}

std::vector<media::Rational> rates_of(int fd, uint32_t fourcc, std::pair<int, int> size, media::Rational wanted) {
  std::vector<media::Rational> rates;
  v4l2_frmivalenum interval{};
  interval.pixel_format = fourcc;
  interval.width = static_cast<uint32_t>(size.first);
  interval.height = static_cast<uint32_t>(size.second);
  for (; interval.index < kMostSizes && call_v4l2(fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval) == 0; ++interval.index) {
    if (interval.type != V4L2_FRMIVAL_TYPE_DISCRETE) {
      const auto range = to_range(interval);
      return range ? rates_within(*range, wanted) : std::vector<media::Rational>{};
    }
    rates.push_back(to_rate(interval.discrete.denominator, interval.discrete.numerator));
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
    default: {
      const Code code = media::shortage(number) != nullptr ? Code::kDeviceLost : Code::kDeviceFormat;
      return media::Error::from_errno(code, "camera " + name + " could not be opened", "open", number);
    }
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
  V4l2Node node{.name = name, .label = {}, .unit = {}, .fd = open_node(path, name)};
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
  const auto text = [](const auto& bytes) {
    const auto* const first = reinterpret_cast<const char*>(bytes);
    return std::string(first, std::find(first, first + sizeof bytes, '\0'));
  };
  node.label = text(capability.card);
  node.unit = node.label + " at " + text(capability.bus_info);
  return node;
}

std::vector<CameraMode> modes_of(const V4l2Node& node, const Camera& wanted) {
  std::vector<CameraMode> modes;
  v4l2_fmtdesc format{};
  format.type = node.type;
  for (; format.index < kMostFormats && call_v4l2(node.fd.get(), VIDIOC_ENUM_FMT, &format) == 0; ++format.index) {
    if (!find_v4l2_format(to_name(format.pixelformat))) continue;
    for (const auto& size : sizes_of(node.fd.get(), node.type, format.pixelformat, wanted)) {
      if (size.first < 2 || size.second < 2 || size.first > kLargestSide || size.second > kLargestSide) continue;
      auto rates = rates_of(node.fd.get(), format.pixelformat, size, wanted.frame_rate);
      modes.push_back({to_name(format.pixelformat), size.first, size.second, std::move(rates)});
    }
  }
  return modes;
}

}  // namespace capture
