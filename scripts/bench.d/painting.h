// The screen's picture: a textured landscape that pans, with lines of "text" that scroll and boxes that fly across it, and the
// clock mark over its top left corner. Owns its connection to the X server; one thread.
#pragma once

#include <X11/Xlib.h>

#include <cstdint>
#include <vector>

namespace bench {

class Painting {
 public:
  explicit Painting(const char* display);
  ~Painting();
  Painting(const Painting&) = delete;
  Painting& operator=(const Painting&) = delete;

  /// The next picture, below the mark's line; 62.5 times a second.
  void move();
  /// Paints the present millisecond and waits until the server has done it. Returns the microseconds between reading the clock
  /// and the server's answer: the mark was on the screen after that long at the latest.
  int64_t show_clock();

 private:
  void paint_landscape();
  XImage* image_over(std::vector<uint32_t>& pixels, int width, int height);

  Display* display_;
  Window window_;
  GC gc_;
  int width_, height_;
  Pixmap landscape_ = 0;
  int landscape_width_, landscape_height_;
  std::vector<uint32_t> mark_pixels_;
  XImage* mark_ = nullptr;
  int64_t step_ = 0;
};

}  // namespace bench
