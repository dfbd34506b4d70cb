// What only cameras give, as pictures that the others can work with.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "convert/components.h"
#include "convert/convert.h"
#include "convert/jpeg.h"
#include "convert/plane.h"
#include "media/error.h"

namespace convert {
namespace {

using media::PixelFormat;

constexpr int kTooManyBroken = 100;  // some seconds of them

}  // namespace

struct PictureDecoder::State {
  bool decode_jpeg(media::VideoFrame& frame);
  media::VideoFrame i420(const media::VideoFrame& like, std::array<Plane, 3> planes);

  std::string device;
  int broken = 0;  // in a row
  Jpeg jpeg;
  ComponentReader components;
  std::array<std::vector<uint8_t>, 2> halved{};  // chroma, where that is not 4:2:0
};

/// Chroma of any other resolution comes to half of luma's, each way.
media::VideoFrame PictureDecoder::State::i420(const media::VideoFrame& like, std::array<Plane, 3> planes) {
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
  media::VideoFrame frame = like;
  frame.pixel_format = PixelFormat::kI420;
  for (size_t i = 0; i < 3; ++i) {
    frame.planes[i] = planes[i].data;
    frame.strides[i] = planes[i].stride;
  }
  return frame;
}

bool PictureDecoder::State::decode_jpeg(media::VideoFrame& frame) {
  std::array<Plane, 3> planes{};
  if (!jpeg.decode(frame, planes)) {
    if (++broken < kTooManyBroken) return false;
    throw media::Error(media::Code::kDeviceLost,
                       "camera " + device + " gives nothing but broken JPEG pictures; check its cable, or choose another format")
        .with_device(device);
  }
  broken = 0;
  frame = i420(frame, planes);
  frame.matrix = Matrix::kBt601;  // what JFIF says of every JPEG
  frame.full_range = true;
  return true;
}

PictureDecoder::PictureDecoder(std::string device) : state_(std::make_unique<State>()) { state_->device = std::move(device); }
PictureDecoder::~PictureDecoder() = default;
PictureDecoder& PictureDecoder::operator=(PictureDecoder&& other) noexcept = default;

std::optional<media::VideoFrame> PictureDecoder::decode(const media::VideoFrame& source) {
  media::VideoFrame frame = source;
  switch (source.pixel_format) {
    case PixelFormat::kMJPEG: return state_->decode_jpeg(frame) ? std::optional(frame) : std::nullopt;
    case PixelFormat::kComponents: break;
    default: return frame;
  }
  if (source.components->model == media::Components::Model::kYuv) return state_->i420(source, state_->components.planes(source));
  const Plane bgra = state_->components.bgra(source);
  frame.pixel_format = PixelFormat::kBGRA;
  frame.planes = {bgra.data};
  frame.strides = {bgra.stride};
  return frame;
}

}  // namespace convert
