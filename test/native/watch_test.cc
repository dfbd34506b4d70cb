// Devices as they come and go: those of an X server and a sound server that the tests start for themselves. Cameras and
// sound cards are test/vm's.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "capture/capture.h"
#include "capture/file_watch.h"
#include "child.h"
#include "device_changes.h"
#include "pulse_server.h"

using namespace std::chrono_literals;
using capture::FileWatch;
using test::Changes;

namespace {

namespace fs = std::filesystem;

void touch(const fs::path& file) { std::ofstream(file) << "."; }

}  // namespace

TEST_SUITE("watch") {
  TEST_CASE("files: those that are meant, made and removed") {
    const test::Folder folder;
    FileWatch watch({{folder.path(), "video"}, {folder.path(), ""}});
    CHECK(watch.take().empty());
    touch(folder.path() + "/other");
    CHECK(watch.take() == std::vector<size_t>{1});
    touch(folder.path() + "/video7");
    CHECK(watch.take() == std::vector<size_t>{0, 1});
    CHECK(watch.take().empty());
    fs::permissions(folder.path() + "/video7", fs::perms::owner_read);
    CHECK(watch.take() == std::vector<size_t>{0, 1});
    fs::rename(folder.path() + "/video7", folder.path() + "/other");
    CHECK(watch.take() == std::vector<size_t>{0, 1});
    fs::remove(folder.path() + "/other");
    CHECK(watch.take() == std::vector<size_t>{1});
  }

  TEST_CASE("files: in a folder that appears, vanishes and appears again") {
    const test::Folder folder;
    const fs::path deep = fs::path(folder.path()) / "v4l" / "by-id";
    FileWatch watch({{deep, "usb"}});
    for (int round = 0; round < 3; round++) {
      CAPTURE(round);
      touch(folder.path() + "/unrelated");
      CHECK(watch.take().empty());
      fs::create_directories(deep);
      CHECK(watch.take().size() == 1);
      watch.take();
      touch(deep / "usb-camera");
      CHECK(watch.take().size() == 1);
      touch(deep / "pci-camera");
      CHECK(watch.take().empty());
      fs::remove_all(folder.path() + "/v4l");
      CHECK(watch.take().size() == 1);
      watch.take();
    }
  }

  TEST_CASE("sound: what is there comes first, then what comes and goes") {
    test::SoundServer server;
    Changes changes(true, "pulse");
    CHECK(changes.next() == "+ speakers.monitor");
    CHECK(changes.next() == "+ line");
    test::Child load({"pactl", "load-module", "module-null-sink", "sink_name=second"});
    CHECK(changes.next() == "+ second.monitor");
    test::Child unload({"pactl", "unload-module", load.read_line()});
    CHECK(changes.next() == "- second.monitor");
  }

  TEST_CASE("sound: only what comes and goes, where that is wanted") {
    test::SoundServer server;
    Changes changes(false, "pulse");
    int count = 0;
    test::until([&] {  // the first may be among those that are there
      test::Child({"pactl", "load-module", "module-null-sink", "sink_name=extra" + std::to_string(count++)}).read_line();
      return changes.any();
    });
    CHECK(changes.next().starts_with("+ extra"));
  }

  TEST_CASE("sound: a server that ends, and one that starts") {
    test::SoundServer server;
    Changes changes(true, "pulse");
    CHECK(changes.next() == "+ speakers.monitor");
    CHECK(changes.next() == "+ line");
    server.process().kill();
    CHECK(changes.next() == "- speakers.monitor");
    CHECK(changes.next() == "- line");
    const test::Child other = server.again();
    CHECK(changes.next() == "+ speakers.monitor");
    CHECK(changes.next() == "+ line");
  }

  TEST_CASE("sound: a source that was away for a moment was away") {
    test::SoundServer server;
    Changes changes(true, "pulse");
    CHECK(changes.next() == "+ speakers.monitor");
    CHECK(changes.next() == "+ line");
    server.remove_line();
    server.add_line();
    CHECK(changes.next() == "- line");
    CHECK(changes.next() == "+ line");
  }

  TEST_CASE("screens: an X server ends, and starts again") {
    test::Child first({"Xvfb", "-displayfd", "1", "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset"});
    const std::string display = ":" + first.read_line();
    const test::Environment environment("DISPLAY", display);
    Changes changes(true, "x11");
    CHECK(changes.next() == "+ " + display + ".0");
    first.signal(SIGTERM);
    CHECK(changes.next() == "- " + display + ".0");
    test::Child second({"Xvfb", display, "-displayfd", "1", "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset"});
    CHECK(":" + second.read_line() == display);
    CHECK(changes.next() == "+ " + display + ".0");
  }

  TEST_CASE("screens: another server of the same display is another device, however short there was none") {
    const auto instance = [] {
      uint64_t found = 0;
      test::until([&] {  // a server that is slow to answer is not waited for long
        for (const auto& device : capture::list_devices().devices) {
          if (device.kind == "screen") found = device.instance;
        }
        return found != 0;
      });
      return found;
    };
    test::Child first({"Xvfb", "-displayfd", "1", "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset"});
    const std::string display = ":" + first.read_line();
    const test::Environment environment("DISPLAY", display);
    const uint64_t before = instance();
    CHECK(instance() == before);
    first.kill();
    test::Child second({"Xvfb", display, "-displayfd", "1", "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset"});
    CHECK(":" + second.read_line() == display);
    CHECK(instance() != before);
  }

  TEST_CASE("without any server there is nothing to tell, and a stop ends the wait at once") {
    const test::Environment nowhere("PULSE_SERVER", "unix:/nonexistent/native");
    const auto watch = capture::watch_devices(false);
    std::stop_source stop;
    std::jthread later([&stop] {
      std::this_thread::sleep_for(50ms);
      stop.request_stop();
    });
    CHECK_FALSE(watch->next(stop.get_token()));
  }

  TEST_CASE("a stop ends the wait for a sound server that hangs") {
    test::SoundServer server;
    server.process().signal(SIGSTOP);
    const auto watch = capture::watch_devices(false);
    std::stop_source stop;
    std::jthread later([&stop] {
      std::this_thread::sleep_for(50ms);
      stop.request_stop();
    });
    const auto before = media::monotonic_now();
    CHECK_FALSE(watch->next(stop.get_token()));
    CHECK(media::monotonic_now() - before < 1900ms);  // the patience with a silent server is 2 s
  }
}
