#include "convert/components.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace convert {
namespace {

using media::Component;

// BGRA: where red, green and blue are.
constexpr int kPixel = 4;
constexpr std::array<int, 3> kColour{2, 1, 0};

/// The value in 8 bits of each that a sample can have, but for what it has below its 8 highest bits.
using Scale = std::array<uint8_t, 256>;

/// RGB is full with all bits set. YUV keeps its black and its grey, which in every depth have the same highest bits.
Scale scale(int bits, bool rgb) {
  Scale values{};
  const int most = (1 << bits) - 1;
  for (int value = 0; value <= most; ++value) {
    values[static_cast<size_t>(value)] = static_cast<uint8_t>(rgb ? (value * 255 + most / 2) / most : value << (8 - bits));
  }
  return values;
}

template <int bytes, bool big_endian>
uint32_t word(const uint8_t* from) {
  uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= uint32_t{from[big_endian ? bytes - 1 - i : i]} << 8 * i;
  return value;
}

struct Row {
  const uint8_t* from;
  int from_step;
  uint8_t* to;
  int to_step;
  int count;
};

template <int bytes, bool big_endian>
void read_row(const Row& row, int shift, uint32_t mask, const Scale& values) {
  const uint8_t* from = row.from;
  uint8_t* to = row.to;
  for (int i = 0; i < row.count; ++i, from += row.from_step, to += row.to_step) {
    *to = values[word<bytes, big_endian>(from) >> shift & mask];
  }
}

/// Into `plane`, whose samples lie `step` bytes apart.
void read(const media::VideoFrame& frame, const Component& component, const Plane& plane, int step) {
  const int bits = std::min<int>(component.bits, 8);
  const int shift = component.shift + component.bits - bits;
  const Scale values = scale(bits, frame.components->model != media::Components::Model::kYuv);
  const auto read_one = component.bytes == 4   ? (component.big_endian ? &read_row<4, true> : &read_row<4, false>)
                        : component.bytes == 2 ? (component.big_endian ? &read_row<2, true> : &read_row<2, false>)
                                               : &read_row<1, false>;
  const uint8_t* from = frame.planes[component.plane] + component.offset;
  uint8_t* to = plane.data;
  for (int y = 0; y < plane.height; ++y, from += frame.strides[component.plane], to += plane.stride) {
    read_one({from, component.step, to, step, plane.width}, shift, (1U << bits) - 1, values);
  }
}

}  // namespace

std::array<Plane, 3> ComponentReader::planes(const media::VideoFrame& yuv) {
  std::array<Plane, 3> planes{};
  for (size_t i = 0; i < planes.size(); ++i) {
    const Component& component = yuv.components->all[i];
    if (component.bits == 0) continue;
    const int width = component.halved_x ? (yuv.width + 1) / 2 : yuv.width;
    const int height = component.halved_y ? (yuv.height + 1) / 2 : yuv.height;
    memory_[i].resize(static_cast<size_t>(width) * static_cast<size_t>(height));
    planes[i] = {memory_[i].data(), width, width, height};
    read(yuv, component, planes[i], 1);
  }
  return planes;
}

Plane ComponentReader::bgra(const media::VideoFrame& frame) {
  pixels_.resize(static_cast<size_t>(frame.width) * static_cast<size_t>(frame.height) * kPixel, 255);
  const Plane plane{pixels_.data(), frame.width * kPixel, frame.width, frame.height};
  if (frame.components->model == media::Components::Model::kBayer) {
    interpolate(frame, plane);
  } else {
    merge(frame, plane);
  }
  return plane;
}

void ComponentReader::merge(const media::VideoFrame& rgb, const Plane& bgra) {
  for (size_t i = 0; i < 3; ++i) {
    read(rgb, rgb.components->all[i], {bgra.data + kColour[i], bgra.stride, bgra.width, bgra.height}, kPixel);
  }
}

/// Each pixel's three colours are the means of what the nine around it have of them, the nearer ones weighing more.
void ComponentReader::interpolate(const media::VideoFrame& bayer, const Plane& bgra) {
  const auto [width, height] = std::pair(bayer.width, bayer.height);
  memory_[0].resize(static_cast<size_t>(width) * static_cast<size_t>(height));
  const Plane mosaic{memory_[0].data(), width, width, height};
  read(bayer, bayer.components->all[0], mosaic, 1);

  const auto colour = [&](int x, int y) {
    const bool red_column = (x + bayer.components->red_x) % 2 == 0, red_row = (y + bayer.components->red_y) % 2 == 0;
    return red_column != red_row ? kColour[1] : red_column ? kColour[0] : kColour[2];
  };
  // At an edge, what is beyond it is what is as far on this side: so the colours alternate there too.
  const auto inside = [](int place, int length) { return place < 0 ? 1 : place >= length ? length - 2 : place; };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::array<int, 3> sums{}, weights{};
      for (int down = -1; down <= 1; ++down) {
        const uint8_t* const row = mosaic.data + static_cast<ptrdiff_t>(inside(y + down, height)) * mosaic.stride;
        for (int right = -1; right <= 1; ++right) {
          const auto which = static_cast<size_t>(colour(x + right + 2, y + down + 2));
          const int weight = (2 - down * down) * (2 - right * right);
          sums[which] += weight * row[inside(x + right, width)];
          weights[which] += weight;
        }
      }
      uint8_t* const pixel = bgra.data + static_cast<ptrdiff_t>(y) * bgra.stride + static_cast<ptrdiff_t>(x) * kPixel;
      for (size_t i = 0; i < 3; ++i) pixel[i] = static_cast<uint8_t>((sums[i] + weights[i] / 2) / weights[i]);
    }
  }
}

}  // namespace convert
