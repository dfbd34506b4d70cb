// Formats told by where their components lie: pictures made by ffmpeg, which has its own idea of each of them.
#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "capture/v4l2_formats.h"
#include "convert/convert.h"
#include "media/picture_layout.h"
#include "quarters.h"

namespace {

using Bytes = std::vector<uint8_t>;

Bytes made_by_ffmpeg(const std::string& pixels, int width, int height) {
  const std::string w = std::to_string(width / 2), h = std::to_string(height / 2);
  const std::string right = w + ":0:iw:" + h, left = "0:" + h + ":" + w + ":ih", corner = w + ":" + h + ":iw:ih";
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  const std::string command = "ffmpeg -loglevel error -f lavfi -i color=white:s=" + size + ",format=rgb24,drawbox=" + right +
                              ":red:fill,drawbox=" + left + ":blue:fill,drawbox=" + corner +
                              ":black:fill,scale=sws_dither=none,format=" + pixels + " -frames:v 1 -f rawvideo -";
  FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Bytes bytes(static_cast<size_t>(width) * static_cast<size_t>(height) * 8);
  bytes.resize(fread(bytes.data(), 1, bytes.size(), pipe));
  REQUIRE(pclose(pipe) == 0);
  return bytes;
}

media::VideoFrame as_frame(const media::Components& components, const Bytes& bytes, int width, int height) {
  const media::PictureLayout layout = media::picture_layout(components, width, height);
  REQUIRE(layout.size == bytes.size());  // not a byte more is there to be read
  media::VideoFrame frame;
  frame.pixel_format = media::PixelFormat::kComponents;
  frame.components = &components;
  frame.width = width;
  frame.height = height;
  frame.strides = layout.strides;
  for (size_t i = 0; i < 3 && layout.strides[i] != 0; ++i) frame.planes[i] = bytes.data() + layout.offsets[i];
  return frame;
}

const media::Components& components_of(const std::string& name) {
  const auto format = capture::find_v4l2_format(name);
  REQUIRE(format);
  REQUIRE(format->components != nullptr);
  return *format->components;
}

}  // namespace

TEST_CASE("components: the colours are right, at any size") {
  constexpr std::pair<const char*, const char*> kFormats[] = {
      {"NV21", "nv21"},        {"NV24", "nv24"},     {"NV42", "nv42"},     {"422P", "yuv422p"},  {"YM24", "yuv444p"},
      {"YVYU", "yvyu422"},     {"GREY", "gray"},     {"Y10 ", "gray10le"}, {"Y12 ", "gray12le"}, {"Y16 ", "gray16le"},
      {"Y16 -BE", "gray16be"}, {"RGBP", "rgb565le"}, {"RGBR", "rgb565be"}, {"RGBO", "rgb555le"}, {"RGBQ", "rgb555be"},
      {"R444", "rgb444le"},    {"XB12", "bgr444le"}, {"XB15", "bgr555le"}, {"RA24", "abgr"},     {"RX24", "0bgr"},
  };
  convert::PictureDecoder decoder;
  for (const auto& [name, pixels] : kFormats) {
    const media::Components& components = components_of(name);
    const bool grey = components.all[1].bits == 0;
    const int tolerance = components.all[0].bits == 4 ? 10 : 3;  // ffmpeg dithers these, whatever it is told
    for (const auto& [width, height] : {std::pair{64, 48}, {65, 47}, {67, 50}}) {
      CAPTURE(std::string(name));
      CAPTURE(width);
      const Bytes bytes = made_by_ffmpeg(pixels, width, height);
      auto decoded = decoder.decode(as_frame(components, bytes, width, height));
      REQUIRE(decoded);
      decoded->full_range = grey;
      quarters::check(*decoded, grey, tolerance);
    }
  }
}

TEST_CASE("components: rows may be longer than the picture, and are told apart by their ends") {
  const media::Components& components = components_of("RGBP");
  constexpr int kWidth = 5, kHeight = 3, kStride = 24;
  Bytes bytes(kStride * (kHeight - 1) + kWidth * 2, 0xff);
  for (int y = 0; y < kHeight; ++y) {
    uint8_t* const row = &bytes[static_cast<size_t>(y * kStride)];
    for (int x = 0; x < kWidth; ++x) row[2 * x] = 0x1f, row[2 * x + 1] = 0;  // blue
  }
  media::VideoFrame frame;
  frame.pixel_format = media::PixelFormat::kComponents;
  frame.components = &components;
  frame.width = kWidth;
  frame.height = kHeight;
  frame.planes[0] = bytes.data();
  frame.strides[0] = kStride;
  convert::PictureDecoder decoder;
  const auto decoded = decoder.decode(frame);
  REQUIRE(decoded);
  CHECK(decoded->pixel_format == media::PixelFormat::kBGRA);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const uint8_t* const pixel = decoded->planes[0] + y * decoded->strides[0] + 4 * x;
      CHECK(std::array{pixel[0], pixel[1], pixel[2], pixel[3]} == std::array<uint8_t, 4>{255, 0, 0, 255});
    }
  }
}

TEST_CASE("components: a mosaic of one colour is that colour to its edges") {
  for (const char* const name : {"RGGB", "GRBG", "GBRG", "BA81"}) {
    CAPTURE(std::string(name));
    const media::Components& components = components_of(name);
    for (const auto& [width, height] : {std::pair{2, 2}, {7, 5}, {16, 8}}) {
      CAPTURE(width);
      Bytes bytes;
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const bool red_column = x % 2 == components.red_x, red_row = y % 2 == components.red_y;
          bytes.push_back(red_column != red_row ? 100 : red_column ? 200 : 50);
        }
      }
      convert::PictureDecoder decoder;
      const auto decoded = decoder.decode(as_frame(components, bytes, width, height));
      REQUIRE(decoded);
      for (int i = 0; i < width * height; ++i) {
        const uint8_t* const pixel = decoded->planes[0] + i / width * decoded->strides[0] + 4 * (i % width);
        CHECK(std::array{pixel[0], pixel[1], pixel[2], pixel[3]} == std::array<uint8_t, 4>{50, 100, 200, 255});
      }
    }
  }
}

TEST_CASE("components: big-endian twins have names of their own") {
  for (const std::string name : {"AR15", "AR15-BE", "Y16 ", "Y16 -BE", "YUYV"}) {
    CHECK(capture::to_name(capture::to_fourcc(name)) == name);
  }
  CHECK(capture::to_fourcc("AR15-BE") == (capture::to_fourcc("AR15") | 1U << 31));
}
