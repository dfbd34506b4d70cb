// The screen read and the conversion to I420, as cheap as X and libyuv have them. Owns its X connection and memory; one thread.
#pragma once

#include <X11/Xlib.h>
#include <X11/extensions/XShm.h>

#include <array>
#include <cstdint>
#include <vector>

namespace bench {

class Grabber {
 public:
  explicit Grabber(const char* display);
  ~Grabber();
  Grabber(const Grabber&) = delete;
  Grabber& operator=(const Grabber&) = delete;

  int width() const { return width_; }
  int height() const { return height_; }
  void read();
  void convert();
  /// The planes of the last converted picture, and their strides.
  std::array<uint8_t*, 3> planes();
  std::array<int, 3> strides() const { return {width_, width_ / 2, width_ / 2}; }

 private:
  Display* display_;
  int width_, height_;
  XShmSegmentInfo segment_{};
  XImage* image_;
  std::vector<uint8_t> picture_;
};

}  // namespace bench
