#include "grabber.h"

#include <X11/Xutil.h>
#include <libyuv/convert.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <stdexcept>

namespace bench {

Grabber::Grabber(const char* display) : display_(XOpenDisplay(display)) {
  if (!display_) throw std::runtime_error("cannot open the X display");
  const int screen = DefaultScreen(display_);
  width_ = DisplayWidth(display_, screen) & ~1;
  height_ = DisplayHeight(display_, screen) & ~1;
  const auto depth = static_cast<unsigned>(DefaultDepth(display_, screen));
  image_ = XShmCreateImage(display_, DefaultVisual(display_, screen), depth, ZPixmap, nullptr, &segment_,
                           static_cast<unsigned>(width_), static_cast<unsigned>(height_));
  const size_t size = static_cast<size_t>(image_->bytes_per_line) * static_cast<size_t>(height_);
  segment_.shmid = shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
  if (segment_.shmid < 0) throw std::runtime_error("no shared memory");
  image_->data = segment_.shmaddr = static_cast<char*>(shmat(segment_.shmid, nullptr, 0));
  XShmAttach(display_, &segment_);
  XSync(display_, False);
  shmctl(segment_.shmid, IPC_RMID, nullptr);
  picture_.resize(static_cast<size_t>(width_) * static_cast<size_t>(height_) * 3 / 2);
}

Grabber::~Grabber() {
  XShmDetach(display_, &segment_);
  shmdt(segment_.shmaddr);
  image_->data = nullptr;
  XDestroyImage(image_);
  XCloseDisplay(display_);
}

void Grabber::read() { XShmGetImage(display_, DefaultRootWindow(display_), image_, 0, 0, AllPlanes); }

void Grabber::convert() {
  const auto [y, u, v] = planes();
  const auto [y_stride, u_stride, v_stride] = strides();
  const auto* pixels = reinterpret_cast<const uint8_t*>(image_->data);
  libyuv::ARGBToI420(pixels, image_->bytes_per_line, y, y_stride, u, u_stride, v, v_stride, width_, height_);
}

std::array<uint8_t*, 3> Grabber::planes() {
  uint8_t* y = picture_.data();
  uint8_t* u = y + width_ * height_;
  return {y, u, u + width_ * height_ / 4};
}

}  // namespace bench
