#include "convert/components.h"

#include <algorithm>
#include <cstddef>

namespace convert {
namespace {

using media::Component;

// Bytes of a BGRA pixel.
constexpr int kBlue = 0, kGreen = 1, kRed = 2, kPixel = 4;

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
    const int width = component.columns(yuv.width), height = component.rows(yuv.height);
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
  const auto& [red, green, blue] = rgb.components->all;
  const auto fill = [&](const Component& from, int byte) {
    read(rgb, from, {bgra.data + byte, bgra.stride, bgra.width, bgra.height}, kPixel);
  };
  fill(red, kRed), fill(green, kGreen), fill(blue, kBlue);
}

/// What a pixel has not of a colour is the mean of those beside it that have it.
void ComponentReader::interpolate(const media::VideoFrame& bayer, const Plane& bgra) {
  const int width = bayer.width, height = bayer.height;
  memory_[0].resize(static_cast<size_t>(width) * static_cast<size_t>(height));
  const Plane mosaic{memory_[0].data(), width, width, height};
  read(bayer, bayer.components->all[0], mosaic, 1);

  // Beyond an edge is what is as far on this side of it: so the colours alternate there too.
  const auto inside = [](int place, int length) { return place < 0 ? 1 : place >= length ? length - 2 : place; };
  const auto row = [&](int y) { return mosaic.data + static_cast<ptrdiff_t>(inside(y, height)) * mosaic.stride; };
  for (int y = 0; y < height; ++y) {
    const uint8_t *const above = row(y - 1), *const own = row(y), *const below = row(y + 1);
    const bool red_row = y % 2 == bayer.components->red_y;
    const int colour = red_row ? kRed : kBlue, other = red_row ? kBlue : kRed;
    uint8_t* pixel = bgra.data + static_cast<ptrdiff_t>(y) * bgra.stride;
    for (int x = 0; x < width; ++x, pixel += kPixel) {
      const int left = inside(x - 1, width), right = inside(x + 1, width);
      const int beside = own[left] + own[right], across = above[x] + below[x];
      const bool is_green = (x % 2 == bayer.components->red_x) != red_row;
      if (is_green) {
        pixel[colour] = static_cast<uint8_t>((beside + 1) / 2);
        pixel[kGreen] = own[x];
        pixel[other] = static_cast<uint8_t>((across + 1) / 2);
      } else {
        pixel[colour] = own[x];
        pixel[kGreen] = static_cast<uint8_t>((beside + across + 2) / 4);
        pixel[other] = static_cast<uint8_t>((above[left] + above[right] + below[left] + below[right] + 2) / 4);
      }
    }
  }
}

}  // namespace convert
