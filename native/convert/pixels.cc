// Pictures to I420 of one size, and to RGBA. Sole includer of libyuv.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <libyuv.h>

#include "convert/convert.h"
#include "convert/plane.h"
#include "convert/recolour.h"
#include "convert/rgb.h"

namespace convert {
namespace {

using media::PixelFormat;

constexpr int kBlackLuma = 16;
constexpr int kNoChroma = 128;
constexpr int kAlignment = 32;

struct Size {
  int width = 0;
  int height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

struct Rectangle {
  int x = 0;
  int y = 0;
  Size size;
};

/// The largest picture of the source's shape that fits, at even places because chroma has half the resolution.
Rectangle fit(Size source, Size target) {
  const double scale =
      std::min(static_cast<double>(target.width) / source.width, static_cast<double>(target.height) / source.height);
  const auto length = [scale](int from, int limit) {
    const int scaled = std::min(limit, static_cast<int>(std::lround(from * scale)));
    return scaled == limit ? limit : std::max(std::min(2, limit), scaled & ~1);
  };
  const Size size{length(source.width, target.width), length(source.height, target.height)};
  return {(target.width - size.width) / 2 & ~1, (target.height - size.height) / 2 & ~1, size};
}

/// I420 in memory that is kept from frame to frame.
class Picture {
 public:
  void resize(Size size) {
    if (size == size_) return;
    size_ = size;
    const int chroma_width = (size.width + 1) / 2;
    const auto aligned = [](int width) { return (width + kAlignment - 1) / kAlignment * kAlignment; };
    strides_ = {aligned(size.width), aligned(chroma_width), aligned(chroma_width)};
    luma_size_ = static_cast<size_t>(strides_[0]) * static_cast<size_t>(size.height);
    chroma_size_ = static_cast<size_t>(strides_[1]) * static_cast<size_t>((size.height + 1) / 2);
    bytes_.resize(luma_size_ + 2 * chroma_size_);
    blacken();
  }

  void blacken() {
    std::fill_n(bytes_.begin(), luma_size_, kBlackLuma);
    std::fill(bytes_.begin() + static_cast<ptrdiff_t>(luma_size_), bytes_.end(), kNoChroma);
  }

  /// The planes from one pixel on; its coordinates are even.
  Planes planes(int x = 0, int y = 0) {
    uint8_t* const u = bytes_.data() + luma_size_ + static_cast<ptrdiff_t>(y / 2) * strides_[1] + x / 2;
    return {{bytes_.data() + static_cast<ptrdiff_t>(y) * strides_[0] + x, u, u + chroma_size_}, strides_};
  }

  /// As a frame that borrows this memory and is otherwise `like` another.
  media::VideoFrame frame(const media::VideoFrame& like) {
    const Planes own = planes();
    media::VideoFrame result = like;
    result.pixel_format = PixelFormat::kI420;
    result.width = size_.width;
    result.height = size_.height;
    result.planes = {own.data[0], own.data[1], own.data[2]};
    result.strides = own.strides;
    return result;
  }

 private:
  Size size_;
  std::array<int, 3> strides_{};
  size_t luma_size_ = 0;
  size_t chroma_size_ = 0;
  std::vector<uint8_t> bytes_;
};

using ToBgra = int (*)(const uint8_t* from, int from_stride, uint8_t* to, int to_stride, int width, int height);

/// libyuv's names tell the order within a word.
ToBgra to_bgra(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRGBA: return &libyuv::ABGRToARGB;
    case PixelFormat::kARGB: return &libyuv::BGRAToARGB;
    case PixelFormat::kBGR24: return &libyuv::RGB24ToARGB;
    case PixelFormat::kRGB24: return &libyuv::RAWToARGB;
    default: return &libyuv::ARGBCopy;
  }
}

/// By way of BGRA, two rows at a time so that these stay in the nearest cache.
void packed_to_i420(const media::VideoFrame& frame, Matrix matrix, const Planes& to) {
  const ToBgra convert = to_bgra(frame.pixel_format);
  const int stride = frame.width * 4;
  std::vector<uint8_t> rows(static_cast<size_t>(stride) * 2);
  for (int y = 0; y < frame.height; y += 2) {
    const int count = std::min(2, frame.height - y);
    convert(frame.planes[0] + static_cast<ptrdiff_t>(y) * frame.strides[0], frame.strides[0], rows.data(), stride, frame.width, count);
    const auto at = [&to](size_t plane, int row) { return to.data[plane] + static_cast<ptrdiff_t>(row) * to.strides[plane]; };
    rgb_to_i420(rows.data(), stride, frame.width, count, false, matrix, {{at(0, y), at(1, y / 2), at(2, y / 2)}, to.strides});
  }
}

void to_i420(const media::VideoFrame& frame, Matrix matrix, Picture& into) {
  const Planes to = into.planes();
  const auto& from = frame.planes;
  const auto& strides = frame.strides;
  switch (frame.pixel_format) {
    case PixelFormat::kI420:
      libyuv::I420Copy(from[0], strides[0], from[1], strides[1], from[2], strides[2], to.data[0], to.strides[0], to.data[1],
                       to.strides[1], to.data[2], to.strides[2], frame.width, frame.height);
      break;
    case PixelFormat::kNV12:
      libyuv::NV12ToI420(from[0], strides[0], from[1], strides[1], to.data[0], to.strides[0], to.data[1], to.strides[1],
                         to.data[2], to.strides[2], frame.width, frame.height);
      break;
    case PixelFormat::kYUY2:
      libyuv::YUY2ToI420(from[0], strides[0], to.data[0], to.strides[0], to.data[1], to.strides[1], to.data[2], to.strides[2],
                         frame.width, frame.height);
      break;
    case PixelFormat::kUYVY:
      libyuv::UYVYToI420(from[0], strides[0], to.data[0], to.strides[0], to.data[1], to.strides[1], to.data[2], to.strides[2],
                         frame.width, frame.height);
      break;
    case PixelFormat::kARGB:
    case PixelFormat::kBGR24:
    case PixelFormat::kRGB24: packed_to_i420(frame, matrix, to); break;
    case PixelFormat::kMJPEG:
    case PixelFormat::kComponents: break;  // never come here: PictureDecoder
    case PixelFormat::kBGRA:
    case PixelFormat::kRGBA:
      rgb_to_i420(from[0], strides[0], frame.width, frame.height, frame.pixel_format == PixelFormat::kRGBA, matrix, to);
      break;
  }
}

/// Box filter, which libyuv makes bilinear where that is as good.
void scale(const media::VideoFrame& frame, const Planes& to, Size size) {
  libyuv::I420Scale(frame.planes[0], frame.strides[0], frame.planes[1], frame.strides[1], frame.planes[2], frame.strides[2],
                    frame.width, frame.height, to.data[0], to.strides[0], to.data[1], to.strides[1], to.data[2], to.strides[2],
                    size.width, size.height, libyuv::kFilterBox);
}

/// An odd source is encoded at the even size below it: its last column or row is left out, which no scaling could do as sharply.
void crop_odd_edge(media::VideoFrame& frame, Size wanted) {
  if (frame.width - wanted.width > 1 || frame.width < wanted.width) return;
  if (frame.height - wanted.height > 1 || frame.height < wanted.height) return;
  frame.width = wanted.width;
  frame.height = wanted.height;
}

bool is_yuv(PixelFormat format) {
  return format == PixelFormat::kI420 || format == PixelFormat::kNV12 || format == PixelFormat::kYUY2 || format == PixelFormat::kUYVY;
}

}  // namespace

void scale_plane(const Plane& from, const Plane& to) {
  libyuv::ScalePlane(from.data, from.stride, from.width, from.height, to.data, to.stride, to.width, to.height, libyuv::kFilterBox);
}

struct PictureConverter::State {
  Size wanted;
  Picture result;
  Picture unscaled;  // in I420, when it has to be scaled
  Size fitted;       // the source size that `result` has its black bars for
};

PictureConverter::PictureConverter(int width, int height) : state_(std::make_unique<State>()) {
  state_->wanted = {width, height};
}
PictureConverter::~PictureConverter() = default;

media::VideoFrame PictureConverter::convert(const media::VideoFrame& source) {
  auto& [wanted, result, unscaled, fitted] = *state_;
  const Matrix matrix = video_matrix(wanted.height);
  media::VideoFrame frame = source;
  crop_odd_edge(frame, wanted);
  const Size size{frame.width, frame.height};
  const bool planar = frame.pixel_format == PixelFormat::kI420;
  const Matrix own_matrix = frame.matrix.value_or(video_matrix(source.height));
  const bool other_colour = is_yuv(frame.pixel_format) && (frame.full_range || own_matrix != matrix);
  const auto convert_into = [&](Picture& picture) {
    picture.resize(size);
    to_i420(frame, matrix, picture);
    if (other_colour) recolour(picture.planes(), size.width, size.height, own_matrix, frame.full_range, matrix);
    frame.full_range = false;
    frame.matrix = matrix;
    return picture.frame(frame);
  };

  if (size == wanted) {
    fitted = size;
    return convert_into(result);
  }

  if (!planar || other_colour) frame = convert_into(unscaled);
  result.resize(wanted);
  if (fitted != size) result.blacken();
  fitted = size;
  const Rectangle place = fit(size, wanted);
  scale(frame, result.planes(place.x, place.y), place.size);
  return result.frame(frame);
}

media::VideoFrame PictureConverter::black() {
  auto& [wanted, result, unscaled, fitted] = *state_;
  result.resize(wanted);
  result.blacken();
  fitted = {};
  return result.frame({});
}

struct RgbaConverter::State {
  Picture planar;
  std::vector<uint8_t> rgba;
};

RgbaConverter::RgbaConverter() : state_(std::make_unique<State>()) {}
RgbaConverter::~RgbaConverter() = default;

media::VideoFrame RgbaConverter::convert(const media::VideoFrame& source) {
  auto& [planar, rgba] = *state_;
  media::VideoFrame frame = source;
  const int stride = frame.width * 4;
  rgba.resize(static_cast<size_t>(stride) * static_cast<size_t>(frame.height));
  uint8_t* const to = rgba.data();
  if (is_yuv(frame.pixel_format)) {
    if (frame.pixel_format != PixelFormat::kI420) {
      planar.resize({frame.width, frame.height});
      to_i420(frame, Matrix::kBt601, planar);  // the matrix is for RGB
      frame = planar.frame(frame);
    }
    // With U and V exchanged, in the planes and in the constants, what libyuv calls ARGB lies in memory as RGBA.
    const bool hd = frame.matrix.value_or(video_matrix(frame.height)) == Matrix::kBt709;
    const auto& limited = hd ? libyuv::kYvuH709Constants : libyuv::kYvuI601Constants;
    const auto& full = hd ? libyuv::kYvuF709Constants : libyuv::kYvuJPEGConstants;
    libyuv::I420ToARGBMatrix(frame.planes[0], frame.strides[0], frame.planes[2], frame.strides[2], frame.planes[1],
                             frame.strides[1], to, stride, frame.full_range ? &full : &limited, frame.width, frame.height);
  } else {
    to_bgra(frame.pixel_format)(frame.planes[0], frame.strides[0], to, stride, frame.width, frame.height);
    libyuv::ARGBToABGR(to, stride, to, stride, frame.width, frame.height);
    for (size_t alpha = 3; alpha < rgba.size(); alpha += 4) to[alpha] = 255;
  }
  frame.pixel_format = PixelFormat::kRGBA;
  frame.planes = {to};
  frame.strides = {stride};
  return frame;
}

Matrix video_matrix(int height) { return height >= 720 ? Matrix::kBt709 : Matrix::kBt601; }

}  // namespace convert
