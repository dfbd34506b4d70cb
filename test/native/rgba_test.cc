// Pictures as RGBA, of every pixel format and colour.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "convert/convert.h"

using media::PixelFormat;

namespace {

using Rgb = std::array<int, 3>;
using Pixel = std::array<uint8_t, 4>;

constexpr int kWidth = 37;
constexpr int kHeight = 5;

Pixel at(const media::VideoFrame& frame, int x, int y) {
  const uint8_t* const pixel = frame.planes[0] + y * frame.strides[0] + x * 4;
  return {pixel[0], pixel[1], pixel[2], pixel[3]};
}

void check(const media::VideoFrame& result, Rgb wanted) {
  CHECK(result.pixel_format == PixelFormat::kRGBA);
  CHECK(result.width == kWidth);
  CHECK(result.height == kHeight);
  for (const auto& [x, y] : {std::pair(0, 0), std::pair(kWidth - 1, 0), std::pair(kWidth - 1, kHeight - 1)}) {
    const Pixel is = at(result, x, y);
    for (size_t channel = 0; channel < 3; channel++) {
      CAPTURE(channel);
      CHECK(std::abs(is[channel] - wanted[channel]) <= 3);
    }
    CHECK(is[3] == 255);
  }
}

}  // namespace

TEST_CASE("RGBA: of RGB in every order of bytes, opaque") {
  struct Order {
    PixelFormat format;
    std::vector<uint8_t> pixel;  // red 200, green 100, blue 50, alpha 7
  };
  for (const auto& [format, pixel] : {Order{PixelFormat::kBGRA, {50, 100, 200, 7}}, Order{PixelFormat::kRGBA, {200, 100, 50, 7}},
                                      Order{PixelFormat::kARGB, {7, 200, 100, 50}}, Order{PixelFormat::kBGR24, {50, 100, 200}},
                                      Order{PixelFormat::kRGB24, {200, 100, 50}}}) {
    std::vector<uint8_t> bytes;
    const size_t stride = kWidth * pixel.size() + 12;  // what lies beyond the row is of no matter
    for (size_t i = 0; i < stride * kHeight; i++) bytes.push_back(pixel[i % stride % pixel.size()]);
    media::VideoFrame frame{.pixel_format = format, .width = kWidth, .height = kHeight, .matrix = {}};
    frame.planes[0] = bytes.data();
    frame.strides[0] = static_cast<int>(stride);
    frame.sequence = 9;
    convert::RgbaConverter converter;
    const auto result = converter.convert(frame);
    check(result, {200, 100, 50});
    CHECK(result.sequence == 9);
    CHECK(bytes[0] == pixel[0]);
  }
}

TEST_CASE("RGBA: of YUV in every layout, matrix and range") {
  struct Colour {
    std::optional<media::Matrix> matrix;
    bool full_range;
    uint8_t y, u, v;  // red
  };
  constexpr Colour kReds[] = {{{}, false, 81, 90, 240},
                              {media::Matrix::kBt601, false, 81, 90, 240},
                              {media::Matrix::kBt709, false, 63, 102, 240},
                              {media::Matrix::kBt601, true, 76, 85, 255},
                              {media::Matrix::kBt709, true, 54, 99, 255}};
  for (const auto& [matrix, full_range, y, u, v] : kReds) {
    CAPTURE(int(y));
    const std::vector<uint8_t> luma(64 * kHeight, y), blue(64 * kHeight, u), red(64 * kHeight, v);
    std::vector<uint8_t> both, yuyv, uyvy;
    for (int i = 0; i < 32 * kHeight; i++) {
      both.insert(both.end(), {u, v});
      yuyv.insert(yuyv.end(), {y, u, y, v});
      uyvy.insert(uyvy.end(), {u, y, v, y});
    }
    media::VideoFrame frame{.width = kWidth, .height = kHeight, .matrix = matrix, .full_range = full_range};
    convert::RgbaConverter converter;
    for (const PixelFormat format : {PixelFormat::kI420, PixelFormat::kNV12, PixelFormat::kYUY2, PixelFormat::kUYVY}) {
      CAPTURE(int(format));
      frame.pixel_format = format;
      switch (format) {
        case PixelFormat::kI420:
          frame.planes = {luma.data(), blue.data(), red.data()};
          frame.strides = {64, 64, 64};
          break;
        case PixelFormat::kNV12:
          frame.planes = {luma.data(), both.data()};
          frame.strides = {64, 64};
          break;
        default:
          frame.planes = {format == PixelFormat::kYUY2 ? yuyv.data() : uyvy.data()};
          frame.strides = {128};
      }
      check(converter.convert(frame), {255, 0, 0});
    }
  }
}

TEST_CASE("RGBA: 720 lines whose colour is not named are BT.709's") {
  const std::vector<uint8_t> luma(16 * 720, 63), blue(16 * 720, 102), red(16 * 720, 240);
  media::VideoFrame frame{.width = 16, .height = 720, .matrix = {}};
  frame.planes = {luma.data(), blue.data(), red.data()};
  frame.strides = {16, 16, 16};
  convert::RgbaConverter converter;
  const Pixel is = at(converter.convert(frame), 8, 700);
  CHECK(is[0] >= 252);
  CHECK(is[1] <= 3);
  CHECK(is[2] <= 3);
}
