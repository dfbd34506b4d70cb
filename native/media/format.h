// What raw pictures and raw sound look like.
#pragma once

#include <cstdint>

namespace media {

/// Packed formats are named by the order of their bytes. Only cameras give the last two: kMJPEG is one JPEG picture, whose length is
/// its first plane's stride; kComponents is what VideoFrame::components tells.
enum class PixelFormat : uint8_t { kI420, kNV12, kYUY2, kUYVY, kBGRA, kRGBA, kARGB, kBGR24, kRGB24, kMJPEG, kComponents };

/// How YUV was made of RGB.
enum class Matrix : uint8_t { kBt601, kBt709 };

/// Frames a second as the exact fraction that encoders and containers want: 30000/1001, not 29.97.
struct Rational {
  int64_t num = 0;
  int64_t den = 1;
  double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  friend bool operator==(const Rational&, const Rational&) = default;
};

struct VideoFormat {
  PixelFormat pixel_format = PixelFormat::kI420;
  int width = 0;
  int height = 0;
  Rational frame_rate{30, 1};
  friend bool operator==(const VideoFormat&, const VideoFormat&) = default;
};

enum class SampleFormat : uint8_t { kS16, kF32 };

struct AudioFormat {
  SampleFormat sample_format = SampleFormat::kF32;
  int sample_rate = 48000;
  int channels = 2;
  int bytes_per_frame() const { return channels * (sample_format == SampleFormat::kS16 ? 2 : 4); }
  friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

}  // namespace media
