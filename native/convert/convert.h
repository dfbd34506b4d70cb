// The door to pixels and samples: pure conversion between what devices give and what encoders take. Objects hold reused memory;
// one thread each.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "media/format.h"
#include "media/frame.h"

namespace convert {

/// What only cameras give becomes a picture that the others can work with.
class PictureDecoder {
 public:
  /// Of this device: an error names it.
  PictureDecoder(std::string device = {});
  ~PictureDecoder();
  PictureDecoder& operator=(PictureDecoder&& other) noexcept;
  /// JPEG of any sampling becomes I420, kComponents I420 or BGRA; any other frame is returned as it is. Empty for a broken JPEG; when
  /// none is whole for a while, ERR_DEVICE_LOST. The result borrows the frame's memory or this object's.
  std::optional<media::VideoFrame> decode(const media::VideoFrame& frame);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Any picture to I420 of one size: converted (BT.709 limited range for 720 lines and more, BT.601 below; the same choice as
/// video_matrix()), scaled to fit and centred on black when sizes differ. The result is in this object's memory until the next
/// call, so that it can be shown again when nothing new comes. What only cameras give is PictureDecoder's.
class PictureConverter {
 public:
  PictureConverter(int width, int height);
  ~PictureConverter();
  media::VideoFrame convert(const media::VideoFrame& frame);
  media::VideoFrame black();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Any picture but what only cameras give to RGBA of its own size, opaque.
class RgbaConverter {
 public:
  RgbaConverter();
  ~RgbaConverter();
  /// The result borrows this object's memory.
  media::VideoFrame convert(const media::VideoFrame& frame);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The matrix that RGB is converted with, and that the encoder must announce, for a picture of this height.
using media::Matrix;
Matrix video_matrix(int height);

/// Any sound to interleaved f32 at one rate and channel count. The rate may be trimmed live to follow a device's crystal.
class Resampler {
 public:
  Resampler(media::AudioFormat from, int sample_rate, int channels);
  ~Resampler();
  /// The result borrows this object's memory. Its pts is that of its first sample: the filter's delay is taken off.
  media::AudioBuffer convert(const media::AudioBuffer& buffer);
  /// Makes the output longer (positive) or shorter by this many parts per million, without a step. Within ±2000.
  void set_trim(double ppm);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert
