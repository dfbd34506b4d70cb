// Streaming from a V4L2 capture device: its mode, its pictures, its clock. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "capture/camera_mode.h"
#include "capture/v4l2_buffers.h"
#include "capture/v4l2_node.h"
#include "media/frame.h"
#include "media/stages.h"

namespace capture {

class V4l2Device {
 public:
  explicit V4l2Device(V4l2Node node);
  ~V4l2Device();
  V4l2Device(const V4l2Device&) = delete;
  V4l2Device& operator=(const V4l2Device&) = delete;

  /// Starts streaming, with these controls set. Once. The driver may run at another rate; format() tells.
  void start(const ChosenMode& mode, const ControlValues& controls);
  media::VideoFormat format() const { return format_; }
  media::Opened opened() const { return {node_.name, node_.label, format_name_}; }
  /// The next whole frame, in memory of the driver that is its again at the next call. Empty after `stop`, or when none has come
  /// by `until`.
  std::optional<media::VideoFrame> read(const std::stop_token& stop, media::Time until);

 private:
  void set_format(const ChosenMode& mode);
  void set_rate(media::Rational wanted);
  std::optional<media::VideoFrame> picture(const FilledBuffer& filled);
  media::Time moment_of(const FilledBuffer& filled);
  uint64_t count(uint32_t sequence);

  V4l2Node node_;
  media::VideoFormat format_;
  std::string format_name_;                // V4L2's
  media::VideoFrame shape_;                // what every frame has in common
  std::array<size_t, 3> plane_parts_{};    // which part of a buffer each plane lies in
  std::array<size_t, 3> plane_offsets_{};  // and where it begins there
  std::array<size_t, 3> plane_sizes_{};
  std::optional<V4l2Buffers> buffers_;
  std::optional<uint32_t> lent_;  // the buffer that the caller reads
  std::optional<uint32_t> last_sequence_;
  uint64_t sequence_ = 0;
  media::Time started_{};
  media::Time last_moment_{};
  media::Time last_picture_{};  // when a good one came
  bool streaming_ = false;
};

}  // namespace capture
