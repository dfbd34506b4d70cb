// The screen under X servers that the tests start for themselves (Xvfb must be installed), and the pointer's blending.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <xcb/xcbext.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <thread>

#include "capture/capture.h"
#include "capture/cursor.h"
#include "capture/library.h"
#include "child.h"
#include "error_of.h"
#include "media/error.h"
#include "x11_relay.h"

using test::error_of;
using capture::Screen;
using media::Code;
using namespace std::chrono_literals;

namespace {

class Xvfb {
 public:
  explicit Xvfb(const std::string& screen, bool shared_memory = true)
      : Xvfb({}, {"-screen", "0", screen, shared_memory ? "+extension" : "-extension", "MIT-SHM"}) {}
  /// `before`: what starts it.
  Xvfb(std::vector<std::string> before, const std::vector<std::string>& options)
      : child_(command(std::move(before), options)), display_(":" + child_.read_line()) {
    REQUIRE_MESSAGE(display_.size() > 1, "Xvfb did not start");
  }
  const std::string& display() const { return display_; }
  test::Child& process() { return child_; }

 private:
  static std::vector<std::string> command(std::vector<std::string> words, const std::vector<std::string>& options) {
    for (const char* const word : {"Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-noreset"}) words.emplace_back(word);
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }

  test::Child child_;
  std::string display_;
};

/// Paints on the root window, and moves the pointer.
class Painter {
 public:
  explicit Painter(const std::string& display) : connection_(get(&xcb_connect, "xcb_connect")(display.c_str(), &number_)) {
    auto screens = get(&xcb_setup_roots_iterator, "xcb_setup_roots_iterator")(get(&xcb_get_setup, "xcb_get_setup")(connection_));
    for (int i = 0; i < number_; i++) get(&xcb_screen_next, "xcb_screen_next")(&screens);
    screen_ = screens.data;
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
  int number_ = 0;
  xcb_connection_t* connection_;
  const xcb_screen_t* screen_;
};

Screen region(const std::string& display, int x, int y, int width, int height, bool cursor = false) {
  return {display, x, y, width, height, {100, 1}, cursor};
}

/// System V's segments that this process made.
int own_segments(bool named_only) {
  shm_info known{};
  const int last = shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&known));
  int count = 0;
  for (int index = 0; index <= last; index++) {
    shmid_ds segment{};
    if (shmctl(index, SHM_STAT, &segment) < 0 || segment.shm_cpid != getpid()) continue;
    count += !named_only || (segment.shm_perm.mode & SHM_DEST) == 0;
  }
  return count;
}

/// What `action` answers in a process of its own.
template <typename Action>
int in_another_process(Action action) {
  const pid_t child = fork();
  if (child == 0) _exit(action());
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// What is written to stderr while it lives.
class Stderr {
 public:
  Stderr() : before_(dup(2)) {
    const int file = open(path().c_str(), O_CREAT | O_WRONLY, 0600);
    dup2(file, 2);
    close(file);
  }
  Stderr(const Stderr&) = delete;
  Stderr& operator=(const Stderr&) = delete;
  ~Stderr() {
    dup2(before_, 2);
    close(before_);
  }
  std::string words() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string path() const { return folder_.path() + "/stderr"; }
  test::Folder folder_;
  int before_;
};

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
    const auto nowhere = [] { return error_of([] { capture::open_video(region("", 0, 0, 0, 0), {}); }); };
    {
      const test::Environment no_wayland("WAYLAND_DISPLAY", "");
      CHECK(nowhere().code == Code::kDeviceNotFound);
      CHECK(std::string(nowhere().what()).find("$DISPLAY is not set") != std::string::npos);
    }
    const test::Environment wayland("WAYLAND_DISPLAY", "wayland-0");
    CHECK(std::string(nowhere().what()).find("X11 session") != std::string::npos);
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

  TEST_CASE("memory is given to the server as a descriptor: nothing in this system's IPC namespace is touched") {
    Xvfb server("320x240x24");
    const auto source = capture::open_video(region(server.display(), 0, 0, 0, 0), {});
    CHECK(source->read({}));
    CHECK(source->opened().label == "X11 display " + server.display());
    CHECK(own_segments(false) == 0);
  }

  TEST_CASE("where no descriptor passes: no shared memory is left behind, and while it is used it has no name") {
    Xvfb server("320x240x24");
    Painter(server.display()).fill(0x204080, {0, 0, 320, 240});
    test::X11Relay relay(server.display());
    {
      const auto source = capture::open_video(region(relay.display(), 0, 0, 0, 0), {});
      CHECK(source->opened().label == "X11 display " + relay.display());
      CHECK(pixel(*source->read({}), 319, 239) == 0x204080);
      CHECK(own_segments(false) == 1);
      CHECK(own_segments(true) == 0);
    }
    test::until([&] { return own_segments(false) == 0; });  // the server lets go of it when it sees the connection end
  }

  // As beside a container that has only the server's socket: a segment of the same number is another program's there.
  TEST_CASE("the memory of another program in the server's IPC namespace is neither shown nor written to") {
    const auto unshared = in_another_process([] { return unshare(CLONE_NEWIPC) == 0 ? 0 : 1; });
    if (unshared != 0) {
      MESSAGE("an IPC namespace of its own needs root");
      return;
    }
    Xvfb server({"unshare", "--ipc", "sh", "-c", "for i in 1 2 3 4; do ipcmk -M 1000000 > /dev/null; done; exec \"$@\"", "sh"},
                {"-screen", "0", "320x240x24"});
    Painter(server.display()).fill(0x204080, {0, 0, 320, 240});
    test::X11Relay relay(server.display());
    for (const bool descriptors : {true, false}) {
      CAPTURE(descriptors);
      const std::string display = descriptors ? server.display() : relay.display();
      std::string label = "X11 display " + display + (descriptors ? "" : ", through its socket");
      CHECK(in_another_process([&] {
              if (unshare(CLONE_NEWIPC) != 0) return 0x10;
              const auto source = capture::open_video(region(display, 0, 0, 0, 0), {});
              if (source->opened().label != label) return 0x20;
              const auto frame = source->read({});
              return pixel(*frame, 0, 0) == 0x204080 && pixel(*frame, 319, 239) == 0x204080 ? 0 : 0x40;
            }) == 0);
    }
    CHECK(in_another_process([&] {
            const int theirs = open(("/proc/" + std::to_string(server.process().id()) + "/ns/ipc").c_str(), O_RDONLY);
            if (setns(theirs, CLONE_NEWIPC) != 0) return 0x10;
            shm_info known{};
            const int last = shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&known));
            int seen = 0;
            for (int index = 0; index <= last; index++) {
              shmid_ds segment{};
              const int id = shmctl(index, SHM_STAT, &segment);
              const void* const memory = id < 0 ? nullptr : shmat(id, nullptr, SHM_RDONLY);
              if (memory == nullptr || segment.shm_segsz != 1'000'000) continue;
              const auto* const bytes = static_cast<const char*>(memory);
              if (std::any_of(bytes, bytes + segment.shm_segsz, [](char byte) { return byte != 0; })) return 0x20;
              ++seen;
            }
            return seen;
          }) == 4);
  }

  TEST_CASE("the pointer is drawn on the screen that it is on, of several") {
    Xvfb server({}, {"-screen", "0", "200x200x24", "-screen", "1", "200x200x24"});
    const std::array names = {server.display() + ".0", server.display() + ".1"};
    Painter painters[] = {Painter(names[0]), Painter(names[1])};
    for (Painter& painter : painters) painter.fill(0x808080, {0, 0, 200, 200});
    const auto shows_pointer = [&](const std::string& name) {
      const auto source = capture::open_video(region(name, 0, 0, 0, 0, true), {});
      const auto frame = source->read({});
      for (int at = 0; at < 200 * 200; at++) {
        if (pixel(*frame, at % 200, at / 200) != 0x808080) return true;
      }
      return false;
    };
    for (const size_t where : {0, 1, 0}) {
      painters[where].move_pointer(100, 100);
      CHECK(shows_pointer(names[where]));
      CHECK_FALSE(shows_pointer(names[1 - where]));
    }
  }

  TEST_CASE("a server that closes while it is opened, as one does that begins anew, is asked once more; then it is told so") {
    Xvfb server("320x240x24");
    test::X11Relay once(server.display(), 1);
    CHECK(capture::open_video(region(once.display(), 0, 0, 0, 0), {})->read({}));
    test::X11Relay always(server.display(), 100);
    const auto error = error_of([&] { capture::open_video(region(always.display(), 0, 0, 0, 0), {}); });
    CHECK(error.code == Code::kDeviceLost);
    CHECK(error.device == always.display());
    CHECK(std::string(error.what()).find("closed the connection") != std::string::npos);
    CHECK(std::string(error.what()).find("XAUTHORITY") == std::string::npos);
    CHECK(always.connections() == 2);
  }

  TEST_CASE("a server that wants a key refuses one without it in its own words, on stderr not a word; with it all is well") {
    const test::Folder folder;
    const std::string keys = folder.path() + "/keys";
    const std::string key = "0123456789abcdeffedcba9876543210";
    const auto file_key = [&](const std::string& file, const std::string& display, const std::string& bytes) {
      // Family Wild, which fits every address; an empty one; the display; the protocol; the key.
      std::ofstream out(file, std::ios::binary);
      const auto counted = [&](const std::string& text) {
        out << static_cast<char>(text.size() >> 8) << static_cast<char>(text.size() & 0xFF) << text;
      };
      out << '\xFF' << '\xFF';
      for (const std::string& each : {std::string(), display, std::string("MIT-MAGIC-COOKIE-1"), bytes}) counted(each);
    };
    file_key(keys, "", key.substr(0, 16));
    Xvfb server({}, {"-screen", "0", "320x240x24", "-auth", keys});
    const auto opened = [&] { return capture::open_video(region(server.display(), 0, 0, 0, 0), {}); };
    {
      const test::Environment authority("XAUTHORITY", keys);
      CHECK(opened()->read({}));
    }
    file_key(folder.path() + "/wrong", "", key.substr(16));
    for (const auto& [file, words] : {std::pair{"/none", "Authorization required"}, {"/wrong", "Invalid MIT-MAGIC-COOKIE-1 key"}}) {
      const test::Environment authority("XAUTHORITY", folder.path() + file);
      const Stderr written;
      const auto error = error_of(opened);
      CHECK(written.words() == "");
      CHECK(error.code == Code::kDevicePermission);
      CHECK(error.device == server.display());
      CHECK(std::string(error.what()).find(words) != std::string::npos);
      CHECK(std::string(error.what()).find("$XAUTHORITY") != std::string::npos);
    }
  }

  // Xwayland without a root window's picture, as every Wayland desktop starts it; and with one, in a window of the desktop.
  TEST_CASE("Xwayland's screen, which has no picture, is refused with what to do, and not listed; a server within a window is taken") {
    const test::Folder folder;
    const test::Environment runtime("XDG_RUNTIME_DIR", folder.path());
    test::Child weston({"sh", "-c", "exec weston --backend=headless-backend.so --socket=wayland --xwayland --idle-time=0 --no-config 2>&1"});
    std::string line;
    while (line.find("listening on display ") == std::string::npos) {
      line = weston.read_line();
      REQUIRE_MESSAGE(!line.empty(), "weston did not start Xwayland");
    }
    const std::string name = line.substr(line.rfind(':'));
    const auto error = error_of([&] { capture::open_video(region(name, 0, 0, 0, 0), {}); });
    CHECK(error.code == Code::kDeviceFormat);
    CHECK(error.device == name);
    CHECK(std::string(error.what()).find("Xwayland") != std::string::npos);
    {
      const test::Environment display("DISPLAY", name);
      const auto list = capture::list_devices();
      CHECK(std::ranges::find(list.devices, "screen", &capture::Device::kind) == list.devices.end());
      CHECK(std::ranges::any_of(list.notes, [](const auto& note) { return note.find("Xwayland") != std::string::npos; }));
    }
    const test::Environment wayland("WAYLAND_DISPLAY", "wayland");
    test::Child within({"Xwayland", "-displayfd", "1", "-noreset"});
    const std::string nested = ":" + within.read_line();
    Painter(nested).fill(0x204080, {0, 0, 10, 10});
    CHECK(pixel(*capture::open_video(region(nested, 0, 0, 0, 0), {})->read({}), 9, 9) == 0x204080);
    Xvfb apart("320x240x24");
    CHECK(capture::open_video(region(apart.display(), 0, 0, 0, 0), {})->read({}));
    within.stop();
    weston.stop();
  }
}
