#include "capture/x11.h"

#include <poll.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>
#include <xcb/xfixes.h>

#include <cstdlib>
#include <span>
#include <string_view>

#include "capture/file_instance.h"
#include "capture/library.h"
#include "capture/shared_picture.h"
#include "capture/wake.h"
#include "capture/x11_knock.h"
#include "media/error.h"

namespace capture {
namespace {

using media::Code;
using media::Error;

constexpr media::Time kPatience = std::chrono::seconds(5);

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
template <typename Type>
using Reply = std::unique_ptr<Type, Free>;

#define CAPTURE_SYMBOL(library, name) decltype(&::xcb_##name) name = library.symbol<decltype(&::xcb_##name)>("xcb_" #name)

struct Xcb {
  Library core{"libxcb.so.1", "libxcb1"};
  Library shm{"libxcb-shm.so.0", "libxcb-shm0"};
  Library xfixes{"libxcb-xfixes.so.0", "libxcb-xfixes0"};
  CAPTURE_SYMBOL(core, parse_display);
  CAPTURE_SYMBOL(core, connect);
  CAPTURE_SYMBOL(core, disconnect);
  CAPTURE_SYMBOL(core, connection_has_error);
  CAPTURE_SYMBOL(core, get_file_descriptor);
  CAPTURE_SYMBOL(core, get_setup);
  CAPTURE_SYMBOL(core, setup_roots_iterator);
  CAPTURE_SYMBOL(core, screen_next);
  CAPTURE_SYMBOL(core, setup_pixmap_formats);
  CAPTURE_SYMBOL(core, setup_pixmap_formats_length);
  CAPTURE_SYMBOL(core, screen_allowed_depths_iterator);
  CAPTURE_SYMBOL(core, depth_next);
  CAPTURE_SYMBOL(core, depth_visuals);
  CAPTURE_SYMBOL(core, depth_visuals_length);
  CAPTURE_SYMBOL(core, prefetch_extension_data);
  CAPTURE_SYMBOL(core, get_extension_data);
  CAPTURE_SYMBOL(core, generate_id);
  CAPTURE_SYMBOL(core, flush);
  CAPTURE_SYMBOL(core, poll_for_reply);
  CAPTURE_SYMBOL(core, poll_for_event);
  CAPTURE_SYMBOL(core, get_input_focus);
  CAPTURE_SYMBOL(core, change_window_attributes);
  CAPTURE_SYMBOL(core, get_geometry);
  CAPTURE_SYMBOL(core, get_image);
  CAPTURE_SYMBOL(core, get_image_data);
  CAPTURE_SYMBOL(core, get_image_data_length);
  CAPTURE_SYMBOL(shm, shm_id);
  CAPTURE_SYMBOL(shm, shm_attach_checked);
  CAPTURE_SYMBOL(shm, shm_get_image);
  CAPTURE_SYMBOL(xfixes, xfixes_id);
  CAPTURE_SYMBOL(xfixes, xfixes_query_version);
  CAPTURE_SYMBOL(xfixes, xfixes_get_cursor_image);
  CAPTURE_SYMBOL(xfixes, xfixes_get_cursor_image_cursor_image);
  CAPTURE_SYMBOL(xfixes, xfixes_get_cursor_image_cursor_image_length);
};

#undef CAPTURE_SYMBOL

}  // namespace

struct X11Display::State {
  explicit State(std::string display_name) : name(std::move(display_name)) {}
  ~State() {
    if (connection != nullptr) xcb.disconnect(connection);
  }

  void connect(const std::stop_token& stop, media::Time timeout);
  bool attach(size_t bytes, const std::stop_token& stop);
  Error failure(Code code, const std::string& message) const { return Error(code, message).with_device(name); }
  Error lost(const std::string& what) const { return failure(Code::kDeviceLost, "screen " + name + " was lost: " + what); }

  /// The answer to a request. Empty on `stop`; null when the server answered with an error.
  template <typename Type>
  std::optional<Reply<Type>> wait(unsigned sequence, const Wake& wake) const;
  /// Returns when everything asked so far is answered. False on `stop`.
  bool settle(const Wake& wake) const {
    return wait<xcb_get_input_focus_reply_t>(xcb.get_input_focus(connection).sequence, wake).has_value();
  }

  void check_size(int width, int height) const {
    if (width == screen->width_in_pixels && height == screen->height_in_pixels) return;
    throw lost("its size is " + std::to_string(width) + "x" + std::to_string(height) + " now");
  }
  void take_events() const;

  std::string name;
  Xcb xcb;
  xcb_connection_t* connection = nullptr;
  int number = 0;
  uint64_t instance = 0;
  const xcb_screen_t* screen = nullptr;
  Region region{};
  bool cursor = false;
  std::unique_ptr<SharedPicture> shared;  // null: pictures come through the socket
  xcb_shm_seg_t segment = 0;
  Reply<xcb_get_image_reply_t> sent;                         // the last picture that came through the socket
  Reply<xcb_xfixes_get_cursor_image_reply_t> cursor_image;  // of the last grab
};

template <typename Type>
std::optional<Reply<Type>> X11Display::State::wait(unsigned sequence, const Wake& wake) const {
  xcb.flush(connection);
  const media::Time deadline = media::monotonic_now() + kPatience;
  for (;;) {
    void* reply = nullptr;
    xcb_generic_error_t* error = nullptr;
    const bool answered = xcb.poll_for_reply(connection, sequence, &reply, &error) != 0;
    const Reply<xcb_generic_error_t> owned(error);
    if (xcb.connection_has_error(connection) != 0) {
      std::free(reply);
      throw lost("the X server closed the connection");
    }
    if (answered) return Reply<Type>(static_cast<Type*>(reply));
    switch (wake.wait(xcb.get_file_descriptor(connection), POLLIN, deadline)) {
      case Wake::Outcome::kReady: break;
      case Wake::Outcome::kStopped: return std::nullopt;
      case Wake::Outcome::kLate: throw lost("the X server did not answer for 5 seconds");
    }
  }
}

void X11Display::State::connect(const std::stop_token& stop, media::Time timeout) {
  char* host = nullptr;
  int display = 0;
  if (xcb.parse_display(name.c_str(), &host, &display, &number) == 0) {
    throw failure(Code::kDeviceNotFound, "\"" + name + "\" is not the name of an X display; :0 or host:0.1 would be");
  }
  const Reply<char> owned(host);
  const Descriptor held = knock(name, host, display, stop, timeout);
  if (*host == '\0' || std::string_view(host) == "unix") instance = instance_of(local_socket(display));
  connection = xcb.connect(name.c_str(), nullptr);
  if (xcb.connection_has_error(connection) != 0) {
    throw failure(Code::kDevicePermission,
                  "the X server of display " + name + " refused the connection; $XAUTHORITY must name a file with its key");
  }
  auto screens = xcb.setup_roots_iterator(xcb.get_setup(connection));
  if (number < 0 || number >= screens.rem) {
    throw failure(Code::kDeviceNotFound, "display " + name + " has no screen " + std::to_string(number) + ", only " +
                                             std::to_string(screens.rem));
  }
  for (int i = 0; i < number; i++) xcb.screen_next(&screens);
  screen = screens.data;
  // Asked for now, so that no later call of xcb has to wait for these answers in a way that cannot be ended.
  xcb.prefetch_extension_data(connection, xcb.shm_id);
  xcb.prefetch_extension_data(connection, xcb.xfixes_id);
  if (!settle(Wake(stop))) throw lost("opening it was stopped");
}

/// False when the server cannot share memory with this process: it runs elsewhere.
bool X11Display::State::attach(size_t bytes, const std::stop_token& stop) {
  if (xcb.get_extension_data(connection, xcb.shm_id)->present == 0) return false;
  auto picture = std::make_unique<SharedPicture>(bytes);
  if (!*picture) return false;
  segment = xcb.generate_id(connection);
  const auto request = xcb.shm_attach_checked(connection, segment, static_cast<uint32_t>(picture->id()), 0);
  if (!settle(Wake(stop))) throw lost("opening it was stopped");
  void* reply = nullptr;
  xcb_generic_error_t* error = nullptr;
  xcb.poll_for_reply(connection, request.sequence, &reply, &error);
  if (Reply<xcb_generic_error_t>(error) != nullptr) return false;
  picture->unname();
  shared = std::move(picture);
  return true;
}

X11Display::X11Display(std::string name, std::stop_token stop, media::Time timeout)
    : state_(std::make_unique<State>(std::move(name))) {
  state_->connect(stop, timeout);
}

X11Display::~X11Display() = default;

int X11Display::screen() const { return state_->number; }

uint64_t X11Display::instance() const { return state_->instance; }

std::vector<X11Display::Size> X11Display::sizes() const {
  std::vector<Size> sizes;
  const Xcb& xcb = state_->xcb;
  for (auto it = xcb.setup_roots_iterator(xcb.get_setup(state_->connection)); it.rem > 0; xcb.screen_next(&it)) {
    sizes.push_back({it.data->width_in_pixels, it.data->height_in_pixels});
  }
  return sizes;
}

void X11Display::select(Region region, bool cursor, std::stop_token stop) {
  State& s = *state_;
  const xcb_setup_t* const setup = s.xcb.get_setup(s.connection);
  const int depth = s.screen->root_depth;
  bool plain = setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST && (depth == 24 || depth == 32);
  for (const auto& format : std::span(s.xcb.setup_pixmap_formats(setup), s.xcb.setup_pixmap_formats_length(setup))) {
    if (format.depth == depth) plain = plain && format.bits_per_pixel == 32;
  }
  for (auto it = s.xcb.screen_allowed_depths_iterator(s.screen); it.rem > 0; s.xcb.depth_next(&it)) {
    for (const auto& visual : std::span(s.xcb.depth_visuals(it.data), s.xcb.depth_visuals_length(it.data))) {
      if (visual.visual_id != s.screen->root_visual) continue;
      const bool in_order = visual.red_mask == 0xFF0000 && visual.green_mask == 0xFF00;
      plain = plain && in_order && visual._class == XCB_VISUAL_CLASS_TRUE_COLOR;
    }
  }
  if (!plain) {
    throw s.failure(Code::kDeviceFormat,
                    "screen " + s.name + " has pixels of " + std::to_string(depth) +
                        " bits or of an unusual order; 8 each of red, green and blue are needed (Xvfb: -screen 0 1280x720x24)");
  }
  s.region = region;
  s.cursor = cursor && s.xcb.get_extension_data(s.connection, s.xcb.xfixes_id)->present != 0;
  if (s.cursor) {
    const unsigned sequence = s.xcb.xfixes_query_version(s.connection, 4, 0).sequence;
    if (!s.wait<xcb_xfixes_query_version_reply_t>(sequence, Wake(stop))) throw s.lost("opening it was stopped");
  }
  s.attach(static_cast<size_t>(region.width) * region.height * sizeof(uint32_t), stop);
}

void X11Display::hold_to_size(std::stop_token stop) {
  State& s = *state_;
  const uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  s.xcb.change_window_attributes(s.connection, s.screen->root, XCB_CW_EVENT_MASK, &mask);
  // What happened since the connection was made is not told.
  const auto size = s.wait<xcb_get_geometry_reply_t>(s.xcb.get_geometry(s.connection, s.screen->root).sequence, Wake(stop));
  if (!size) throw s.lost("opening it was stopped");
  if (*size) s.check_size((*size)->width, (*size)->height);
}

/// The root's are selected by hold_to_size(); the few that every client gets must not pile up.
void X11Display::State::take_events() const {
  while (const Reply<xcb_generic_event_t> event{xcb.poll_for_event(connection)}) {
    if ((event->response_type & 0x7f) != XCB_CONFIGURE_NOTIFY) continue;
    const auto* const change = reinterpret_cast<const xcb_configure_notify_event_t*>(event.get());
    if (change->window == screen->root) check_size(change->width, change->height);
  }
}

std::optional<Grab> X11Display::grab(std::stop_token stop) {
  State& s = *state_;
  const Wake wake(stop);
  s.take_events();
  const auto [x, y, width, height] = s.region;
  // The server copies the picture as soon as it reads the request. Its answer comes later by the time of the copy.
  const media::Time moment = media::monotonic_now();
  const unsigned cursor = s.cursor ? s.xcb.xfixes_get_cursor_image(s.connection).sequence : 0;
  constexpr uint8_t kPixels = XCB_IMAGE_FORMAT_Z_PIXMAP;
  const xcb_window_t root = s.screen->root;
  const unsigned image = s.shared
                             ? s.xcb.shm_get_image(s.connection, root, x, y, width, height, ~0U, kPixels, s.segment, 0).sequence
                             : s.xcb.get_image(s.connection, kPixels, root, x, y, width, height, ~0U).sequence;

  Grab grab{nullptr, static_cast<size_t>(width), moment, std::nullopt};
  if (s.cursor) {
    auto answer = s.wait<xcb_xfixes_get_cursor_image_reply_t>(cursor, wake);
    if (!answer) return std::nullopt;
    s.cursor_image = std::move(*answer);
    if (const auto* const shape = s.cursor_image.get()) {
      const std::span pixels(s.xcb.xfixes_get_cursor_image_cursor_image(shape),
                             static_cast<size_t>(s.xcb.xfixes_get_cursor_image_cursor_image_length(shape)));
      grab.cursor = Cursor{shape->x - shape->xhot - x, shape->y - shape->yhot - y, shape->width, shape->height, pixels};
    }
  }
  bool complete;
  if (s.shared) {
    const auto answer = s.wait<xcb_shm_get_image_reply_t>(image, wake);
    if (!answer) return std::nullopt;
    complete = *answer != nullptr;
    grab.pixels = s.shared->pixels();
  } else {
    auto answer = s.wait<xcb_get_image_reply_t>(image, wake);
    if (!answer) return std::nullopt;
    s.sent = std::move(*answer);
    const size_t bytes = static_cast<size_t>(width) * height * sizeof(uint32_t);
    complete = s.sent != nullptr && static_cast<size_t>(s.xcb.get_image_data_length(s.sent.get())) >= bytes;
    if (complete) grab.pixels = reinterpret_cast<uint32_t*>(s.xcb.get_image_data(s.sent.get()));
  }
  if (!complete) throw s.lost("the region is no longer within it; did its size change?");
  return grab;
}

}  // namespace capture
