// JPEG pictures of cameras. Sole includer of TurboJPEG: libyuv's own decoder takes 4:2:2 and 4:4:4 only where the sampling
// factors are written in the shortest way, and cannot tell a torn picture from a whole one.
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <turbojpeg.h>

#include "convert/convert.h"
#include "convert/plane.h"
#include "media/error.h"

namespace convert {
namespace {

using media::PixelFormat;

constexpr int kTooManyBroken = 100;   // some seconds of them
constexpr unsigned kHarmlessTail = 16;  // bytes

using Decompressor = std::unique_ptr<void, decltype(&tjDestroy)>;

/// What TurboJPEG calls no more than a warning is a torn picture all the same, but for what many cameras do: some bytes too
/// many at the end.
bool is_harmless(tjhandle decompressor) {
  unsigned count = 0;
  int read = 0;
  std::sscanf(tjGetErrorStr2(decompressor), "Corrupt JPEG data: %u extraneous bytes before marker 0xd9%n", &count, &read);
  return tjGetErrorCode(decompressor) == TJERR_WARNING && read > 0 && count <= kHarmlessTail;
}

}  // namespace

struct PictureDecoder::State {
  bool decode_planes(const media::VideoFrame& frame);
  void halve_chroma();

  std::string device;
  int broken = 0;                                // in a row
  std::array<std::vector<uint8_t>, 3> memory{};  // as the picture has them
  std::array<std::vector<uint8_t>, 2> halved{};  // chroma, where that is not 4:2:0
  std::array<Plane, 3> planes{};
};

/// False for one that is broken, or of another size.
bool PictureDecoder::State::decode_planes(const media::VideoFrame& frame) {
  // A new one each time: Huffman tables of a picture before, which may have been broken, do not stand in for what this one lacks;
  // the standard's own do, as cameras that send none mean it.
  const Decompressor decompressor(tjInitDecompress(), &tjDestroy);
  if (!decompressor) throw std::bad_alloc();
  const auto size = static_cast<unsigned long>(frame.strides[0]);
  int width = 0, height = 0, sampling = 0, colours = 0;
  if (tjDecompressHeader3(decompressor.get(), frame.planes[0], size, &width, &height, &sampling, &colours) != 0) return false;
  const bool grey = colours == TJCS_GRAY && sampling == TJSAMP_GRAY;
  if (width != frame.width || height != frame.height || !(grey || colours == TJCS_YCbCr)) return false;

  std::array<unsigned char*, 3> data{};
  std::array<int, 3> strides{};
  for (int i = 0; i < (grey ? 1 : 3); ++i) {
    const auto index = static_cast<size_t>(i);
    Plane& plane = planes[index];
    plane = {nullptr, tjPlaneWidth(i, width, sampling), tjPlaneWidth(i, width, sampling), tjPlaneHeight(i, height, sampling)};
    memory[index].resize(tjPlaneSizeYUV(i, width, plane.stride, height, sampling));
    plane.data = data[index] = memory[index].data();
    strides[index] = plane.stride;
  }
  const int failed = tjDecompressToYUVPlanes(decompressor.get(), frame.planes[0], size, data.data(), width, strides.data(),
                                             height, TJFLAG_LIMITSCANS);
  if (failed != 0 && !is_harmless(decompressor.get())) return false;
  if (grey) planes[1] = planes[2] = {nullptr, 0, 0, 0};
  return true;
}

/// Chroma of any other resolution to half of luma's, each way.
void PictureDecoder::State::halve_chroma() {
  const int width = (planes[0].width + 1) / 2, height = (planes[0].height + 1) / 2;
  for (size_t i = 1; i < 3; ++i) {
    Plane& plane = planes[i];
    if (plane.width == width && plane.height == height) continue;
    std::vector<uint8_t>& into = halved[i - 1];
    const Plane half{(into.resize(static_cast<size_t>(width) * static_cast<size_t>(height)), into.data()), width, width, height};
    if (plane.data == nullptr) {
      std::fill(into.begin(), into.end(), 128);
    } else {
      scale_plane(plane, half);
    }
    plane = half;
  }
}

PictureDecoder::PictureDecoder(std::string device) : state_(std::make_unique<State>()) { state_->device = std::move(device); }
PictureDecoder::~PictureDecoder() = default;
PictureDecoder& PictureDecoder::operator=(PictureDecoder&& other) noexcept = default;

std::optional<media::VideoFrame> PictureDecoder::decode(const media::VideoFrame& frame) {
  if (frame.pixel_format != PixelFormat::kMJPEG) return frame;
  State& s = *state_;
  if (!s.decode_planes(frame)) {
    if (++s.broken < kTooManyBroken) return std::nullopt;
    throw media::Error(media::Code::kDeviceLost, "camera " + s.device + " gives nothing but broken JPEG pictures; check its " +
                                                     "cable, or choose another format")
        .with_device(s.device);
  }
  s.broken = 0;
  s.halve_chroma();
  media::VideoFrame decoded = frame;
  decoded.pixel_format = PixelFormat::kI420;
  for (size_t i = 0; i < 3; ++i) {
    decoded.planes[i] = s.planes[i].data;
    decoded.strides[i] = s.planes[i].stride;
  }
  decoded.matrix = Matrix::kBt601;  // what JFIF says of every JPEG
  decoded.full_range = true;
  return decoded;
}

}  // namespace convert
