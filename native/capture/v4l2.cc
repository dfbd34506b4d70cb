#include "capture/v4l2.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <linux/videodev2.h>

#include "capture/v4l2_controls.h"
#include "capture/v4l2_failure.h"
#include "capture/v4l2_formats.h"
#include "capture/wake.h"
#include "media/error.h"
#include "media/picture_layout.h"

namespace capture {
namespace {

using media::Code;
using media::Time;

constexpr Time kPatience = std::chrono::seconds(5);

bool is_multi_planar(uint32_t type) { return type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE; }

/// How RGB was made YUV. What a driver leaves open is as V4L2's own rules have it, and grey of full range, as a sensor gives it.
void describe_colour(const v4l2_format& format, bool planes, media::VideoFrame& shape) {
  const bool grey = shape.components != nullptr && shape.components->all[1].bits == 0;
  const auto& single = format.fmt.pix;
  const auto& multi = format.fmt.pix_mp;
  const uint32_t space = planes ? multi.colorspace : single.colorspace;
  uint32_t encoding = planes ? multi.ycbcr_enc : single.ycbcr_enc;
  uint32_t range = planes ? multi.quantization : single.quantization;
  if (encoding == V4L2_YCBCR_ENC_DEFAULT) encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(space);
  if (range == V4L2_QUANTIZATION_DEFAULT) range = V4L2_MAP_QUANTIZATION_DEFAULT(grey, space, encoding);
  const bool bt709 = encoding == V4L2_YCBCR_ENC_709 || encoding == V4L2_YCBCR_ENC_XV709;
  shape.matrix = bt709 ? media::Matrix::kBt709 : media::Matrix::kBt601;
  shape.full_range = range == V4L2_QUANTIZATION_FULL_RANGE;
}

}  // namespace

V4l2Device::V4l2Device(V4l2Node node) : node_(std::move(node)) {}

V4l2Device::~V4l2Device() {
  if (streaming_) call_v4l2(node_.fd.get(), VIDIOC_STREAMOFF, &node_.type);
}

void V4l2Device::start(const ChosenMode& mode, const ControlValues& controls) {
  set_format(mode);
  set_rate(mode.frame_rate);
  buffers_.emplace(node_);
  // A picture that the driver's memory could not hold is never read.
  for (size_t i = 0; i < 3 && shape_.strides[i] != 0; ++i) {
    if (plane_offsets_[i] + plane_sizes_[i] > buffers_->capacity(plane_parts_[i])) throw v4l2_failure(node_, false, "mmap", EOVERFLOW);
  }
  set_controls(node_, controls);  // now that no other program has it
  for (uint32_t i = 0; i < buffers_->count(); ++i) buffers_->queue(i);
  if (call_v4l2(node_.fd.get(), VIDIOC_STREAMON, &node_.type) < 0) throw v4l2_failure(node_, false, "VIDIOC_STREAMON", errno);
  streaming_ = true;
  started_ = last_picture_ = media::monotonic_now();
}

void V4l2Device::set_format(const ChosenMode& mode) {
  const auto known = find_v4l2_format(mode.format);
  v4l2_format format{};
  format.type = node_.type;
  if (call_v4l2(node_.fd.get(), VIDIOC_G_FMT, &format) < 0) throw v4l2_failure(node_, false, "VIDIOC_G_FMT", errno);
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
  if (call_v4l2(node_.fd.get(), VIDIOC_S_FMT, &format) < 0) throw v4l2_failure(node_, false, "VIDIOC_S_FMT", errno);
  const auto got = multi ? std::array{several.width, several.height, several.pixelformat}
                         : std::array{single.width, single.height, single.pixelformat};
  if (!known || got != std::array{width, height, fourcc}) {
    throw media::Error(Code::kDeviceFormat, "camera " + node_.name + " made of " + mode.format + " " + std::to_string(width) + "x" +
                                                std::to_string(height) + " another mode; choose one that listDevices() names")
        .with_device(node_.name);
  }

  format_ = {known->pixel_format, mode.width, mode.height, {}};
  format_name_ = mode.format;
  shape_.pixel_format = known->pixel_format;
  shape_.components = known->components;
  shape_.width = mode.width;
  shape_.height = mode.height;
  const bool separate = multi && known->separate_planes;
  describe_colour(format, multi, shape_);

  const media::PictureLayout tight = known->components ? media::picture_layout(*known->components, mode.width, mode.height)
                                                       : media::picture_layout(known->pixel_format, mode.width, mode.height);
  const auto stride = [&](size_t plane) { return multi ? several.plane_fmt[plane].bytesperline : single.bytesperline; };
  for (size_t i = 0, end = 0; i < 3 && tight.strides[i] != 0; ++i) {
    uint64_t bytes = stride(separate ? i : 0);
    // In one piece, a chroma plane's rows are those of luma in its own measure.
    if (!separate) bytes = bytes * static_cast<uint64_t>(tight.strides[i]) / static_cast<uint64_t>(tight.strides[0]);
    const int rows = tight.rows[i];
    shape_.strides[i] = std::max(tight.strides[i], static_cast<int>(std::min<uint64_t>(bytes, 16 * kLargestSide)));
    plane_parts_[i] = separate ? i : 0;
    plane_offsets_[i] = separate ? 0 : end;
    plane_sizes_[i] = static_cast<size_t>(shape_.strides[i]) * static_cast<size_t>(rows - 1) + tight.strides[i];
    end = plane_offsets_[i] + static_cast<size_t>(shape_.strides[i]) * rows;
  }
  if (known->v_first) {
    const auto exchange = [](auto& planes) { std::swap(planes[1], planes[2]); };
    exchange(shape_.strides), exchange(plane_parts_), exchange(plane_offsets_), exchange(plane_sizes_);
  }
}

void V4l2Device::set_rate(media::Rational wanted) {
  v4l2_streamparm parameters{};
  auto& capture = parameters.parm.capture;
  const auto ask = [&] {
    parameters = {};
    parameters.type = node_.type;
    return call_v4l2(node_.fd.get(), VIDIOC_G_PARM, &parameters) == 0;
  };
  bool told = ask();
  if (told && wanted.num != 0 && (capture.capability & V4L2_CAP_TIMEPERFRAME) != 0) {
    capture.timeperframe = {static_cast<uint32_t>(wanted.den), static_cast<uint32_t>(wanted.num)};
    // A driver that refuses runs on at what it has. That the camera is gone or another's is told by what follows.
    if (call_v4l2(node_.fd.get(), VIDIOC_S_PARM, &parameters) < 0) told = ask();
  }
  const media::Rational rate = told ? to_rate(capture.timeperframe.denominator, capture.timeperframe.numerator) : media::Rational{0, 1};
  format_.frame_rate = rate.value() >= 0.1 && rate.value() <= 1000 ? rate : wanted.num != 0 ? wanted : media::Rational{30, 1};
}

std::optional<media::VideoFrame> V4l2Device::read(const std::stop_token& stop, Time until) {
  if (const auto lent = std::exchange(lent_, std::nullopt)) buffers_->queue(*lent);
  const Wake wake(stop);
  const auto three_frames = Time(static_cast<int64_t>(3e6 / format_.frame_rate.value()));
  const Time deadline = last_picture_ + std::max(kPatience, three_frames);
  for (;;) {
    switch (wake.wait(node_.fd.get(), POLLIN, std::min(until, deadline))) {
      case Wake::Outcome::kStopped: return std::nullopt;
      case Wake::Outcome::kReady: break;
      case Wake::Outcome::kLate:
        if (until < deadline) return std::nullopt;
        throw media::Error(Code::kDeviceLost,
                           "camera " + node_.name + " has given no whole picture for seconds; check its signal and its cable")
            .with_device(node_.name);
    }
    const auto filled = buffers_->dequeue();
    if (!filled) continue;
    if (const auto frame = picture(*filled)) {
      last_picture_ = media::monotonic_now();
      lent_ = filled->index;
      return frame;
    }
    buffers_->queue(filled->index);
  }
}

/// Nothing if the driver says that it is broken; the next one's sequence then tells of the gap.
std::optional<media::VideoFrame> V4l2Device::picture(const FilledBuffer& filled) {
  media::VideoFrame frame = shape_;
  frame.sequence = count(filled.sequence);
  frame.pts = moment_of(filled);
  if (filled.broken) return std::nullopt;
  if (frame.pixel_format == media::PixelFormat::kMJPEG) {
    const auto& [data, size, told] = filled.parts[0];
    if (!told || size == 0) return std::nullopt;
    frame.planes[0] = data;
    frame.strides[0] = static_cast<int>(size);
    return frame;
  }
  for (size_t i = 0; i < 3 && frame.strides[i] != 0; ++i) {
    const auto& part = filled.parts[plane_parts_[i]];
    if (plane_offsets_[i] + plane_sizes_[i] > part.size) return std::nullopt;
    frame.planes[i] = part.data + plane_offsets_[i];
  }
  return frame;
}

/// The driver's own time if it is of the house's clock and of this stream, else that of arrival; never back. It may be long ago:
/// the first pictures wait for as long as the server takes to accept.
Time V4l2Device::moment_of(const FilledBuffer& filled) {
  constexpr Time kSlack = std::chrono::seconds(1);
  const Time now = media::monotonic_now();
  const Time told = filled.time.value_or(now);
  const Time moment = told <= now && told >= started_ - kSlack ? told : now;
  return last_moment_ = std::max(moment, last_moment_ + Time(1));
}

/// The driver's 32 bits as a count that only grows; one that does not count has no gaps.
uint64_t V4l2Device::count(uint32_t sequence) {
  const auto step = static_cast<int32_t>(sequence - last_sequence_.value_or(sequence));
  last_sequence_ = sequence;
  return sequence_ += static_cast<uint64_t>(std::max(1, step));
}

}  // namespace capture
