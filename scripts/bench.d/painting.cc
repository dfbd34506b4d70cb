#include "painting.h"

#include <X11/Xutil.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "mark.h"
#include "monotonic.h"

namespace bench {
namespace {

constexpr uint32_t kWhite = 0xFFFFFF, kBlack = 0;
constexpr int kBoxes = 6, kBoxSize = 96;

uint32_t hash(uint32_t x, uint32_t y) {
  uint32_t h = x * 0x85EBCA6Bu ^ y * 0xC2B2AE35u;
  h ^= h >> 15;
  h *= 0x27D4EB2Fu;
  return h ^ h >> 13;
}

double value_noise(double x, double y) {
  const int ix = static_cast<int>(std::floor(x)), iy = static_cast<int>(std::floor(y));
  const double fx = x - ix, fy = y - iy;
  const double sx = fx * fx * (3 - 2 * fx), sy = fy * fy * (3 - 2 * fy);
  auto at = [](int cx, int cy) { return (hash(static_cast<uint32_t>(cx), static_cast<uint32_t>(cy)) & 0xFFFF) / 65535.0; };
  const double top = std::lerp(at(ix, iy), at(ix + 1, iy), sx), bottom = std::lerp(at(ix, iy + 1), at(ix + 1, iy + 1), sx);
  return std::lerp(top, bottom, sy);
}

uint32_t landscape_pixel(int x, int y) {
  double light = 0, weight = 0.5;
  for (double scale = 160; scale > 4; scale /= 2.5, weight *= 0.5) light += weight * value_noise(x / scale, y / scale);
  const double tint = value_noise(x / 300.0 + 50, y / 300.0 + 50);
  auto channel = [&](double gain) { return static_cast<uint32_t>(std::clamp(255 * light * gain, 0.0, 255.0)); };
  // Rows of glyph-like strokes on a fifth of the picture, as a desktop has.
  const bool text = (x / 420) % 3 == 1 && (y / 300) % 2 == 1;
  if (text) {
    const bool stroke = y % 18 < 12 && (hash(static_cast<uint32_t>(x / 2), static_cast<uint32_t>(y / 3)) & 3) == 0;
    return stroke ? 0x202020 : 0xE8E8E0;
  }
  return channel(0.7 + 0.6 * tint) << 16 | channel(1.1) << 8 | channel(1.4 - 0.8 * tint);
}

}  // namespace

Painting::Painting(const char* display) : display_(XOpenDisplay(display)) {
  if (!display_) throw std::runtime_error(std::string("cannot open the X display ") + display);
  const int screen = DefaultScreen(display_);
  width_ = DisplayWidth(display_, screen);
  height_ = DisplayHeight(display_, screen);
  XSetWindowAttributes attributes{};
  attributes.override_redirect = True;
  window_ = XCreateWindow(display_, RootWindow(display_, screen), 0, 0, static_cast<unsigned>(width_),
                          static_cast<unsigned>(height_), 0, CopyFromParent, InputOutput, CopyFromParent, CWOverrideRedirect,
                          &attributes);
  gc_ = XCreateGC(display_, window_, 0, nullptr);
  XSetGraphicsExposures(display_, gc_, False);
  XMapRaised(display_, window_);
  landscape_width_ = width_ + 640;
  landscape_height_ = height_ + 360;
  paint_landscape();

  mark_pixels_.resize(static_cast<size_t>(kMarkWidth) * kMarkHeight);
  mark_ = image_over(mark_pixels_, kMarkWidth, kMarkHeight);
  move();
  show_clock();
}

Painting::~Painting() {
  mark_->data = nullptr;  // ours
  XDestroyImage(mark_);
  XCloseDisplay(display_);
}

XImage* Painting::image_over(std::vector<uint32_t>& pixels, int width, int height) {
  const int screen = DefaultScreen(display_);
  const auto depth = static_cast<unsigned>(DefaultDepth(display_, screen));
  return XCreateImage(display_, DefaultVisual(display_, screen), depth, ZPixmap, 0, reinterpret_cast<char*>(pixels.data()),
                      static_cast<unsigned>(width), static_cast<unsigned>(height), 32, width * 4);
}

void Painting::paint_landscape() {
  const auto width = static_cast<unsigned>(landscape_width_), height = static_cast<unsigned>(landscape_height_);
  const auto depth = static_cast<unsigned>(DefaultDepth(display_, DefaultScreen(display_)));
  landscape_ = XCreatePixmap(display_, window_, width, height, depth);
  std::vector<uint32_t> pixels(size_t{width} * height);
  auto pixel = pixels.begin();
  for (int y = 0; y < landscape_height_; ++y)
    for (int x = 0; x < landscape_width_; ++x) *pixel++ = landscape_pixel(x, y);
  XImage* image = image_over(pixels, landscape_width_, landscape_height_);
  XPutImage(display_, landscape_, gc_, image, 0, 0, 0, 0, width, height);
  XSync(display_, False);
  image->data = nullptr;  // the vector's
  XDestroyImage(image);
}

void Painting::move() {
  const double angle = static_cast<double>(step_++) / 160;
  const int x = static_cast<int>((landscape_width_ - width_) / 2 * (1 + std::sin(angle)));
  const int y = static_cast<int>((landscape_height_ - height_) / 2 * (1 + std::sin(angle * 1.3)));
  XCopyArea(display_, landscape_, window_, gc_, x, y + kMarkHeight, static_cast<unsigned>(width_),
            static_cast<unsigned>(height_ - kMarkHeight), 0, kMarkHeight);
  for (int box = 0; box < kBoxes; ++box) {
    const auto phase = static_cast<int>(step_) * (3 + box) + box * 211;
    XCopyArea(display_, landscape_, window_, gc_, 97 * box, 131 * box % 300, kBoxSize, kBoxSize, phase % width_,
              kMarkHeight + (phase / 2 + box * 100) % (height_ - kMarkHeight - kBoxSize));
  }
  XSync(display_, False);
}

int64_t Painting::show_clock() {
  const int64_t begin = now_us();
  const uint32_t mark = mark_of(static_cast<uint32_t>(begin / 1000));
  for (int bit = 0; bit < kMarkBits; ++bit) {
    const uint32_t colour = mark >> bit & 1 ? kWhite : kBlack;
    for (int row = 0; row < kMarkHeight; ++row)
      std::fill_n(mark_pixels_.begin() + row * kMarkWidth + bit * kMarkBlock, kMarkBlock, colour);
  }
  XPutImage(display_, window_, gc_, mark_, 0, 0, 0, 0, kMarkWidth, kMarkHeight);
  XSync(display_, False);
  return now_us() - begin;
}

}  // namespace bench
