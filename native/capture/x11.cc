#include "capture/x11.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>
#include <xcb/xfixes.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string_view>
#include <variant>

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
constexpr media::Time kNewBegin = std::chrono::milliseconds(100);  // what a server takes to begin anew, about
constexpr uint8_t kPixels = XCB_IMAGE_FORMAT_Z_PIXMAP;

using Nonce = std::array<uint32_t, 8>;  // as pixels of 24 bits

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
  CAPTURE_SYMBOL(core, connect_to_fd);
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
  CAPTURE_SYMBOL(core, query_pointer);
  CAPTURE_SYMBOL(core, create_pixmap);
  CAPTURE_SYMBOL(core, free_pixmap);
  CAPTURE_SYMBOL(core, create_gc);
  CAPTURE_SYMBOL(core, free_gc);
  CAPTURE_SYMBOL(core, get_image);
  CAPTURE_SYMBOL(core, get_image_data);
  CAPTURE_SYMBOL(core, get_image_data_length);
  CAPTURE_SYMBOL(shm, shm_id);
  CAPTURE_SYMBOL(shm, shm_query_version);
  CAPTURE_SYMBOL(shm, shm_attach_fd_checked);
  CAPTURE_SYMBOL(shm, shm_attach_checked);
  CAPTURE_SYMBOL(shm, shm_detach);
  CAPTURE_SYMBOL(shm, shm_put_image);
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
  bool connect_once(const char* host, int display, const std::stop_token& stop, media::Time deadline);
  void share(size_t bytes, const std::stop_token& stop);
  bool attach_file(size_t bytes, const Wake& wake);
  bool attach_segment(size_t bytes, const Wake& wake);
  bool is_seen(const Nonce& nonce, const Wake& wake) const;
  Error failure(Code code, const std::string& message) const { return Error(code, message).with_device(name); }
  Error lost(const std::string& what) const { return failure(Code::kDeviceLost, "screen " + name + " was lost: " + what); }

  /// The answer to a request. Empty on `stop`; null when the server answered with an error.
  template <typename Type>
  std::optional<Reply<Type>> wait(unsigned sequence, const Wake& wake) const;
  /// The same while the display is opened, which a stop ends.
  template <typename Type>
  Reply<Type> answer(unsigned sequence, const Wake& wake) const {
    auto reply = wait<Type>(sequence, wake);
    if (!reply) throw lost("opening it was stopped");
    return std::move(*reply);
  }
  /// Whether the server did what it was asked in a way that answers only errors.
  bool done(xcb_void_cookie_t request, const Wake& wake) const {
    answer<xcb_get_input_focus_reply_t>(xcb.get_input_focus(connection).sequence, wake);
    void* reply = nullptr;
    xcb_generic_error_t* error = nullptr;
    xcb.poll_for_reply(connection, request.sequence, &reply, &error);
    return Reply<xcb_generic_error_t>(error) == nullptr;
  }
  bool is_local() const {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    return getpeername(xcb.get_file_descriptor(connection), reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
           peer.ss_family == AF_UNIX;
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
  bool several_screens = false;  // the pointer may be on another one
  std::variant<std::monostate, SharedFile, SharedSegment> memory;
  uint32_t* shared = nullptr;  // its pixels; null: pictures come through the socket
  xcb_shm_seg_t segment = 0;   // the server's name for it
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

/// A server may begin anew just then, because its last client has left: then it is asked once more.
void X11Display::State::connect(const std::stop_token& stop, media::Time timeout) {
  char* host = nullptr;
  int display = 0;
  if (xcb.parse_display(name.c_str(), &host, &display, &number) == 0) {
    throw failure(Code::kDeviceNotFound, "\"" + name + "\" is not the name of an X display; :0 or host:0.1 would be");
  }
  const Reply<char> owned(host);
  const media::Time deadline = media::monotonic_now() + timeout;
  if (!connect_once(host, display, stop, deadline)) {
    Wake(stop).wait(-1, 0, media::monotonic_now() + kNewBegin);
    if (!connect_once(host, display, stop, deadline)) {
      throw failure(Code::kDeviceLost, "the X server of display " + name +
                                           " closed the connection while it was opened, twice; it may be ending or beginning anew");
    }
  }
  auto screens = xcb.setup_roots_iterator(xcb.get_setup(connection));
  if (number < 0 || number >= screens.rem) {
    throw failure(Code::kDeviceNotFound, "display " + name + " has no screen " + std::to_string(number) + ", only " +
                                             std::to_string(screens.rem));
  }
  several_screens = screens.rem > 1;
  for (int i = 0; i < number; i++) xcb.screen_next(&screens);
  screen = screens.data;
  // Asked for now, so that no later call of xcb has to wait for these answers in a way that cannot be ended.
  xcb.prefetch_extension_data(connection, xcb.shm_id);
  xcb.prefetch_extension_data(connection, xcb.xfixes_id);
  // MIT-SHM would give black for a root window without pixels.
  const unsigned image = xcb.get_image(connection, kPixels, screen->root, 0, 0, 1, 1, ~0U).sequence;
  if (answer<xcb_get_image_reply_t>(image, Wake(stop)) == nullptr) {
    throw failure(Code::kDeviceFormat,
                  "the X server of display " + name + " has no picture of its screen: it is Xwayland, which serves X11 programs in a " +
                      "Wayland session, and Wayland is not captured yet; log in to an X11 session (\"on Xorg\"), or name the display of "
                      "an X server such as Xvfb or Xephyr");
  }
}

/// False when the server closed the connection.
bool X11Display::State::connect_once(const char* host, int display, const std::stop_token& stop, media::Time deadline) {
  auto admission = knock(name, host, display, stop, deadline);
  if (!admission) return false;
  if (*host == '\0' || std::string_view(host) == "unix") instance = instance_of(local_socket(display));
  auto& [protocol, key] = admission->credentials;
  xcb_auth_info_t credentials{static_cast<int>(protocol.size()), protocol.data(), static_cast<int>(key.size()), key.data()};
  if (connection != nullptr) xcb.disconnect(connection);
  connection = xcb.connect_to_fd(admission->socket.release(), protocol.empty() ? nullptr : &credentials);
  return xcb.connection_has_error(connection) == 0;
}

/// Nothing is shared with a server that runs elsewhere, or that cannot.
void X11Display::State::share(size_t bytes, const std::stop_token& stop) {
  if (xcb.get_extension_data(connection, xcb.shm_id)->present == 0) return;
  const Wake wake(stop);
  if (!attach_file(bytes, wake)) attach_segment(bytes, wake);
}

/// By MIT-SHM 1.2.
bool X11Display::State::attach_file(size_t bytes, const Wake& wake) {
  if (!is_local()) return false;
  const auto version = answer<xcb_shm_query_version_reply_t>(xcb.shm_query_version(connection).sequence, wake);
  if (!version || std::pair(version->major_version, version->minor_version) < std::pair<uint16_t, uint16_t>(1, 2)) return false;
  auto& file = memory.emplace<SharedFile>(bytes);
  if (!file) return false;
  segment = xcb.generate_id(connection);
  if (!done(xcb.shm_attach_fd_checked(connection, segment, file.take_descriptor().release(), 0), wake)) return false;
  shared = file.pixels();
  return true;
}

/// By the number of a segment, once it is seen to be this one: where the server runs in another IPC namespace, as beside a
/// container, a stranger's may have it. Until then the server may only read.
bool X11Display::State::attach_segment(size_t bytes, const Wake& wake) {
  Nonce nonce;
  if (getrandom(nonce.data(), sizeof nonce, 0) != static_cast<ssize_t>(sizeof nonce)) return false;
  auto& own = memory.emplace<SharedSegment>(std::max(bytes, sizeof nonce));
  if (!own) return false;
  std::ranges::copy(nonce, own.pixels());
  const auto id = static_cast<uint32_t>(own.id());
  segment = xcb.generate_id(connection);
  if (!done(xcb.shm_attach_checked(connection, segment, id, 1), wake)) return false;
  const bool ours = is_seen(nonce, wake);
  xcb.shm_detach(connection, segment);
  segment = xcb.generate_id(connection);
  if (!ours || !done(xcb.shm_attach_checked(connection, segment, id, 0), wake)) return false;
  own.unname();
  shared = own.pixels();
  return true;
}

/// Whether the server finds it in the segment.
bool X11Display::State::is_seen(const Nonce& nonce, const Wake& wake) const {
  const uint8_t depth = screen->root_depth;
  const uint16_t width = nonce.size();
  const xcb_pixmap_t pixmap = xcb.generate_id(connection);
  const xcb_gcontext_t context = xcb.generate_id(connection);
  xcb.create_pixmap(connection, depth, pixmap, screen->root, width, 1);
  xcb.create_gc(connection, context, pixmap, 0, nullptr);
  xcb.shm_put_image(connection, pixmap, context, width, 1, 0, 0, width, 1, 0, 0, depth, kPixels, 0, segment, 0);
  const unsigned image = xcb.get_image(connection, kPixels, pixmap, 0, 0, width, 1, ~0U).sequence;
  const auto read = answer<xcb_get_image_reply_t>(image, wake);
  xcb.free_gc(connection, context);
  xcb.free_pixmap(connection, pixmap);
  if (!read || xcb.get_image_data_length(read.get()) < static_cast<int>(sizeof nonce)) return false;
  const std::span found(reinterpret_cast<const uint32_t*>(xcb.get_image_data(read.get())), nonce.size());
  return std::ranges::equal(nonce, found, [](uint32_t a, uint32_t b) { return ((a ^ b) & 0xFFFFFF) == 0; });
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
    s.answer<xcb_xfixes_query_version_reply_t>(sequence, Wake(stop));
  }
  s.share(static_cast<size_t>(region.width) * region.height * sizeof(uint32_t), stop);
}

bool X11Display::shares_memory() const { return state_->shared != nullptr; }

void X11Display::hold_to_size(std::stop_token stop) {
  State& s = *state_;
  const uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
  s.xcb.change_window_attributes(s.connection, s.screen->root, XCB_CW_EVENT_MASK, &mask);
  // What happened since the connection was made is not told.
  const auto size = s.answer<xcb_get_geometry_reply_t>(s.xcb.get_geometry(s.connection, s.screen->root).sequence, Wake(stop));
  if (size) s.check_size(size->width, size->height);
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
  const xcb_window_t root = s.screen->root;
  const unsigned cursor = s.cursor ? s.xcb.xfixes_get_cursor_image(s.connection).sequence : 0;
  const unsigned pointer = s.cursor && s.several_screens ? s.xcb.query_pointer(s.connection, root).sequence : 0;
  const unsigned image = s.shared
                             ? s.xcb.shm_get_image(s.connection, root, x, y, width, height, ~0U, kPixels, s.segment, 0).sequence
                             : s.xcb.get_image(s.connection, kPixels, root, x, y, width, height, ~0U).sequence;

  Grab grab{nullptr, static_cast<size_t>(width), moment, std::nullopt};
  if (s.cursor) {
    auto answer = s.wait<xcb_xfixes_get_cursor_image_reply_t>(cursor, wake);
    if (!answer) return std::nullopt;
    s.cursor_image = std::move(*answer);
    if (s.several_screens) {
      const auto place = s.wait<xcb_query_pointer_reply_t>(pointer, wake);
      if (!place) return std::nullopt;
      if (*place == nullptr || (*place)->same_screen == 0) s.cursor_image.reset();
    }
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
    grab.pixels = s.shared;
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
