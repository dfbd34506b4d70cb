#include "capture/test_picture.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "capture/glyphs.h"
#include "capture/wall_clock.h"

namespace capture {
namespace {

constexpr uint8_t kBlack = 16;
constexpr uint8_t kWhite = 235;
constexpr uint8_t kGround = 32;
constexpr uint8_t kBlock = 180;
constexpr uint8_t kNeutral = 128;

constexpr int even(int value) { return value & ~1; }
constexpr int half_up(int value) { return (value + 1) / 2; }

struct Yuv {
  uint8_t y, u, v;
};

Yuv to_limited_range(double r, double g, double b, int height) {
  const double kr = height >= 720 ? 0.2126 : 0.299;
  const double kb = height >= 720 ? 0.0722 : 0.114;
  const double y = kr * r + (1 - kr - kb) * g + kb * b;
  const auto round = [](double value) { return static_cast<uint8_t>(std::lround(value)); };
  return {round(16 + 219 * y), round(128 + 112 * (b - y) / (1 - kb)), round(128 + 112 * (r - y) / (1 - kr))};
}

std::string clock_text(media::Time wall) {
  const auto ms = static_cast<int>(std::chrono::floor<std::chrono::milliseconds>(wall).count() % 86'400'000);
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%03d", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
  return text.data();
}

std::string number_text(uint64_t sequence) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%08llu", static_cast<unsigned long long>(sequence % 100'000'000));
  return text.data();
}

}  // namespace

TestPicture::TestPicture(int width, int height)
    : width_(width),
      height_(height),
      scale_(std::max(1, std::min(width / 120, height / 90))),
      strides_{width, half_up(width), half_up(width)} {
  const size_t luma = static_cast<size_t>(width) * height;
  const size_t chroma = static_cast<size_t>(half_up(width)) * half_up(height);
  offsets_ = {0, luma, luma + chroma};
  bytes_.resize(luma + 2 * chroma);

  const auto fits = [this](int columns, int rows) { return columns * scale_ <= width_ && rows * scale_ <= height_ / 2; };
  lines_[0] = {3, fits(75, 11), {}};
  lines_[1] = {12, fits(51, 20), {}};
  const int left = even(width / 4);
  const int top = even(5 * height / 8);
  flash_ = {left, top, even(3 * width / 4) - left, even(7 * height / 8) - top};
  block_ = {0, even(height / 2), std::max(1, width / 16), top - even(height / 2)};
  draw_background();
}

void TestPicture::draw_background() {
  const int half = even(height_ / 2);
  fill({0, half, width_, height_ - half}, kGround);
  fill_chroma({0, half, width_, height_ - half}, kNeutral, kNeutral);

  for (int bar = 0; bar < 7; bar++) {
    // Green, red, blue switch off in that order of significance, inverted: white is 0, blue is 6.
    const auto level = [bar](int bit) { return (bar >> bit & 1) != 0 ? 0.0 : 0.75; };
    const Yuv colour = to_limited_range(level(1), level(2), level(0), height_);
    const int left = even(bar * width_ / 7);
    const int right = bar == 6 ? width_ : even((bar + 1) * width_ / 7);
    fill({left, 0, right - left, half}, colour.y);
    fill_chroma({left, 0, right - left, half}, colour.u, colour.v);
  }

  const int ramp = even(7 * height_ / 8);
  for (int y = ramp; y < height_; y++) {
    uint8_t* const row = plane(0) + static_cast<size_t>(y) * strides_[0];
    for (int x = 0; x < width_; x++) row[x] = static_cast<uint8_t>(kBlack + (kWhite - kBlack) * x / std::max(1, width_ - 1));
  }

  const std::array glyphs = {12, 8};
  for (size_t n = 0; n < lines_.size(); n++) {
    if (!lines_[n].fits) continue;
    const Rectangle box{2 * scale_, (lines_[n].row - 1) * scale_, (kGlyphAdvance * glyphs[n] + 1) * scale_, 9 * scale_};
    fill(box, kBlack);
    fill_chroma(box, kNeutral, kNeutral);
    lines_[n].shown.assign(glyphs[n], ' ');
  }
}

void TestPicture::draw(media::Time wall, uint64_t sequence, double phase) {
  draw_text(lines_[0], clock_text(wall));
  draw_text(lines_[1], number_text(sequence));
  draw_flash(wall % std::chrono::seconds(1) < kFlash);
  draw_block(phase);
}

void TestPicture::draw_text(Line& line, std::string_view text) {
  if (!line.fits) return;
  for (size_t i = 0; i < text.size(); i++) {
    if (line.shown[i] == text[i]) continue;
    line.shown[i] = text[i];
    const Glyph& glyph = kGlyphs[kGlyphCharacters.find(text[i])];
    for (int row = 0; row < kGlyphRows; row++) {
      for (int column = 0; column < kGlyphColumns; column++) {
        const bool lit = (glyph[row] >> (kGlyphColumns - 1 - column) & 1) != 0;
        const int x = scale_ * (3 + kGlyphAdvance * static_cast<int>(i) + column);
        fill({x, scale_ * (line.row + row), scale_, scale_}, lit ? kWhite : kBlack);
      }
    }
  }
}

void TestPicture::draw_flash(bool lit) {
  const int luma = lit ? kWhite : kBlack;
  if (luma == flash_luma_) return;
  flash_luma_ = luma;
  fill(flash_, static_cast<uint8_t>(luma));
}

void TestPicture::draw_block(double phase) {
  fill(block_, kGround);
  block_.x = std::clamp(static_cast<int>(phase * (width_ - block_.width + 1)), 0, width_ - block_.width);
  fill(block_, kBlock);
}

void TestPicture::fill(Rectangle area, uint8_t luma) {
  for (int y = area.y; y < area.y + area.height; y++) {
    std::memset(plane(0) + static_cast<size_t>(y) * strides_[0] + area.x, luma, area.width);
  }
}

void TestPicture::fill_chroma(Rectangle area, uint8_t u, uint8_t v) {
  const size_t count = half_up(area.x + area.width) - area.x / 2;
  for (int y = area.y / 2; y < half_up(area.y + area.height); y++) {
    const size_t place = static_cast<size_t>(y) * strides_[1] + area.x / 2;
    std::memset(plane(1) + place, u, count);
    std::memset(plane(2) + place, v, count);
  }
}

media::VideoFrame TestPicture::frame() const {
  media::VideoFrame frame;
  frame.width = width_;
  frame.height = height_;
  frame.strides = strides_;
  for (size_t i = 0; i < offsets_.size(); i++) frame.planes[i] = bytes_.data() + offsets_[i];
  return frame;
}

}  // namespace capture
