#include "capture/v4l2_formats.h"

#include <array>
#include <string_view>

namespace capture {
namespace {

using media::Component;
using media::Components;
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
    {"RGB4", PixelFormat::kARGB},
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

constexpr Components planar(bool halved_x, bool v_first) {
  const uint8_t u = v_first ? 2 : 1, v = v_first ? 1 : 2;
  const auto chroma = [&](uint8_t plane) { return Component{plane, 0, 1, 1, 0, 8, false, halved_x}; };
  return {Components::Model::kYuv, {{{0, 0, 1, 1, 0, 8}, chroma(u), chroma(v)}}};
}
constexpr Components semi_planar(bool halved_y, bool halved_x, bool v_first) {
  const auto chroma = [&](uint8_t offset) { return Component{1, offset, 2, 1, 0, 8, false, halved_x, halved_y}; };
  return {Components::Model::kYuv, {{{0, 0, 1, 1, 0, 8}, chroma(v_first ? 1 : 0), chroma(v_first ? 0 : 1)}}};
}
/// Two pixels in four bytes; where the first Y, U and V are.
constexpr Components pairs(uint8_t y, uint8_t u, uint8_t v) {
  const auto chroma = [](uint8_t offset) { return Component{0, offset, 4, 1, 0, 8, false, true}; };
  return {Components::Model::kYuv, {{{0, y, 2, 1, 0, 8}, chroma(u), chroma(v)}}};
}
/// A pixel in four bytes; which of them the components are.
constexpr Components bytes(Components::Model model, uint8_t first, uint8_t second, uint8_t third) {
  const auto byte = [](uint8_t offset) { return Component{0, offset, 4, 1, 0, 8}; };
  return {model, {{byte(first), byte(second), byte(third)}}};
}
struct Field {
  uint8_t shift, bits;
};
/// A pixel in a word of so many bytes; which of its bits the components are.
constexpr Components word(uint8_t size, Components::Model model, Field first, Field second, Field third, bool big_endian = false) {
  const auto field = [&](Field at) { return Component{0, 0, size, size, at.shift, at.bits, big_endian}; };
  return {model, {{field(first), field(second), field(third)}}};
}
constexpr Components grey(uint8_t size, uint8_t bits, bool big_endian = false) {
  return {Components::Model::kYuv, {{{0, 0, size, size, 0, bits, big_endian}}}};
}
constexpr Components bayer(uint8_t size, uint8_t bits, uint8_t red_x, uint8_t red_y) {
  return {Components::Model::kBayer, {{{0, 0, size, size, 0, bits}}}, red_x, red_y};
}

constexpr auto kRgb = Components::Model::kRgb;
constexpr auto kYuv = Components::Model::kYuv;

struct Described {
  const char* name;
  Components components;
  bool separate_planes = false;
};

constexpr std::array kDescribed = std::to_array<Described>({
    {"NV21", semi_planar(true, true, true)},
    {"NM21", semi_planar(true, true, true), true},
    {"NV16", semi_planar(false, true, false)},
    {"NM16", semi_planar(false, true, false), true},
    {"NV61", semi_planar(false, true, true)},
    {"NM61", semi_planar(false, true, true), true},
    {"NV24", semi_planar(false, false, false)},
    {"NV42", semi_planar(false, false, true)},
    {"422P", planar(true, false)},
    {"YM16", planar(true, false), true},
    {"YM61", planar(true, true), true},
    {"YM24", planar(false, false), true},
    {"YM42", planar(false, true), true},
    {"YVYU", pairs(0, 3, 1)},
    {"VYUY", pairs(1, 2, 0)},
    {"YUV4", bytes(kYuv, 1, 2, 3)},
    {"AYUV", bytes(kYuv, 1, 2, 3)},
    {"XYUV", bytes(kYuv, 1, 2, 3)},
    {"YUVA", bytes(kYuv, 0, 1, 2)},
    {"YUVX", bytes(kYuv, 0, 1, 2)},
    {"VUYA", bytes(kYuv, 2, 1, 0)},
    {"VUYX", bytes(kYuv, 2, 1, 0)},
    {"Y444", word(2, kYuv, {8, 4}, {4, 4}, {0, 4})},
    {"YUVO", word(2, kYuv, {10, 5}, {5, 5}, {0, 5})},
    {"YUVP", word(2, kYuv, {11, 5}, {5, 6}, {0, 5})},
    {"GREY", grey(1, 8)},
    {"Y10 ", grey(2, 10)},
    {"Y12 ", grey(2, 12)},
    {"Y14 ", grey(2, 14)},
    {"Y16 ", grey(2, 16)},
    {"Y16 -BE", grey(2, 16, true)},
    {"RX24", bytes(kRgb, 3, 2, 1)},
    {"RA24", bytes(kRgb, 3, 2, 1)},
    {"BGRH", word(4, kRgb, {14, 6}, {20, 6}, {26, 6}, true)},
    {"RGB1", word(1, kRgb, {5, 3}, {2, 3}, {0, 2})},
    {"RGBP", word(2, kRgb, {11, 5}, {5, 6}, {0, 5})},
    {"RGBR", word(2, kRgb, {11, 5}, {5, 6}, {0, 5}, true)},
    // Of four bits each.
    {"R444", word(2, kRgb, {8, 4}, {4, 4}, {0, 4})},
    {"AR12", word(2, kRgb, {8, 4}, {4, 4}, {0, 4})},
    {"XR12", word(2, kRgb, {8, 4}, {4, 4}, {0, 4})},
    {"AB12", word(2, kRgb, {0, 4}, {4, 4}, {8, 4})},
    {"XB12", word(2, kRgb, {0, 4}, {4, 4}, {8, 4})},
    {"RA12", word(2, kRgb, {12, 4}, {8, 4}, {4, 4})},
    {"RX12", word(2, kRgb, {12, 4}, {8, 4}, {4, 4})},
    {"GA12", word(2, kRgb, {4, 4}, {8, 4}, {12, 4})},
    {"BX12", word(2, kRgb, {4, 4}, {8, 4}, {12, 4})},
    // Of five bits each.
    {"RGBO", word(2, kRgb, {10, 5}, {5, 5}, {0, 5})},
    {"AR15", word(2, kRgb, {10, 5}, {5, 5}, {0, 5})},
    {"XR15", word(2, kRgb, {10, 5}, {5, 5}, {0, 5})},
    {"RGBQ", word(2, kRgb, {10, 5}, {5, 5}, {0, 5}, true)},
    {"AR15-BE", word(2, kRgb, {10, 5}, {5, 5}, {0, 5}, true)},
    {"XR15-BE", word(2, kRgb, {10, 5}, {5, 5}, {0, 5}, true)},
    {"AB15", word(2, kRgb, {0, 5}, {5, 5}, {10, 5})},
    {"XB15", word(2, kRgb, {0, 5}, {5, 5}, {10, 5})},
    {"RA15", word(2, kRgb, {11, 5}, {6, 5}, {1, 5})},
    {"RX15", word(2, kRgb, {11, 5}, {6, 5}, {1, 5})},
    {"BA15", word(2, kRgb, {1, 5}, {6, 5}, {11, 5})},
    {"BX15", word(2, kRgb, {1, 5}, {6, 5}, {11, 5})},
    {"RGGB", bayer(1, 8, 0, 0)},
    {"GRBG", bayer(1, 8, 1, 0)},
    {"GBRG", bayer(1, 8, 0, 1)},
    {"BA81", bayer(1, 8, 1, 1)},
    {"RG10", bayer(2, 10, 0, 0)},
    {"BA10", bayer(2, 10, 1, 0)},
    {"GB10", bayer(2, 10, 0, 1)},
    {"BG10", bayer(2, 10, 1, 1)},
    {"RG12", bayer(2, 12, 0, 0)},
    {"BA12", bayer(2, 12, 1, 0)},
    {"GB12", bayer(2, 12, 0, 1)},
    {"BG12", bayer(2, 12, 1, 1)},
    {"RG14", bayer(2, 14, 0, 0)},
    {"GR14", bayer(2, 14, 1, 0)},
    {"GB14", bayer(2, 14, 0, 1)},
    {"BG14", bayer(2, 14, 1, 1)},
    {"RG16", bayer(2, 16, 0, 0)},
    {"GR16", bayer(2, 16, 1, 0)},
    {"GB16", bayer(2, 16, 0, 1)},
    {"BYR2", bayer(2, 16, 1, 1)},
});

constexpr std::string_view kBigEndian = "-BE";
constexpr uint32_t kBigEndianBit = 1U << 31;

}  // namespace

std::optional<V4l2Format> find_v4l2_format(const std::string& name) {
  for (const V4l2Format& format : kFormats) {
    if (name == format.name) return format;
  }
  for (const Described& format : kDescribed) {
    if (name != format.name) continue;
    return V4l2Format{format.name, PixelFormat::kComponents, format.separate_planes, false, &format.components};
  }
  return std::nullopt;
}

std::string to_name(uint32_t fourcc) {
  std::string name;
  for (int shift = 0; shift < 32; shift += 8) name += static_cast<char>(fourcc >> shift & 0x7f);
  if ((fourcc & kBigEndianBit) != 0) name += kBigEndian;
  return name;
}

uint32_t to_fourcc(const std::string& name) {
  uint32_t fourcc = 0;
  for (size_t i = 0; i < name.size() && i < 4; ++i) fourcc |= uint32_t{static_cast<uint8_t>(name[i])} << 8 * i;
  return name.ends_with(kBigEndian) ? fourcc | kBigEndianBit : fourcc;
}

}  // namespace capture
