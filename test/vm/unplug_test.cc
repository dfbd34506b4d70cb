// Devices that are unplugged and plugged in again: by name the same, and told of.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "../native/child.h"
#include "../native/device_changes.h"
#include "../native/error_of.h"
#include "capture/capture.h"
#include "media/error.h"
#include "vivid.h"

using test::Changes;
using test::error_of;

namespace {

namespace fs = std::filesystem;

constexpr const char* kById = "/dev/v4l/by-id/usb-Maker_Camera_0815-video-index0";
constexpr const char* kByPath = "/dev/v4l/by-path/platform-video0";
constexpr const char* kOther = "/dev/v4l/by-path/platform-video1";

/// The driver vivid has both cameras, snd-aloop both sides of its card: they come and go together.
std::set<std::string> two(Changes& changes) { return {changes.next(), changes.next()}; }
std::set<std::string> both(const std::string& sign, const std::string& first, const std::string& second) {
  return {sign + " " + first, sign + " " + second};
}

/// `what` is "bind" or "unbind".
void tell_driver(const std::string& driver, const std::string& what, const std::string& device) {
  std::ofstream file("/sys/bus/platform/drivers/" + driver + "/" + what);
  file << device << std::flush;
  REQUIRE(file.good());
}

/// Whatever the tests before have done.
void plug_in_all() {
  if (!fs::exists(test::kSingle)) tell_driver("vivid", "bind", "vivid.0");
  test::until([] { return fs::exists(test::kSingle) && fs::exists(test::kMulti); });
}

capture::Camera camera(const std::string& name) { return {name, 320, 180, {30, 1}, "YUYV"}; }

std::vector<capture::Device> cameras() {
  auto devices = capture::list_devices().devices;
  std::erase_if(devices, [](const capture::Device& device) { return device.backend != "v4l2"; });
  return devices;
}

}  // namespace

TEST_CASE("unplug: a camera's id is its link of the most stable kind, and opens it") {
  plug_in_all();
  REQUIRE(cameras().size() == 2);
  CHECK(cameras()[0].label == cameras()[1].label);
  CHECK(cameras()[0].id == kByPath);
  CHECK(cameras()[1].id == kOther);

  fs::create_directories("/dev/v4l/by-id");
  fs::create_symlink("../../video0", kById);
  CHECK(cameras()[0].id == kById);
  for (const auto& camera : cameras()) {
    const auto source = capture::open_video(capture::Camera{camera.id, 320, 180, {30, 1}, ""}, {});
    CHECK(source->read({}));
  }
  fs::remove_all("/dev/v4l/by-id");

  fs::rename(kByPath, "/dev/v4l/hidden");
  CHECK(cameras()[0].id == test::kSingle);
  fs::rename("/dev/v4l/hidden", kByPath);
}

TEST_CASE("unplug: a camera that was not named by a path is looked for by its link, whichever else has its name or number") {
  plug_in_all();
  for (const std::string name : {"", "vivid", "video0"}) {
    CAPTURE(name);
    capture::VideoSettings settings = camera(name);
    CHECK(capture::open_same_video(settings, {})->opened().device == kByPath);
    CHECK(std::get<capture::Camera>(settings).device == kByPath);
    fs::rename(kByPath, "/dev/v4l/hidden");
    CHECK(error_of([&] { capture::open_same_video(settings, {}); }).code == media::Code::kDeviceNotFound);
    fs::rename("/dev/v4l/hidden", kByPath);
    CHECK(capture::open_same_video(settings, {})->read({}));
  }
  capture::VideoSettings path = camera(test::kSingle);
  capture::open_same_video(path, {});
  CHECK(std::get<capture::Camera>(path).device == test::kSingle);
}

TEST_CASE("unplug: without a link another camera that got the path is not taken, unless the path was named") {
  plug_in_all();
  fs::rename("/dev/v4l", "/dev/hidden");
  capture::VideoSettings first = camera("");
  capture::VideoSettings path = camera(test::kSingle);
  for (capture::VideoSettings* const settings : {&first, &path}) {
    CHECK(capture::open_same_video(*settings, {})->opened().device == test::kSingle);
  }
  fs::rename(test::kSingle, "/dev/away");
  fs::create_symlink(test::kMulti, test::kSingle);
  const auto error = error_of([&] { capture::open_same_video(first, {}); });
  const bool taken = capture::open_same_video(path, {})->read({}).has_value();
  fs::rename("/dev/away", test::kSingle);
  fs::rename("/dev/hidden", "/dev/v4l");
  MESSAGE(std::string(error.what()));
  CHECK(error.code == media::Code::kDeviceNotFound);
  CHECK(error.device == test::kSingle);
  CHECK(taken);
  CHECK(capture::open_same_video(first, {})->read({}));
}

TEST_CASE("unplug: cameras go and come back under the same ids") {
  plug_in_all();
  Changes changes(true, "v4l2");
  CHECK(two(changes) == both("+", kByPath, kOther));
  tell_driver("vivid", "unbind", "vivid.0");
  CHECK(two(changes) == both("-", kByPath, kOther));
  tell_driver("vivid", "bind", "vivid.0");
  CHECK(two(changes) == both("+", kByPath, kOther));
  // For so short a time that there is one look only.
  tell_driver("vivid", "unbind", "vivid.0");
  tell_driver("vivid", "bind", "vivid.0");
  CHECK(two(changes) == both("-", kByPath, kOther));
  CHECK(two(changes) == both("+", kByPath, kOther));
}

TEST_CASE("unplug: a link that appears late makes it another id") {
  plug_in_all();
  Changes changes(true, "v4l2");
  two(changes);
  fs::create_directories("/dev/v4l/by-id");
  fs::create_symlink("../../video0", kById);
  CHECK(changes.next() == std::string("- ") + kByPath);
  CHECK(changes.next() == std::string("+ ") + kById);
  fs::remove_all("/dev/v4l/by-id");
  CHECK(changes.next() == std::string("- ") + kById);
  CHECK(changes.next() == std::string("+ ") + kByPath);
}

TEST_CASE("unplug: a sound card goes and comes back") {
  constexpr const char* kFirst = "hw:CARD=Loopback,DEV=0";
  constexpr const char* kSecond = "hw:CARD=Loopback,DEV=1";
  Changes changes(true, "alsa");
  CHECK(two(changes) == both("+", kFirst, kSecond));
  tell_driver("snd_aloop", "unbind", "snd_aloop.0");
  CHECK(two(changes) == both("-", kFirst, kSecond));
  tell_driver("snd_aloop", "bind", "snd_aloop.0");
  CHECK(two(changes) == both("+", kFirst, kSecond));
  // For so short a time that there is one look only.
  tell_driver("snd_aloop", "unbind", "snd_aloop.0");
  tell_driver("snd_aloop", "bind", "snd_aloop.0");
  CHECK(two(changes) == both("-", kFirst, kSecond));
  CHECK(two(changes) == both("+", kFirst, kSecond));
}
