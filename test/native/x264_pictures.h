// Pictures, times and settings for the tests of x264.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "codec/codec.h"

using media::PixelFormat;
using media::Time;

inline codec::X264Settings settings() {
  return {.width = 320,
          .height = 240,
          .frame_rate = {30, 1},
          .bitrate = 500'000,
          .keyframe_interval = 1.0,
          .preset = "veryfast",
          .tune = "zerolatency",
          .profile = "",
          .b_frames = -1,
          .threads = 1,
          .bt709 = true,
          .extra = {}};
}

/// A picture whose noise moves, so that it costs bits.
class Picture {
 public:
  explicit Picture(PixelFormat format = PixelFormat::kI420, int width = 320, int height = 240)
      : format_(format), width_(width), height_(height), bytes_(static_cast<size_t>(width * height * 3 / 2), 128) {}

  media::VideoFrame at(int number, Time pts) {
    uint32_t seed = 12345u + static_cast<uint32_t>(number);
    for (size_t index = 0; index < static_cast<size_t>(width_ * height_); ++index) {
      seed = seed * 1664525u + 1013904223u;
      const auto moving = static_cast<uint32_t>(index) + static_cast<uint32_t>(number);
      bytes_[index] = static_cast<uint8_t>(64 + (seed >> 24) / 4 + moving % 64);
    }
    media::VideoFrame frame;
    frame.pixel_format = format_;
    frame.width = width_;
    frame.height = height_;
    const uint8_t* const chroma = bytes_.data() + width_ * height_;
    frame.planes = {bytes_.data(), chroma, format_ == PixelFormat::kI420 ? chroma + width_ * height_ / 4 : nullptr};
    const int chroma_stride = format_ == PixelFormat::kI420 ? width_ / 2 : width_;
    frame.strides = {width_, chroma_stride, chroma_stride};
    frame.pts = pts;
    return frame;
  }

 private:
  PixelFormat format_;
  int width_;
  int height_;
  std::vector<uint8_t> bytes_;
};

inline constexpr Time kStart{7'000'000};
/// With a device's jitter.
inline Time capture_time(int number) { return kStart + Time(number * 1'000'000 / 30 + number % 3 * 400); }

inline std::vector<media::Packet> encode(media::VideoEncoder& encoder, int first, int count, std::vector<int> forced = {},
                                         PixelFormat format = PixelFormat::kI420) {
  Picture picture(format);
  std::vector<media::Packet> packets;
  for (int number = first; number < first + count; ++number) {
    encoder.encode(picture.at(number, capture_time(number)), std::ranges::find(forced, number) != forced.end(), packets);
  }
  return packets;
}

inline std::vector<int> keyframes(const std::vector<media::Packet>& packets) {
  std::vector<int> found;
  for (size_t index = 0; index < packets.size(); ++index) {
    if (packets[index].keyframe) found.push_back(static_cast<int>(index));
  }
  return found;
}
