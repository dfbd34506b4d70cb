// JPEG pictures of cameras. Sole includer of TurboJPEG: libyuv's own decoder takes 4:2:2 and 4:4:4 only where the sampling
// factors are written in the shortest way, and cannot tell a torn picture from a whole one.
#include "convert/jpeg.h"

#include <cstdio>
#include <memory>
#include <new>

#include <turbojpeg.h>

namespace convert {
namespace {

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

bool Jpeg::decode(const media::VideoFrame& frame, std::array<Plane, 3>& planes) {
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
    memory_[index].resize(tjPlaneSizeYUV(i, width, plane.stride, height, sampling));
    plane.data = data[index] = memory_[index].data();
    strides[index] = plane.stride;
  }
  const int failed = tjDecompressToYUVPlanes(decompressor.get(), frame.planes[0], size, data.data(), width, strides.data(),
                                             height, TJFLAG_LIMITSCANS);
  if (failed != 0 && !is_harmless(decompressor.get())) return false;
  if (grey) planes[1] = planes[2] = {nullptr, 0, 0, 0};
  return true;
}

}  // namespace convert
