#include "capture/v4l2_formats.h"

#include <array>

namespace capture {
namespace {

using media::PixelFormat;

constexpr std::array kFormats = std::to_array<V4l2Format>({
    {"NV12", PixelFormat::kNV12},
    {"NM12", PixelFormat::kNV12, true},
    {"YU12", PixelFormat::kI420},
    {"YM12", PixelFormat::kI420, true},
    {"YV12", PixelFormat::kI420, false, true},
    {"YM21", PixelFormat::kI420, true, true},
    {"YUYV", PixelFormat::kYUY2},
    {"UYVY", PixelFormat::kUYVY},
    // As bytes. "BGR4" has a fourth byte without a meaning, "AR24" has alpha, "XR24" has none.
    {"BGR4", PixelFormat::kBGRA},
    {"AR24", PixelFormat::kBGRA},
    {"XR24", PixelFormat::kBGRA},
    {"AB24", PixelFormat::kRGBA},
    {"XB24", PixelFormat::kRGBA},
    {"BA24", PixelFormat::kARGB},
    {"BX24", PixelFormat::kARGB},
    {"BGR3", PixelFormat::kBGR24},
    {"RGB3", PixelFormat::kRGB24},
    {"MJPG", PixelFormat::kMJPEG},
    {"JPEG", PixelFormat::kMJPEG},
});

}  // namespace

std::optional<V4l2Format> find_v4l2_format(const std::string& name) {
  for (const V4l2Format& format : kFormats) {
    if (name == format.name) return format;
  }
  return std::nullopt;
}

std::string to_name(uint32_t fourcc) {
  std::string name;
  for (int shift = 0; shift < 32; shift += 8) name += static_cast<char>(fourcc >> shift & 0x7f);  // the last bit: big-endian
  return name;
}

uint32_t to_fourcc(const std::string& name) {
  uint32_t fourcc = 0;
  for (size_t i = 0; i < name.size() && i < 4; ++i) fourcc |= uint32_t{static_cast<uint8_t>(name[i])} << 8 * i;
  return fourcc;
}

}  // namespace capture
