// Raw media on its way to an encoder. Both types borrow: the memory belongs to the stage that returned them and is valid
// until the next call on that stage.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "media/components.h"
#include "media/format.h"
#include "media/time.h"

namespace media {

struct VideoFrame {
  PixelFormat pixel_format = PixelFormat::kI420;
  int width = 0;
  int height = 0;
  std::array<const uint8_t*, 3> planes{};  // I420: Y U V; NV12: Y UV; packed formats: the first only
  std::array<int, 3> strides{};            // bytes
  const Components* components = nullptr;  // where pixel_format is kComponents; lives as long as the program
  std::optional<Matrix> matrix;            // of YUV; empty: the usual one of a picture of its height
  bool full_range = false;                 // of YUV: black is 0 and white 255
  Time pts{};                              // capture time
  uint64_t sequence = 0;                   // counts every frame the device made; a step above 1 is a gap
};

struct AudioBuffer {
  AudioFormat format;
  const void* samples = nullptr;  // interleaved; f32 is within ±1
  size_t frames = 0;              // samples of each channel
  Time pts{};                     // capture time of the first sample
};

}  // namespace media
