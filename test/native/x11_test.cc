// The screen under X servers that the tests start for themselves (Xvfb must be installed), and the pointer's blending.
#include <doctest/doctest.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <xcb/xcbext.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <thread>

#include "capture/capture.h"
#include "capture/cursor.h"
#include "capture/library.h"
#include "child.h"
#include "error_of.h"
#include "media/error.h"

using test::error_of;
using capture::Screen;
using media::Code;
using namespace std::chrono_literals;

namespace {

class Xvfb {
 public:
  explicit Xvfb(const std::string& screen, bool shared_memory = true)
      : child_({"Xvfb", "-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp", "-noreset",
                shared_memory ? "+extension" : "-extension", "MIT-SHM"}),
        display_(":" + child_.read_line()) {
    REQUIRE_MESSAGE(display_.size() > 1, "Xvfb did not start");
  }
  const std::string& display() const { return display_; }
  test::Child& process() { return child_; }

 private:
  test::Child child_;
  std::string display_;
};

/// Paints on the root window, and moves the pointer.
class Painter {
 public:
  explicit Painter(const std::string& display) : connection_(get(&xcb_connect, "xcb_connect")(display.c_str(), nullptr)) {
    screen_ = get(&xcb_setup_roots_iterator, "xcb_setup_roots_iterator")(get(&xcb_get_setup, "xcb_get_setup")(connection_)).data;
  }
  Painter(const Painter&) = delete;
  Painter& operator=(const Painter&) = delete;
  ~Painter() { get(&xcb_disconnect, "xcb_disconnect")(connection_); }

  void fill(uint32_t colour, xcb_rectangle_t area) {
    const uint32_t gc = get(&xcb_generate_id, "xcb_generate_id")(connection_);
    get(&xcb_create_gc, "xcb_create_gc")(connection_, gc, screen_->root, XCB_GC_FOREGROUND, &colour);
    get(&xcb_poly_fill_rectangle, "xcb_poly_fill_rectangle")(connection_, screen_->root, gc, 1, &area);
    settle();
  }
  /// To one that is not larger than the first. RANDR lets a screen be smaller than its monitor only once that is switched off.
  void resize(uint32_t width, uint32_t height) {
    ask_randr<3>(0, {0, 1, 3});                                   // QueryVersion
    const auto resources = ask_randr<2>(8, {0, screen_->root});   // GetScreenResources
    const uint32_t configured = resources.get()[3], monitor = resources.get()[8];
    ask_randr<7>(21, {0, monitor, 0, configured, 0, 0, 1});       // SetCrtcConfig
    ask_randr<5>(7, {0, screen_->root, width | height << 16, 100, 100}, true);  // SetScreenSize
    settle();
  }
  void move_pointer(int16_t x, int16_t y) {
    get(&xcb_warp_pointer, "xcb_warp_pointer")(connection_, 0, screen_->root, 0, 0, 0, 0, x, y);
    settle();
  }

 private:
  template <typename Function>
  Function get(Function, const char* name) const {
    return library_.symbol<Function>(name);
  }
  void settle() {
    const auto cookie = get(&xcb_get_input_focus, "xcb_get_input_focus")(connection_);
    std::free(get(&xcb_get_input_focus_reply, "xcb_get_input_focus_reply")(connection_, cookie, nullptr));
  }

  /// A request of the extension as 32-bit words, of which the library fills in the first.
  template <size_t Words>
  std::shared_ptr<const uint32_t[]> ask_randr(uint8_t number, std::array<uint32_t, Words> words, bool mute = false) {
    static xcb_extension_t randr{"RANDR", 0};
    std::array<iovec, 4> parts{};  // the library wants two of its own before
    parts[2] = {words.data(), sizeof words};
    const xcb_protocol_request_t about{1, &randr, number, mute};
    const unsigned sequence = get(&xcb_send_request, "xcb_send_request")(connection_, XCB_REQUEST_CHECKED, &parts[2], &about);
    if (mute) return nullptr;
    const auto* const reply = get(&xcb_wait_for_reply, "xcb_wait_for_reply")(connection_, sequence, nullptr);
    REQUIRE(reply != nullptr);
    return {static_cast<const uint32_t*>(reply), [](const uint32_t* memory) { std::free(const_cast<uint32_t*>(memory)); }};
  }

  capture::Library library_{"libxcb.so.1", "libxcb1"};
  xcb_connection_t* connection_;
  const xcb_screen_t* screen_;
};

Screen region(const std::string& display, int x, int y, int width, int height, bool cursor = false) {
  return {display, x, y, width, height, {100, 1}, cursor};
}

uint32_t pixel(const media::VideoFrame& frame, int x, int y) {
  uint32_t value = 0;
  std::memcpy(&value, frame.planes[0] + static_cast<size_t>(y) * frame.strides[0] + static_cast<size_t>(x) * 4, 4);
  return value & 0xFFFFFF;
}

}  // namespace

TEST_CASE("a pointer is blended over the picture, and cut off at its edges") {
  constexpr uint32_t kOpaque = 0xFF102030;
  constexpr uint32_t kHalf = 0x80800000;  // half of red, multiplied already
  const std::array<uint32_t, 4> shape = {kOpaque, kHalf, 0, kOpaque};
  std::array<uint32_t, 9> picture{};
  picture.fill(0xFFFFFF);
  capture::blend({1, 1, 2, 2, shape}, picture.data(), 3, 3, 3);
  CHECK((picture[4] & 0xFFFFFF) == 0x102030);
  CHECK((picture[5] & 0xFFFFFF) == 0xFF7F7F);
  CHECK((picture[7] & 0xFFFFFF) == 0xFFFFFF);
  CHECK((picture[0] & 0xFFFFFF) == 0xFFFFFF);
  for (int x = -4; x < 5; x++) {
    for (int y = -4; y < 5; y++) capture::blend({x, y, 2, 2, shape}, picture.data(), 3, 3, 3);
  }
  picture.fill(0);
  capture::blend({0, 0, 2, 3, shape}, picture.data(), 3, 3, 3);  // fewer pixels than it claims
  CHECK(picture == std::array<uint32_t, 9>{});
}

TEST_SUITE("x11") {
  TEST_CASE("what is on the screen is what is read, whole or a region of any size") {
    Xvfb server("643x361x24");
    Painter painter(server.display());
    painter.fill(0x204080, {0, 0, 643, 361});
    painter.fill(0xFF8000, {11, 13, 5, 3});

    const auto whole = capture::open_video(region(server.display(), 0, 0, 0, 0), {});
    CHECK(whole->format() == media::VideoFormat{media::PixelFormat::kBGRA, 643, 361, {100, 1}});
    const media::Time before = media::monotonic_now();
    const auto frame = whole->read({});
    REQUIRE(frame);
    CHECK(frame->pts >= before);
    CHECK(frame->pts <= media::monotonic_now());
    CHECK(pixel(*frame, 0, 0) == 0x204080);
    CHECK(pixel(*frame, 642, 360) == 0x204080);
    CHECK(pixel(*frame, 11, 13) == 0xFF8000);
    CHECK(pixel(*frame, 15, 15) == 0xFF8000);
    CHECK(pixel(*frame, 16, 15) == 0x204080);

    const auto part = capture::open_video(region(server.display(), 11, 13, 101, 57), {});
    const auto cut = part->read({});
    REQUIRE(cut);
    CHECK(cut->width == 101);
    CHECK(cut->strides[0] == 404);
    CHECK(pixel(*cut, 0, 0) == 0xFF8000);
    CHECK(pixel(*cut, 5, 0) == 0x204080);
    painter.fill(0x00FF00, {11, 13, 1, 1});
    const auto next = part->read({});
    CHECK(pixel(*next, 0, 0) == 0x00FF00);
    CHECK(next->sequence > cut->sequence);
  }

  TEST_CASE("without shared memory the picture comes through the socket") {
    Xvfb server("643x361x24", false);
    Painter painter(server.display());
    painter.fill(0x204080, {0, 0, 643, 361});
    painter.fill(0xFF8000, {642, 360, 1, 1});
    const auto source = capture::open_video(region(server.display(), 1, 1, 0, 0, true), {});
    for (int i = 0; i < 3; i++) {
      const auto frame = source->read({});
      REQUIRE(frame);
      CHECK(pixel(*frame, 0, 0) == 0x204080);
      CHECK(pixel(*frame, 641, 359) == 0xFF8000);
    }
  }

  TEST_CASE("the pointer is drawn when wanted, into the frame only") {
    Xvfb server("200x200x24");
    Painter painter(server.display());
    painter.fill(0x808080, {0, 0, 200, 200});
    painter.move_pointer(100, 100);
    const auto differing = [](const media::VideoFrame& frame) {
      int count = 0;
      for (int y = 80; y < 120; y++) {
        for (int x = 80; x < 120; x++) count += pixel(frame, x, y) != 0x808080;
      }
      return count;
    };
    const auto with = capture::open_video(region(server.display(), 0, 0, 0, 0, true), {});
    CHECK(differing(*with->read({})) > 20);
    const auto without = capture::open_video(region(server.display(), 0, 0, 0, 0, false), {});
    CHECK(differing(*without->read({})) == 0);
    const auto elsewhere = capture::open_video(region(server.display(), 0, 0, 50, 50, true), {});
    CHECK(pixel(*elsewhere->read({}), 49, 49) == 0x808080);
  }

  TEST_CASE("a region that is not within the screen names the screen's size") {
    Xvfb server("320x240x24");
    constexpr int kMost = std::numeric_limits<int>::max();
    for (const auto& [x, y, width, height] : {std::array{0, 0, 321, 240}, {1, 0, 320, 240}, {-1, 0, 10, 10}, {0, 240, 10, 10},
                                              {400, 0, 0, 0}, {0, 0, kMost, 2}, {kMost, -kMost, 0, 0}, {0, 0, 10, 0}}) {
      const auto error = error_of([&] { capture::open_video(region(server.display(), x, y, width, height), {}); });
      CHECK(error.code == Code::kDeviceFormat);
      CHECK(std::string(error.what()).find("320x240") != std::string::npos);
      CHECK(error.device == server.display());
    }
  }

  TEST_CASE("a screen of 16 bits a pixel is refused in words") {
    Xvfb server("320x240x16");
    const auto error = error_of([&] { capture::open_video(region(server.display(), 0, 0, 0, 0), {}); });
    CHECK(error.code == Code::kDeviceFormat);
    CHECK(std::string(error.what()).find("16 bits") != std::string::npos);
  }

  TEST_CASE("no such display, no such screen, no display at all") {
    Xvfb server("320x240x24");
    using namespace std::string_literals;
    for (const std::string& name : {":59999"s, "nonsense"s, ":99999999999"s, server.display() + ".1", "127.0.0.1:59000"s}) {
      const auto error = error_of([&] { capture::open_video(region(name, 0, 0, 0, 0), {}); });
      CHECK(error.code == Code::kDeviceNotFound);
      CHECK(std::string(error.what()).find(name) != std::string::npos);
      CHECK(error.device == name);
    }
    const test::Environment none("DISPLAY", "");
    CHECK(error_of([] { capture::open_video(region("", 0, 0, 0, 0), {}); }).code == Code::kDeviceNotFound);
  }

  TEST_CASE("the screens of $DISPLAY are listed with their sizes; a missing server is a note") {
    Xvfb server("320x240x24");
    {
      const test::Environment display("DISPLAY", server.display());
      std::vector<capture::Device> devices;
      const auto screen = [&] { return std::ranges::find(devices, "screen", &capture::Device::kind); };
      test::until([&] {  // a server that is slow to answer is not waited for long
        devices = capture::list_devices().devices;
        return screen() != devices.end();
      });
      const auto found = screen();
      CHECK(found->id == server.display() + ".0");
      CHECK(found->backend == "x11");
      CHECK(found->width == 320);
      CHECK(found->height == 240);
      CHECK(capture::open_video(region(found->id, 0, 0, 0, 0), {})->format().width == 320);
    }
    const test::Environment display("DISPLAY", ":59999");
    const auto list = capture::list_devices();
    CHECK(std::any_of(list.notes.begin(), list.notes.end(), [](const auto& note) { return note.starts_with("x11: "); }));
  }

  TEST_CASE("a server that is killed while it is captured is a lost device, and this process lives") {
    Xvfb server("320x240x24");
    const auto source = capture::open_video(region(server.display(), 0, 0, 0, 0, true), {});
    CHECK(source->read({}));
    server.process().kill();
    const auto error = error_of([&] {
      while (source->read({})) {
      }
    });
    CHECK(error.code == Code::kDeviceLost);
    CHECK(error.device == server.display());
  }

  TEST_CASE("a whole screen whose size changes is lost, and opened anew at the new size; a region stays") {
    Xvfb server("643x361x24");
    Painter painter(server.display());
    const auto whole = capture::open_video(region(server.display(), 0, 0, 0, 0), {});
    const auto part = capture::open_video(region(server.display(), 0, 0, 100, 100), {});
    CHECK(whole->read({}));
    painter.resize(320, 240);
    const auto again = capture::open_video(region(server.display(), 0, 0, 0, 0), {});
    CHECK(again->format().width == 320);
    CHECK(again->format().height == 240);
    painter.resize(500, 300);
    for (auto* const source : {whole.get(), again.get()}) {
      const auto error = error_of([&] { test::until([&] { return !source->read({}); }); });
      CHECK(error.code == Code::kDeviceLost);
      CHECK(std::string(error.what()).find("its size is ") != std::string::npos);
    }
    CHECK(part->read({}));
    CHECK(capture::open_video(region(server.display(), 0, 0, 0, 0), {})->format().width == 500);
  }

  TEST_CASE("a stop ends the wait for a server that hangs: while reading, and while opening") {
    Xvfb server("320x240x24");
    const auto source = capture::open_video(region(server.display(), 0, 0, 0, 0), {});
    CHECK(source->read({}));
    server.process().signal(SIGSTOP);
    {
      std::stop_source stop;
      std::jthread later([&] {
        std::this_thread::sleep_for(50ms);
        stop.request_stop();
      });
      const media::Time before = media::monotonic_now();
      CHECK_FALSE(source->read(stop.get_token()));
      CHECK(media::monotonic_now() - before < 4s);  // the patience with a silent server is 5 s
    }
    std::stop_source stop;
    std::jthread later([&] {
      std::this_thread::sleep_for(50ms);
      stop.request_stop();
    });
    const media::Time before = media::monotonic_now();
    const auto error = error_of([&] { capture::open_video(region(server.display(), 0, 0, 0, 0), stop.get_token()); });
    CHECK(error.code == Code::kDeviceLost);
    CHECK(media::monotonic_now() - before < 4s);
  }

  TEST_CASE("no shared memory is left behind, and while it is used it has no name") {
    const auto own = [](bool named_only) {
      shm_info known{};
      const int last = shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&known));
      int count = 0;
      for (int index = 0; index <= last; index++) {
        shmid_ds segment{};
        if (shmctl(index, SHM_STAT, &segment) < 0 || segment.shm_cpid != getpid()) continue;
        count += !named_only || (segment.shm_perm.mode & SHM_DEST) == 0;
      }
      return count;
    };
    Xvfb server("320x240x24");
    {
      const auto source = capture::open_video(region(server.display(), 0, 0, 0, 0), {});
      CHECK(source->read({}));
      CHECK(own(false) == 1);
      CHECK(own(true) == 0);
    }
    test::until([&] { return own(false) == 0; });  // the server lets go of it when it sees the connection end
  }
}
