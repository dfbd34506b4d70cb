#include "capture/v4l2.h"

#include <poll.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <linux/videodev2.h>

#include "capture/v4l2_controls.h"
#include "capture/v4l2_formats.h"
#include "capture/wake.h"
#include "media/error.h"
#include "media/picture_layout.h"

namespace capture {
namespace {

using media::Code;
using media::Time;

constexpr uint32_t kBuffers = 4;  // one lent, one being filled, two for a consumer that is late
constexpr Time kPatience = std::chrono::seconds(5);

bool is_multi_planar(uint32_t type) { return type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE; }

/// 4:2:0 and 4:2:2 tell how RGB was made YUV; what a driver leaves open is as V4L2's own rules have it.
void describe_colour(const v4l2_format& format, bool planes, media::VideoFrame& shape) {
  const auto& single = format.fmt.pix;
  const auto& multi = format.fmt.pix_mp;
  const uint32_t space = planes ? multi.colorspace : single.colorspace;
  uint32_t encoding = planes ? multi.ycbcr_enc : single.ycbcr_enc;
  uint32_t range = planes ? multi.quantization : single.quantization;
  if (encoding == V4L2_YCBCR_ENC_DEFAULT) encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(space);
  if (range == V4L2_QUANTIZATION_DEFAULT) range = V4L2_MAP_QUANTIZATION_DEFAULT(false, space, encoding);
  const bool bt709 = encoding == V4L2_YCBCR_ENC_709 || encoding == V4L2_YCBCR_ENC_XV709;
  shape.matrix = bt709 ? media::Matrix::kBt709 : media::Matrix::kBt601;
  shape.full_range = range == V4L2_QUANTIZATION_FULL_RANGE;
}

}  // namespace

/// Memory of the driver's.
struct V4l2Device::Mapping {
  Mapping(int fd, size_t size, off_t offset) : size(size), address(mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, offset)) {}
  Mapping(Mapping&& other) noexcept : size(other.size), address(std::exchange(other.address, MAP_FAILED)) {}
  ~Mapping() {
    if (address != MAP_FAILED) munmap(address, size);
  }
  size_t size;
  void* address;
};

struct V4l2Device::Buffer {
  std::vector<Mapping> planes;
};

/// A buffer that came back. Its planes are what the driver filled in.
struct V4l2Device::Filled {
  v4l2_buffer buffer;
  std::array<v4l2_plane, VIDEO_MAX_PLANES> planes;
};

V4l2Device::V4l2Device(V4l2Node node) : node_(std::move(node)) {}

V4l2Device::~V4l2Device() {
  if (streaming_) call_v4l2(node_.fd.get(), VIDIOC_STREAMOFF, &node_.type);
}

void V4l2Device::start(const ChosenMode& mode, const ControlValues& controls) {
  set_format(mode);
  set_rate(mode.frame_rate);
  map_buffers();
  set_controls(node_, controls);  // now that no other program has it
  for (uint32_t i = 0; i < buffers_.size(); ++i) queue(i);
  if (call_v4l2(node_.fd.get(), VIDIOC_STREAMON, &node_.type) < 0) fail("VIDIOC_STREAMON", errno);
  streaming_ = true;
  last_arrival_ = media::monotonic_now();
}

void V4l2Device::set_format(const ChosenMode& mode) {
  const auto known = find_v4l2_format(mode.format);
  v4l2_format format{};
  format.type = node_.type;
  if (call_v4l2(node_.fd.get(), VIDIOC_G_FMT, &format) < 0) fail("VIDIOC_G_FMT", errno);
  const bool multi = is_multi_planar(node_.type);
  auto& single = format.fmt.pix;
  auto& several = format.fmt.pix_mp;
  const auto width = static_cast<uint32_t>(mode.width), height = static_cast<uint32_t>(mode.height);
  const uint32_t fourcc = to_fourcc(mode.format);
  if (multi) {
    several = {};
    several.width = width, several.height = height, several.pixelformat = fourcc, several.field = V4L2_FIELD_NONE;
  } else {
    single = {};
    single.width = width, single.height = height, single.pixelformat = fourcc, single.field = V4L2_FIELD_NONE;
  }
  if (call_v4l2(node_.fd.get(), VIDIOC_S_FMT, &format) < 0) fail("VIDIOC_S_FMT", errno);
  const auto got = multi ? std::array{several.width, several.height, several.pixelformat}
                         : std::array{single.width, single.height, single.pixelformat};
  if (!known || got != std::array{width, height, fourcc}) {
    throw media::Error(Code::kDeviceFormat, "camera " + node_.name + " made of " + mode.format + " " + std::to_string(width) + "x" +
                                                std::to_string(height) + " another mode; choose one that listDevices() names")
        .with_device(node_.name);
  }

  format_ = {known->pixel_format, mode.width, mode.height, {}};
  shape_.pixel_format = known->pixel_format;
  shape_.width = mode.width;
  shape_.height = mode.height;
  separate_planes_ = multi && known->separate_planes;
  describe_colour(format, multi, shape_);

  const media::PictureLayout tight = media::picture_layout(known->pixel_format, mode.width, mode.height);
  const auto stride = [&](size_t plane) { return multi ? several.plane_fmt[plane].bytesperline : single.bytesperline; };
  for (size_t i = 0, end = 0; i < 3 && tight.strides[i] != 0; ++i) {
    uint32_t bytes = stride(separate_planes_ ? i : 0);
    // In one piece, a chroma plane's rows are those of luma in its own measure.
    if (!separate_planes_ && i > 0 && known->pixel_format == media::PixelFormat::kI420) bytes /= 2;
    const int rows = i == 0 ? mode.height : (mode.height + 1) / 2;
    shape_.strides[i] = std::max(tight.strides[i], static_cast<int>(std::min<uint32_t>(bytes, 16 * kLargestSide)));
    plane_offsets_[i] = separate_planes_ ? 0 : end;
    plane_sizes_[i] = static_cast<size_t>(shape_.strides[i]) * static_cast<size_t>(rows - 1) + tight.strides[i];
    end = plane_offsets_[i] + static_cast<size_t>(shape_.strides[i]) * rows;
  }
}

void V4l2Device::set_rate(media::Rational wanted) {
  v4l2_streamparm parameters{};
  parameters.type = node_.type;
  const bool told = call_v4l2(node_.fd.get(), VIDIOC_G_PARM, &parameters) == 0;
  auto& capture = parameters.parm.capture;
  if (told && wanted.num != 0 && (capture.capability & V4L2_CAP_TIMEPERFRAME) != 0) {
    capture.timeperframe = {static_cast<uint32_t>(wanted.den), static_cast<uint32_t>(wanted.num)};
    if (call_v4l2(node_.fd.get(), VIDIOC_S_PARM, &parameters) < 0) fail("VIDIOC_S_PARM", errno);
  }
  const media::Rational rate = told ? to_rate(capture.timeperframe.denominator, capture.timeperframe.numerator) : media::Rational{0, 1};
  format_.frame_rate = rate.value() >= 0.1 && rate.value() <= 1000 ? rate : wanted.num != 0 ? wanted : media::Rational{30, 1};
}

void V4l2Device::map_buffers() {
  v4l2_requestbuffers request{};
  request.count = kBuffers;
  request.type = node_.type;
  request.memory = V4L2_MEMORY_MMAP;
  if (call_v4l2(node_.fd.get(), VIDIOC_REQBUFS, &request) < 0) fail("VIDIOC_REQBUFS", errno);
  if (request.count < 2) fail("VIDIOC_REQBUFS", ENOMEM);
  for (uint32_t i = 0; i < request.count; ++i) {
    Filled about{};
    about.buffer.index = i;
    about.buffer.type = node_.type;
    about.buffer.memory = V4L2_MEMORY_MMAP;
    if (is_multi_planar(node_.type)) {
      about.buffer.m.planes = about.planes.data();
      about.buffer.length = about.planes.size();
    }
    if (call_v4l2(node_.fd.get(), VIDIOC_QUERYBUF, &about.buffer) < 0) fail("VIDIOC_QUERYBUF", errno);
    Buffer& buffer = buffers_.emplace_back();
    if (is_multi_planar(node_.type)) {
      for (uint32_t plane = 0; plane < std::min<uint32_t>(about.buffer.length, 3); ++plane) {
        buffer.planes.emplace_back(node_.fd.get(), about.planes[plane].length, about.planes[plane].m.mem_offset);
      }
    } else {
      buffer.planes.emplace_back(node_.fd.get(), about.buffer.length, about.buffer.m.offset);
    }
    for (const Mapping& mapping : buffer.planes) {
      if (mapping.address == MAP_FAILED) fail("mmap", errno);
    }
    if (buffer.planes.empty()) fail("VIDIOC_QUERYBUF", EPROTO);
    // A picture that the driver's memory could not hold is never read.
    for (size_t plane = 0; plane < 3 && shape_.strides[plane] != 0; ++plane) {
      const size_t in = separate_planes_ ? plane : 0;
      if (in >= buffer.planes.size() || plane_offsets_[plane] + plane_sizes_[plane] > buffer.planes[in].size) fail("mmap", EOVERFLOW);
    }
  }
}

void V4l2Device::queue(uint32_t index) {
  Filled empty{};
  empty.buffer.index = index;
  empty.buffer.type = node_.type;
  empty.buffer.memory = V4L2_MEMORY_MMAP;
  if (is_multi_planar(node_.type)) {
    empty.buffer.m.planes = empty.planes.data();
    empty.buffer.length = static_cast<uint32_t>(buffers_[index].planes.size());
  }
  if (call_v4l2(node_.fd.get(), VIDIOC_QBUF, &empty.buffer) < 0) fail("VIDIOC_QBUF", errno);
}

std::optional<V4l2Device::Filled> V4l2Device::dequeue() {
  Filled filled{};
  filled.buffer.type = node_.type;
  filled.buffer.memory = V4L2_MEMORY_MMAP;
  if (is_multi_planar(node_.type)) {
    filled.buffer.m.planes = filled.planes.data();
    filled.buffer.length = filled.planes.size();
  }
  if (call_v4l2(node_.fd.get(), VIDIOC_DQBUF, &filled.buffer) < 0) {
    if (errno == EAGAIN) return std::nullopt;
    fail("VIDIOC_DQBUF", errno);
  }
  if (filled.buffer.index >= buffers_.size()) fail("VIDIOC_DQBUF", EPROTO);
  return filled;
}

std::optional<media::VideoFrame> V4l2Device::read(const std::stop_token& stop, Time until) {
  if (const auto lent = std::exchange(lent_, std::nullopt)) queue(*lent);
  const Wake wake(stop);
  const auto three_frames = Time(static_cast<int64_t>(3e6 / format_.frame_rate.value()));
  const Time deadline = last_arrival_ + std::max(kPatience, three_frames);
  for (;;) {
    switch (wake.wait(node_.fd.get(), POLLIN, std::min(until, deadline))) {
      case Wake::Outcome::kStopped: return std::nullopt;
      case Wake::Outcome::kReady: break;
      case Wake::Outcome::kLate:
        if (until < deadline) return std::nullopt;
        throw media::Error(Code::kDeviceLost, "camera " + node_.name + " has given no picture for seconds; check its signal and its cable")
            .with_device(node_.name);
    }
    const auto filled = dequeue();
    if (!filled) continue;
    last_arrival_ = media::monotonic_now();
    lent_ = filled->buffer.index;
    if (const auto frame = picture(*filled)) return frame;
    lent_.reset();
    queue(filled->buffer.index);
  }
}

/// Nothing if the driver says that it is broken; the next one's sequence then tells of the gap.
std::optional<media::VideoFrame> V4l2Device::picture(const Filled& filled) {
  const bool multi = is_multi_planar(node_.type);
  const auto& planes = buffers_[filled.buffer.index].planes;
  media::VideoFrame frame = shape_;
  frame.sequence = count(filled.buffer.sequence);
  frame.pts = moment_of(filled);
  if ((filled.buffer.flags & V4L2_BUF_FLAG_ERROR) != 0) return std::nullopt;
  const auto* const first = static_cast<const uint8_t*>(planes[0].address);
  if (frame.pixel_format == media::PixelFormat::kMJPEG) {
    const size_t begin = multi ? filled.planes[0].data_offset : 0;
    const size_t end = multi ? filled.planes[0].bytesused : filled.buffer.bytesused;
    if (begin >= end || end > planes[0].size) return std::nullopt;
    frame.planes[0] = first + begin;
    frame.strides[0] = static_cast<int>(end - begin);
    return frame;
  }
  for (size_t i = 0; i < 3 && frame.strides[i] != 0; ++i) {
    const size_t in = separate_planes_ ? i : 0;
    const size_t begin = plane_offsets_[i] + (multi ? filled.planes[in].data_offset : 0);
    const size_t used = multi ? filled.planes[in].bytesused : filled.buffer.bytesused;
    // 0: a driver that does not say.
    if (begin + plane_sizes_[i] > planes[in].size || (used != 0 && begin + plane_sizes_[i] > used)) return std::nullopt;
    frame.planes[i] = static_cast<const uint8_t*>(planes[in].address) + begin;
  }
  return frame;
}

/// The driver's own time if it is of the house's clock, else that of arrival; never back.
Time V4l2Device::moment_of(const Filled& filled) {
  const Time now = media::monotonic_now();
  const timeval& stamp = filled.buffer.timestamp;
  const Time told = std::chrono::seconds(stamp.tv_sec) + Time(stamp.tv_usec);
  const bool monotonic = (filled.buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  const Time moment = monotonic && told <= now && told > now - 2 * kPatience ? told : now;
  return last_moment_ = std::max(moment, last_moment_ + Time(1));
}

/// The driver's 32 bits as a count that only grows; one that does not count has no gaps.
uint64_t V4l2Device::count(uint32_t sequence) {
  const auto step = static_cast<int32_t>(sequence - last_sequence_.value_or(sequence));
  last_sequence_ = sequence;
  return sequence_ += static_cast<uint64_t>(std::max(1, step));
}

void V4l2Device::fail(const char* syscall, int number) const {
  const std::string camera = "camera " + node_.name;
  if (number == EBUSY) {
    throw media::Error::from_errno(Code::kDeviceBusy, camera + " is used by another program; close that", syscall, number)
        .with_device(node_.name);
  }
  if (streaming_ || number == ENODEV) {
    throw media::Error::from_errno(Code::kDeviceLost, camera + " was lost; it may have been unplugged", syscall, number)
        .with_device(node_.name);
  }
  throw media::Error::from_errno(Code::kDeviceFormat, camera + " did not start in this mode; choose another that listDevices() names",
                                 syscall, number)
      .with_device(node_.name);
}

}  // namespace capture
