#include "convert/recolour.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace convert {
namespace {

constexpr int kShift = 14;
constexpr int kHalf = 1 << (kShift - 1);

/// y' = yy·y + yu·u + yv·v, and u', v' of u and v alone: neither matrix lets grey have a colour. Scaled by 2^kShift.
struct Weights {
  int yy, yu, yv, uu, uv, vu, vv;
};

struct Luma {
  double red, green, blue;
};
constexpr Luma luma_of(Matrix matrix) {
  return matrix == Matrix::kBt709 ? Luma{0.2126, 0.7152, 0.0722} : Luma{0.299, 0.587, 0.114};
}

Weights weights(Matrix from, bool full_range, Matrix to) {
  const Luma a = luma_of(from), b = luma_of(to);
  // u and v as R'G'B', the luma taken off.
  const std::array<double, 3> of_u{0, -2 * (1 - a.blue) * a.blue / a.green, 2 * (1 - a.blue)};
  const std::array<double, 3> of_v{2 * (1 - a.red), -2 * (1 - a.red) * a.red / a.green, 0};
  const auto luma = [&b](const std::array<double, 3>& rgb) { return b.red * rgb[0] + b.green * rgb[1] + b.blue * rgb[2]; };
  const auto blue = [&](const std::array<double, 3>& rgb) { return (rgb[2] - luma(rgb)) / (2 * (1 - b.blue)); };
  const auto red = [&](const std::array<double, 3>& rgb) { return (rgb[0] - luma(rgb)) / (2 * (1 - b.red)); };
  const auto fixed = [](double weight) { return static_cast<int>(std::lround(weight * (1 << kShift))); };
  const double luma_range = full_range ? 219.0 / 255 : 1;
  const double chroma_range = full_range ? 224.0 / 255 : 1;
  const double chroma_to_luma = full_range ? 219.0 / 255 : 219.0 / 224;
  return {fixed(luma_range),          fixed(luma(of_u) * chroma_to_luma), fixed(luma(of_v) * chroma_to_luma),
          fixed(blue(of_u) * chroma_range), fixed(blue(of_v) * chroma_range), fixed(red(of_u) * chroma_range),
          fixed(red(of_v) * chroma_range)};
}

uint8_t to_byte(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

}  // namespace

void recolour(const Planes& planes, int width, int height, Matrix from, bool full_range, Matrix to) {
  const Weights w = weights(from, full_range, to);
  const int black = full_range ? 0 : 16;
  const auto row = [&](size_t plane, int number) { return planes.data[plane] + static_cast<ptrdiff_t>(number) * planes.strides[plane]; };
  for (int y = 0; y < height; ++y) {
    uint8_t* const luma = row(0, y);
    const uint8_t* const u = row(1, y / 2);
    const uint8_t* const v = row(2, y / 2);
    for (int x = 0; x < width; ++x) {
      const int shift = w.yu * (u[x / 2] - 128) + w.yv * (v[x / 2] - 128);
      luma[x] = to_byte(16 + ((w.yy * (luma[x] - black) + shift + kHalf) >> kShift));
    }
  }
  for (int y = 0; y < (height + 1) / 2; ++y) {
    uint8_t* const u = row(1, y);
    uint8_t* const v = row(2, y);
    for (int x = 0; x < (width + 1) / 2; ++x) {
      const int blue = u[x] - 128, red = v[x] - 128;
      u[x] = to_byte(128 + ((w.uu * blue + w.uv * red + kHalf) >> kShift));
      v[x] = to_byte(128 + ((w.vu * blue + w.vv * red + kHalf) >> kShift));
    }
  }
}

}  // namespace convert
