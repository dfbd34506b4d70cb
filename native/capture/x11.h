// An X server by its display's name, and pictures of one of its screens. libxcb is loaded at run time; this room's only file
// that knows it is x11.cc. Xlib is not used: its process-wide error handlers end the process when a server dies. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "capture/cursor.h"
#include "media/time.h"

namespace capture {

struct Region {
  int x;
  int y;
  int width;
  int height;
};

/// A picture of 32 bits a pixel: blue, green, red, and a byte without meaning. Writing to it changes this copy only.
struct Grab {
  uint32_t* pixels;
  size_t stride;  // pixels
  media::Time moment;
  std::optional<Cursor> cursor;
};

class X11Display {
 public:
  /// `name` as in $DISPLAY. Waits no longer than `timeout`, or until `stop`. Throws ERR_DEVICE_NOT_FOUND; ERR_DEVICE_PERMISSION
  /// when the server refuses this user; ERR_DEVICE_FORMAT when the server has no picture of the screen, as Xwayland has none.
  X11Display(std::string name, std::stop_token stop, media::Time timeout);
  ~X11Display();

  struct Size {
    int width;
    int height;
  };
  /// The sizes of all screens, and the number of the one that the name selects.
  std::vector<Size> sizes() const;
  int screen() const;
  /// Another one when the server has been another in between; 0 where that is not known, as of one on another machine.
  uint64_t instance() const;

  /// Prepares grab() for this region, which must lie within the screen. Throws ERR_DEVICE_FORMAT when the screen's pixels are of
  /// another kind.
  void select(Region region, bool cursor, std::stop_token stop);
  /// From now on grab() throws ERR_DEVICE_LOST once the screen has another size than sizes() says.
  void hold_to_size(std::stop_token stop);
  /// Whether the server writes into memory of this process. Else each picture comes through its socket, which costs a copy there and
  /// one here. Known after select().
  bool shares_memory() const;
  /// The region's present contents, valid until the next call. Empty on `stop`. Throws ERR_DEVICE_LOST when the server ended,
  /// hangs for 5 s, or the region is no longer within the screen.
  std::optional<Grab> grab(std::stop_token stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace capture
