#include "convert/rgb.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#ifdef __x86_64__
#include <immintrin.h>
#define WITH_AVX2 __attribute__((target("avx2")))
#endif

namespace convert {
namespace {

constexpr int kShift = 14;

/// Weights of a pixel's first three bytes, scaled by 2^kShift.
struct Weights {
  std::array<int16_t, 3> y, u, v;
};

/// From the luma weights of a matrix: Y' over 16–235, chroma over 16–240 about 128.
Weights weights(double red, double blue, bool red_first) {
  const double green = 1 - red - blue;
  const auto in_order = [red_first](double r, double g, double b, double range) {
    const auto fixed = [range](double weight) { return static_cast<int16_t>(std::lround(weight * range / 255 * (1 << kShift))); };
    return red_first ? std::array{fixed(r), fixed(g), fixed(b)} : std::array{fixed(b), fixed(g), fixed(r)};
  };
  const double u = 2 * (1 - blue);
  const double v = 2 * (1 - red);
  return {in_order(red, green, blue, 219), in_order(-red / u, -green / u, 0.5, 224), in_order(0.5, -green / v, -blue / v, 224)};
}

constexpr int kLumaOffset = (16 << kShift) + (1 << (kShift - 1));
// Chroma is computed from the sum of four pixels, so everything is four times as large.
constexpr int kChromaShift = kShift + 2;
constexpr int kChromaOffset = (128 << kChromaShift) + (1 << (kChromaShift - 1));

/// Two rows of pixels and what becomes of them. At an odd height the last pair is one row twice.
struct RowPair {
  const uint8_t *top, *bottom;
  uint8_t *y_top, *y_bottom, *u, *v;
};

/// The columns from `x`, which is even, on.
void convert_columns(const Weights& w, const RowPair& rows, int x, int width) {
  const auto dot = [](const std::array<int16_t, 3>& weight, const auto* bytes) {
    return weight[0] * bytes[0] + weight[1] * bytes[1] + weight[2] * bytes[2];
  };
  const auto luma = [&](const uint8_t* pixel) { return static_cast<uint8_t>((dot(w.y, pixel) + kLumaOffset) >> kShift); };
  for (; x < width; x += 2) {
    const int second = std::min(x + 1, width - 1);
    std::array<int, 3> sum{};
    for (const int column : {x, second}) {
      const uint8_t* const top = rows.top + column * 4;
      const uint8_t* const bottom = rows.bottom + column * 4;
      rows.y_top[column] = luma(top);
      rows.y_bottom[column] = luma(bottom);
      for (size_t byte = 0; byte < 3; ++byte) sum[byte] += top[byte] + bottom[byte];
    }
    rows.u[x / 2] = static_cast<uint8_t>((dot(w.u, sum.data()) + kChromaOffset) >> kChromaShift);
    rows.v[x / 2] = static_cast<uint8_t>((dot(w.v, sum.data()) + kChromaOffset) >> kChromaShift);
  }
}

#ifdef __x86_64__
/// Bytes 0 and 2, and 1 and 3, of eight pixels as 16-bit lanes: what one multiply-add takes.
struct Lanes {
  __m256i even, odd;
};
WITH_AVX2 inline Lanes load(const uint8_t* pixels) {
  const __m256i eight = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pixels));
  return {_mm256_and_si256(eight, _mm256_set1_epi32(0x00ff00ff)), _mm256_srli_epi16(eight, 8)};
}

struct LaneWeights {
  __m256i even, odd, offset;
};
WITH_AVX2 inline LaneWeights spread(const std::array<int16_t, 3>& w, int offset) {
  // The fourth byte weighs nothing.
  return {_mm256_set1_epi32(w[2] * 0x10000 + static_cast<uint16_t>(w[0])), _mm256_set1_epi32(static_cast<uint16_t>(w[1])),
          _mm256_set1_epi32(offset)};
}
template <int shift>
WITH_AVX2 inline __m256i weigh(const LaneWeights& w, const Lanes& lanes) {
  const __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(lanes.even, w.even), _mm256_madd_epi16(lanes.odd, w.odd));
  return _mm256_srai_epi32(_mm256_add_epi32(sum, w.offset), shift);
}

WITH_AVX2 inline void store_luma(const LaneWeights& w, const std::array<Lanes, 4>& pixels, uint8_t* y) {
  const __m256i first = _mm256_packs_epi32(weigh<kShift>(w, pixels[0]), weigh<kShift>(w, pixels[1]));
  const __m256i second = _mm256_packs_epi32(weigh<kShift>(w, pixels[2]), weigh<kShift>(w, pixels[3]));
  // Packing works within each half: the quarters are put in order afterwards.
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(first, second), order);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(y), bytes);
}

/// Adds neighbours: pixels 0+1, 2+3 of a, the same of b, within each half.
WITH_AVX2 inline __m256i add_pairs(__m256i a, __m256i b) {
  const __m256 first = _mm256_castsi256_ps(a);
  const __m256 second = _mm256_castsi256_ps(b);
  return _mm256_add_epi16(_mm256_castps_si256(_mm256_shuffle_ps(first, second, _MM_SHUFFLE(2, 0, 2, 0))),
                          _mm256_castps_si256(_mm256_shuffle_ps(first, second, _MM_SHUFFLE(3, 1, 3, 1))));
}

/// As many columns as there are whole thirty-twos; returns how many.
WITH_AVX2 int convert_thirty_twos(const Weights& weights, const RowPair& rows, int width) {
  const LaneWeights y = spread(weights.y, kLumaOffset);
  const LaneWeights u = spread(weights.u, kChromaOffset);
  const LaneWeights v = spread(weights.v, kChromaOffset);
  int x = 0;
  for (; x + 32 <= width; x += 32) {
    std::array<Lanes, 4> top, bottom;
#pragma GCC unroll 4
    for (size_t part = 0; part < 4; ++part) {
      top[part] = load(rows.top + (static_cast<size_t>(x) + part * 8) * 4);
      bottom[part] = load(rows.bottom + (static_cast<size_t>(x) + part * 8) * 4);
    }
    store_luma(y, top, rows.y_top + x);
    store_luma(y, bottom, rows.y_bottom + x);

#pragma GCC unroll 4
    for (size_t part = 0; part < 4; ++part) {
      top[part].even = _mm256_add_epi16(top[part].even, bottom[part].even);
      top[part].odd = _mm256_add_epi16(top[part].odd, bottom[part].odd);
    }
    const Lanes first{add_pairs(top[0].even, top[1].even), add_pairs(top[0].odd, top[1].odd)};
    const Lanes second{add_pairs(top[2].even, top[3].even), add_pairs(top[2].odd, top[3].odd)};
    const __m256i words_u = _mm256_packs_epi32(weigh<kChromaShift>(u, first), weigh<kChromaShift>(u, second));
    const __m256i words_v = _mm256_packs_epi32(weigh<kChromaShift>(v, first), weigh<kChromaShift>(v, second));
    // Each half has eight bytes of u, then eight of v, its twos alternating with those of the other half.
    const __m256i bytes = _mm256_packus_epi16(words_u, words_v);
    const __m128i low = _mm256_castsi256_si128(bytes);
    const __m128i high = _mm256_extracti128_si256(bytes, 1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rows.u + x / 2), _mm_unpacklo_epi16(low, high));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rows.v + x / 2), _mm_unpackhi_epi16(low, high));
  }
  return x;
}

int convert_wide(const Weights& weights, const RowPair& rows, int width) {
  return __builtin_cpu_supports("avx2") ? convert_thirty_twos(weights, rows, width) : 0;
}
#else
int convert_wide(const Weights&, const RowPair&, int) { return 0; }
#endif

}  // namespace

void rgb_to_i420(const uint8_t* source, int stride, int width, int height, bool red_first, Matrix matrix, const Planes& planes) {
  const Weights w = matrix == Matrix::kBt709 ? weights(0.2126, 0.0722, red_first) : weights(0.299, 0.114, red_first);
  const auto row = [](auto* plane, int number, int bytes) { return plane + static_cast<ptrdiff_t>(number) * bytes; };
  for (int top = 0; top < height; top += 2) {
    const int bottom = std::min(top + 1, height - 1);
    const RowPair rows{row(source, top, stride),
                       row(source, bottom, stride),
                       row(planes.data[0], top, planes.strides[0]),
                       row(planes.data[0], bottom, planes.strides[0]),
                       row(planes.data[1], top / 2, planes.strides[1]),
                       row(planes.data[2], top / 2, planes.strides[2])};
    convert_columns(w, rows, convert_wide(w, rows, width), width);
  }
}

}  // namespace convert
