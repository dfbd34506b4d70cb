#include "convert/recolour.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

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

inline uint8_t to_byte(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

// The rows' work is written once, in loops that the compiler makes vectors of, and compiled twice: for any machine, and with AVX2.
#define ALWAYS_INLINE inline __attribute__((always_inline))

/// What the chroma of a row of pairs of pixels adds to their luma.
ALWAYS_INLINE void weigh_chroma(const Weights& w, int black, const uint8_t* u, const uint8_t* v, int pairs,
                                int32_t* __restrict shifts) {
  const int base = (16 << kShift) + kHalf - w.yy * black - 128 * (w.yu + w.yv);
  for (int x = 0; x < pairs; ++x) shifts[2 * x] = shifts[2 * x + 1] = base + w.yu * u[x] + w.yv * v[x];
}

ALWAYS_INLINE void recolour_luma(const Weights& w, uint8_t* __restrict luma, const int32_t* __restrict shifts, int width) {
  for (int x = 0; x < width; ++x) luma[x] = to_byte((w.yy * luma[x] + shifts[x]) >> kShift);
}

ALWAYS_INLINE void recolour_chroma(const Weights& w, uint8_t* __restrict u, uint8_t* __restrict v, int width) {
  const int blue_base = (128 << kShift) + kHalf - 128 * (w.uu + w.uv), red_base = (128 << kShift) + kHalf - 128 * (w.vu + w.vv);
  for (int x = 0; x < width; ++x) {
    const int blue = u[x], red = v[x];
    u[x] = to_byte((w.uu * blue + w.uv * red + blue_base) >> kShift);
    v[x] = to_byte((w.vu * blue + w.vv * red + red_base) >> kShift);
  }
}

ALWAYS_INLINE void recolour_rows(const Weights& w, int black, const Planes& planes, int width, int height) {
  const auto row = [&](size_t plane, int number) {
    return planes.data[plane] + static_cast<ptrdiff_t>(number) * planes.strides[plane];
  };
  const int pairs = (width + 1) / 2;
  std::vector<int32_t> shifts(static_cast<size_t>(pairs) * 2);
  for (int y = 0; y < height; ++y) {
    if (y % 2 == 0) weigh_chroma(w, black, row(1, y / 2), row(2, y / 2), pairs, shifts.data());
    recolour_luma(w, row(0, y), shifts.data(), width);
  }
  for (int y = 0; y < (height + 1) / 2; ++y) recolour_chroma(w, row(1, y), row(2, y), pairs);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) void recolour_wide(const Weights& w, int black, const Planes& planes, int width, int height) {
  recolour_rows(w, black, planes, width, height);
}
#endif

}  // namespace

void recolour(const Planes& planes, int width, int height, Matrix from, bool full_range, Matrix to) {
  const Weights w = weights(from, full_range, to);
  const int black = full_range ? 0 : 16;
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return recolour_wide(w, black, planes, width, height);
#endif
  recolour_rows(w, black, planes, width, height);
}

}  // namespace convert
