#include <algorithm>
#include <array>
#include <cstdlib>
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "convert/convert.h"

using media::PixelFormat;

namespace {

struct Rgb {
  int red, green, blue;
};

/// A picture in one packed RGB format, its rows longer than needed as a device's are.
class RgbPicture {
 public:
  RgbPicture(PixelFormat format, int width, int height, Rgb colour)
      : format_(format), width_(width), height_(height), stride_(width * 4 + 20),
        bytes_(static_cast<size_t>(stride_ * height)) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) set(x, y, colour);
    }
  }
  void set(int x, int y, Rgb colour) {
    uint8_t* const pixel = &bytes_[static_cast<size_t>(y * stride_ + x * 4)];
    const bool red_first = format_ == PixelFormat::kRGBA;
    pixel[0] = static_cast<uint8_t>(red_first ? colour.red : colour.blue);
    pixel[1] = static_cast<uint8_t>(colour.green);
    pixel[2] = static_cast<uint8_t>(red_first ? colour.blue : colour.red);
    pixel[3] = 77;
  }
  media::VideoFrame frame() const {
    media::VideoFrame frame;
    frame.pixel_format = format_;
    frame.width = width_;
    frame.height = height_;
    frame.planes[0] = bytes_.data();
    frame.strides[0] = stride_;
    frame.pts = media::Time(1234);
    frame.sequence = 5;
    return frame;
  }

 private:
  PixelFormat format_;
  int width_, height_, stride_;
  std::vector<uint8_t> bytes_;
};

struct Yuv {
  int y, u, v;
};
Yuv at(const media::VideoFrame& frame, int x, int y) {
  REQUIRE(frame.pixel_format == PixelFormat::kI420);
  return {frame.planes[0][y * frame.strides[0] + x], frame.planes[1][y / 2 * frame.strides[1] + x / 2],
          frame.planes[2][y / 2 * frame.strides[2] + x / 2]};
}
bool near(Yuv is, Yuv wanted, int tolerance = 1) {
  const auto off = std::max({std::abs(is.y - wanted.y), std::abs(is.u - wanted.u), std::abs(is.v - wanted.v)});
  if (off > tolerance) {
    MESSAGE("is " << is.y << " " << is.u << " " << is.v << ", wanted " << wanted.y << " " << wanted.u << " " << wanted.v);
  }
  return off <= tolerance;
}

// ITU-R BT.601 and BT.709, 8 bits, as their bar signals have them.
struct Known {
  Rgb rgb;
  Yuv bt601, bt709;
};
constexpr Known kKnown[] = {
    {{255, 255, 255}, {235, 128, 128}, {235, 128, 128}}, {{0, 0, 0}, {16, 128, 128}, {16, 128, 128}},
    {{255, 0, 0}, {81, 90, 240}, {63, 102, 240}},        {{0, 255, 0}, {145, 54, 34}, {173, 42, 26}},
    {{0, 0, 255}, {41, 240, 110}, {32, 240, 118}},       {{255, 255, 0}, {210, 16, 146}, {219, 16, 138}},
    {{128, 128, 128}, {126, 128, 128}, {126, 128, 128}},
};

}  // namespace

TEST_CASE("pixels: RGB becomes the colours that the recommendations name") {
  for (const PixelFormat format : {PixelFormat::kBGRA, PixelFormat::kRGBA}) {
    for (const auto& [rgb, bt601, bt709] : kKnown) {
      convert::PictureConverter small(64, 48);
      convert::PictureConverter large(1280, 720);
      const RgbPicture small_source(format, 64, 48, rgb);
      const RgbPicture large_source(format, 1280, 720, rgb);
      const auto small_result = small.convert(small_source.frame());
      const auto large_result = large.convert(large_source.frame());
      CHECK(near(at(small_result, 0, 0), bt601));
      CHECK(near(at(small_result, 63, 47), bt601));
      CHECK(near(at(large_result, 0, 0), bt709));
      CHECK(near(at(large_result, 1279, 719), bt709));
    }
  }
  CHECK(convert::video_matrix(720) == convert::Matrix::kBt709);
  CHECK(convert::video_matrix(719) == convert::Matrix::kBt601);
}

TEST_CASE("pixels: each pixel lands in its place, whatever the width") {
  for (const int width : {2, 14, 30, 32, 34, 62, 64, 66, 100}) {
    RgbPicture source(PixelFormat::kBGRA, width, 6, {0, 0, 0});
    const int marked = width / 4 * 2;
    for (int y = 2; y < 4; ++y) {
      for (int x = marked; x < marked + 2; ++x) source.set(x, y, {255, 0, 0});
    }
    convert::PictureConverter converter(width, 6);
    const auto result = converter.convert(source.frame());
    for (int y = 0; y < 6; ++y) {
      for (int x = 0; x < width; ++x) {
        const bool inside = (y == 2 || y == 3) && (x == marked || x == marked + 1);
        CHECK(near(at(result, x, y), inside ? Yuv{81, 90, 240} : Yuv{16, 128, 128}));
      }
    }
  }
}

TEST_CASE("pixels: chroma is the mean of four") {
  RgbPicture source(PixelFormat::kRGBA, 40, 2, {0, 0, 0});
  for (int x = 0; x < 40; x += 2) source.set(x, 0, {255, 0, 0});  // one of each four
  convert::PictureConverter converter(40, 2);
  const auto result = converter.convert(source.frame());
  for (int x = 0; x < 40; x += 2) CHECK(near(at(result, x, 1), {16, 128 - 38 / 4, 128 + 112 / 4}));
}

TEST_CASE("pixels: an odd source loses its last column and row, and nothing is blurred") {
  RgbPicture source(PixelFormat::kBGRA, 101, 67, {0, 0, 0});
  for (int y = 0; y < 67; ++y) {
    for (int x = 0; x < 101; x += 2) source.set(x, y, {255, 255, 255});
  }
  convert::PictureConverter converter(100, 66);
  const auto result = converter.convert(source.frame());
  CHECK(result.width == 100);
  CHECK(result.height == 66);
  for (int x = 0; x < 100; ++x) CHECK(at(result, x, 65).y == (x % 2 ? 16 : 235));
}

TEST_CASE("pixels: an odd source that is scaled keeps its colour to the edges") {
  for (const PixelFormat format : {PixelFormat::kBGRA, PixelFormat::kYUY2}) {
    const RgbPicture rgb(PixelFormat::kBGRA, 33, 33, {255, 0, 0});
    std::vector<uint8_t> yuy2;
    for (int index = 0; index < 17 * 33; ++index) yuy2.insert(yuy2.end(), {81, 90, 81, 240});
    media::VideoFrame frame = rgb.frame();
    if (format == PixelFormat::kYUY2) {
      frame.pixel_format = format;
      frame.planes[0] = yuy2.data();
      frame.strides[0] = 17 * 4;
    }
    convert::PictureConverter converter(64, 64);
    const auto result = converter.convert(frame);
    for (const auto& [x, y] : {std::pair{0, 0}, {63, 0}, {0, 63}, {63, 63}, {31, 31}}) {
      CHECK(near(at(result, x, y), {81, 90, 240}, 2));
    }
  }
}

TEST_CASE("pixels: another shape is centred on black") {
  const RgbPicture wide(PixelFormat::kBGRA, 160, 90, {0, 255, 0});
  const RgbPicture tall(PixelFormat::kBGRA, 90, 160, {0, 255, 0});
  const Yuv green{145, 54, 34}, black{16, 128, 128};
  convert::PictureConverter converter(160, 120);

  auto result = converter.convert(wide.frame());  // 160×90: 15 rows free above, rounded to 14
  CHECK(near(at(result, 80, 12), black));
  CHECK(near(at(result, 0, 15), green, 2));
  CHECK(near(at(result, 159, 102), green, 2));
  CHECK(near(at(result, 80, 105), black));

  result = converter.convert(tall.frame());  // 68×120 now: the bars of before are gone
  CHECK(near(at(result, 44, 60), black));
  CHECK(near(at(result, 47, 0), green, 2));
  CHECK(near(at(result, 112, 119), green, 2));
  CHECK(near(at(result, 115, 60), black));

  result = converter.convert(wide.frame());
  CHECK(near(at(result, 80, 12), black));
  CHECK(near(at(result, 80, 119), black));
}

TEST_CASE("pixels: one size after another, smaller and larger") {
  convert::PictureConverter converter(64, 48);
  for (const auto& [width, height] : {std::pair{64, 48}, {1, 1}, {3, 500}, {640, 480}, {65, 49}, {64, 48}}) {
    const RgbPicture source(PixelFormat::kRGBA, width, height, {0, 0, 255});
    const auto result = converter.convert(source.frame());
    CHECK(result.width == 64);
    CHECK(result.height == 48);
    CHECK(near(at(result, 31, 23), {41, 240, 110}, 2));
    CHECK(result.pts == media::Time(1234));
    CHECK(result.sequence == 5);
  }
}

TEST_CASE("pixels: what the encoder takes is only copied") {
  const std::vector<uint8_t> bytes(64 * 48 * 3 / 2, 100);
  for (const PixelFormat format : {PixelFormat::kI420, PixelFormat::kNV12}) {
    media::VideoFrame frame;
    frame.pixel_format = format;
    frame.width = 64;
    frame.height = 48;
    frame.planes = {bytes.data(), bytes.data() + 64 * 48, format == PixelFormat::kI420 ? bytes.data() + 64 * 60 : nullptr};
    frame.strides = {64, format == PixelFormat::kI420 ? 32 : 64, 32};
    convert::PictureConverter same(64, 48);
    const auto result = same.convert(frame);
    CHECK(result.planes[0] != frame.planes[0]);
    CHECK(near(at(result, 63, 47), {100, 100, 100}));

    convert::PictureConverter other(32, 24);
    CHECK(near(at(other.convert(frame), 31, 23), {100, 100, 100}));
  }
}

TEST_CASE("pixels: three bytes a pixel, and alpha first, are the same colours") {
  struct Order {
    PixelFormat format;
    std::array<int, 4> bytes;  // 0 red, 1 green, 2 blue, 3 nothing; -1 no byte
  };
  const Order orders[] = {{PixelFormat::kRGB24, {0, 1, 2, -1}}, {PixelFormat::kBGR24, {2, 1, 0, -1}}, {PixelFormat::kARGB, {3, 0, 1, 2}}};
  for (const auto& [format, order] : orders) {
    for (const auto& [rgb, bt601, bt709] : kKnown) {
      const int width = 67, height = 49, stride = width * 4 + 3;  // odd, and longer than needed
      std::vector<uint8_t> bytes(static_cast<size_t>(stride) * height);
      const int values[] = {rgb.red, rgb.green, rgb.blue, 77};
      for (int y = 0; y < height; ++y) {
        uint8_t* to = &bytes[static_cast<size_t>(y) * stride];
        for (int x = 0; x < width; ++x) {
          for (const int byte : order) {
            if (byte >= 0) *to++ = static_cast<uint8_t>(values[byte]);
          }
        }
      }
      media::VideoFrame frame;
      frame.pixel_format = format;
      frame.width = width;
      frame.height = height;
      frame.planes[0] = bytes.data();
      frame.strides[0] = stride;
      convert::PictureConverter converter(66, 48);
      const auto result = converter.convert(frame);
      CHECK(near(at(result, 0, 0), bt601));
      CHECK(near(at(result, 65, 47), bt601));
    }
  }
}

namespace {

/// One colour as the planes of an I420 picture.
struct Flat {
  Flat(Yuv colour, int width, int height)
      : y(static_cast<size_t>(width) * height, static_cast<uint8_t>(colour.y)),
        u(y.size() / 4, static_cast<uint8_t>(colour.u)),
        v(y.size() / 4, static_cast<uint8_t>(colour.v)) {
    frame.width = width;
    frame.height = height;
    frame.planes = {y.data(), u.data(), v.data()};
    frame.strides = {width, width / 2, width / 2};
  }
  std::vector<uint8_t> y, u, v;
  media::VideoFrame frame;
};

}  // namespace

TEST_CASE("pixels: a camera's own matrix and range become the picture's") {
  for (const auto& [rgb, bt601, bt709] : kKnown) {
    convert::PictureConverter small(64, 48), large(1280, 720);
    Flat as_709(bt709, 64, 48), as_601(bt601, 1280, 720);
    as_709.frame.matrix = media::Matrix::kBt709;
    as_601.frame.matrix = media::Matrix::kBt601;
    CHECK(near(at(small.convert(as_709.frame), 20, 20), bt601, 2));
    CHECK(near(at(large.convert(as_601.frame), 20, 20), bt709, 2));
    CHECK(as_709.y[0] == bt709.y);  // the source is only read

    const auto full = [](int value, int range, int offset) { return std::clamp((value - offset) * 255 / range + (offset == 16 ? 0 : 128), 0, 255); };
    Flat wide({full(bt601.y, 219, 16), full(bt601.u, 224, 128), full(bt601.v, 224, 128)}, 64, 48);
    wide.frame.full_range = true;
    CHECK(near(at(small.convert(wide.frame), 20, 20), bt601, 2));
    convert::PictureConverter scaled(32, 24);
    CHECK(near(at(scaled.convert(wide.frame), 10, 10), bt601, 2));
  }
  // Where nothing is told, a picture of 720 lines is what is usual for that.
  for (const auto& [rgb, bt601, bt709] : kKnown) {
    convert::PictureConverter small(64, 48), large(1280, 720);
    CHECK(near(at(small.convert(Flat(bt709, 1280, 720).frame), 20, 20), bt601, 2));
    CHECK(near(at(large.convert(Flat(bt601, 64, 48).frame), 640, 360), bt709, 2));
  }
  convert::PictureConverter converter(64, 48);
  Flat same({81, 90, 240}, 64, 48);
  same.frame.matrix = media::Matrix::kBt601;
  CHECK(near(at(converter.convert(same.frame), 20, 20), {81, 90, 240}, 0));
}
