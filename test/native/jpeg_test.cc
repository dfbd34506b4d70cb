// JPEG pictures as cameras send them: made by TurboJPEG in every sampling, and by ffmpeg, which writes 4:2:2 in another way.
#include <doctest/doctest.h>
#include <turbojpeg.h>

#include <array>
#include <cstdio>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "convert/convert.h"
#include "error_of.h"
#include "media/error.h"
#include "quarters.h"

namespace {

using Bytes = std::vector<uint8_t>;

Bytes made_by_turbojpeg(int sampling, int width, int height) {
  Bytes rgb;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto& colour = quarters::kRgb[static_cast<size_t>((y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0))];
      rgb.insert(rgb.end(), colour.begin(), colour.end());
    }
  }
  tjhandle compressor = tjInitCompress();
  unsigned char* jpeg = nullptr;
  unsigned long size = 0;
  const int failed = tjCompress2(compressor, rgb.data(), width, 0, height, TJPF_RGB, &jpeg, &size, sampling, 95, 0);
  Bytes bytes(jpeg, jpeg + (failed == 0 ? size : 0));
  tjFree(jpeg);
  tjDestroy(compressor);
  REQUIRE(failed == 0);
  return bytes;
}

Bytes made_by_ffmpeg(const std::string& format) {
  const std::string command = "ffmpeg -loglevel error -f lavfi -i color=white:s=64x48,format=rgb24,drawbox=32:0:32:24:red:fill," +
                              std::string("drawbox=0:24:32:24:blue:fill,drawbox=32:24:32:24:black:fill,format=") + format +
                              " -frames:v 1 -q:v 1 -f mjpeg -";
  FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Bytes bytes(100'000);
  bytes.resize(fread(bytes.data(), 1, bytes.size(), pipe));
  REQUIRE(pclose(pipe) == 0);
  return bytes;
}

/// Where the entropy-coded data begin; `segment` is called with each segment before, whole.
template <typename Each>
size_t for_each_segment(const Bytes& jpeg, Each segment) {
  size_t at = 2;
  while (at + 4 <= jpeg.size()) {
    const size_t length = 2 + jpeg[at + 2] * 256 + jpeg[at + 3];
    segment(jpeg[at + 1], at, length);
    at += length;
    if (jpeg[at - length + 1] == 0xda) break;
  }
  return at;
}

/// As a webcam's: the standard's Huffman tables are meant, and not sent.
Bytes without_huffman_tables(const Bytes& jpeg) {
  Bytes result(jpeg.begin(), jpeg.begin() + 2);
  const auto append = [&](size_t from, size_t to) { result.insert(result.end(), jpeg.begin() + from, jpeg.begin() + to); };
  const size_t data = for_each_segment(jpeg, [&](int marker, size_t at, size_t length) {
    if (marker != 0xc4) append(at, at + length);
  });
  append(data, jpeg.size());
  REQUIRE(result.size() < jpeg.size());
  return result;
}

media::VideoFrame as_frame(const Bytes& jpeg, int width = 64, int height = 48) {
  media::VideoFrame frame;
  frame.pixel_format = media::PixelFormat::kMJPEG;
  frame.width = width;
  frame.height = height;
  frame.planes[0] = jpeg.data();
  frame.strides[0] = static_cast<int>(jpeg.size());
  return frame;
}

void check_colours(convert::PictureDecoder& decoder, const Bytes& jpeg, bool grey = false, int width = 64, int height = 48) {
  const auto decoded = decoder.decode(as_frame(jpeg, width, height));
  REQUIRE(decoded);
  quarters::check(*decoded, grey);
}

}  // namespace

TEST_CASE("jpeg: every sampling becomes the colours that it shows, in limited range") {
  convert::PictureDecoder decoder;
  for (const int sampling : {TJSAMP_420, TJSAMP_422, TJSAMP_444, TJSAMP_440, TJSAMP_411, TJSAMP_GRAY}) {
    for (const auto& [width, height] : {std::pair{64, 48}, {62, 46}, {65, 47}, {67, 49}}) {
      CAPTURE(sampling);
      CAPTURE(width);
      check_colours(decoder, made_by_turbojpeg(sampling, width, height), sampling == TJSAMP_GRAY, width, height);
    }
  }
  for (const char* const format : {"yuvj420p", "yuvj422p", "yuvj444p"}) {
    CAPTURE(format);
    check_colours(decoder, made_by_ffmpeg(format));
  }
}

TEST_CASE("jpeg: without Huffman tables the standard's are meant, whatever came before") {
  convert::PictureDecoder decoder;
  for (const int sampling : {TJSAMP_420, TJSAMP_422}) {
    check_colours(decoder, made_by_ffmpeg("yuvj422p"));  // has tables of its own
    check_colours(decoder, without_huffman_tables(made_by_turbojpeg(sampling, 64, 48)));
  }
}

TEST_CASE("jpeg: some bytes too many at the end are no harm") {
  convert::PictureDecoder decoder;
  Bytes before_the_end = made_by_turbojpeg(TJSAMP_422, 64, 48);
  Bytes after_it = before_the_end;
  before_the_end.insert(before_the_end.end() - 2, {0, 0, 0});
  check_colours(decoder, before_the_end);
  after_it.resize(after_it.size() + 500);
  check_colours(decoder, after_it);
}

TEST_CASE("jpeg: a broken one is left out, and nothing but them is an error that names the camera") {
  convert::PictureDecoder decoder("/dev/video7");
  const Bytes whole = made_by_turbojpeg(TJSAMP_422, 64, 48);
  Bytes torn = whole;
  torn.resize(whole.size() * 2 / 3);
  Bytes torn_with_end = torn;
  torn_with_end.insert(torn_with_end.end(), {0xff, 0xd9});
  const Bytes noise(1000, 0x5a);
  const std::array broken{torn, torn_with_end, noise};
  for (size_t i = 0; i < 99; ++i) CHECK_FALSE(decoder.decode(as_frame(broken[i % 3])));
  CHECK(decoder.decode(as_frame(whole)));
  for (ptrdiff_t i = 0; i < 99; ++i) CHECK_FALSE(decoder.decode(as_frame(Bytes(whole.begin(), whole.begin() + i))));
  const auto error = test::error_of([&] { decoder.decode(as_frame(noise)); });
  CHECK(error.code == media::Code::kDeviceLost);
  CHECK(error.device == "/dev/video7");
  CHECK_FALSE(convert::PictureDecoder().decode(as_frame(whole, 128, 48)));
  CHECK_FALSE(convert::PictureDecoder().decode(as_frame(whole, 64, 46)));
}

TEST_CASE("jpeg: thousands of damaged ones, none read or written out of bounds") {
  std::mt19937 random(1);
  size_t decoded = 0, left_out = 0;
  uint64_t light = 0;
  for (const int sampling : {TJSAMP_420, TJSAMP_422, TJSAMP_444, TJSAMP_411, TJSAMP_GRAY}) {
    const Bytes whole = made_by_turbojpeg(sampling, 64, 48);
    for (int round = 0; round < 1000; ++round) {
      Bytes damaged = whole;
      for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
        damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
      }
      if (random() % 4 == 0) damaged.resize(random() % damaged.size());
      convert::PictureDecoder decoder;
      const auto frame = decoder.decode(as_frame(damaged));
      ++(frame ? decoded : left_out);
      for (size_t plane = 0; frame && plane < 3; ++plane) {
        for (int y = 0; y < (plane == 0 ? 48 : 24); ++y) {  // what lies outside is for ASan to see
          const uint8_t* const row = frame->planes[plane] + y * frame->strides[plane];
          light += std::accumulate(row, row + (plane == 0 ? 64 : 32), uint64_t{0});
        }
      }
    }
  }
  CHECK(light > 0);
  MESSAGE(decoded << " were whole enough, " << left_out << " were left out");
  CHECK(left_out > 1000);
}
