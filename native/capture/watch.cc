// Devices as they come and go: what is told of their files and of their sound server makes the backend concerned list its
// devices again, and the difference is told.
#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "capture/alsa.h"
#include "capture/camera.h"
#include "capture/capture.h"
#include "capture/file_watch.h"
#include "capture/screen.h"
#include "capture/sound_watch.h"
#include "media/error.h"
#include "system/shortage.h"

namespace capture {
namespace {

using media::Time;

// A device's node appears before udev sets its rights and links, and each step is told: so long it must have been quiet, or this
// at most.
constexpr Time kSettled = std::chrono::milliseconds(200);
constexpr Time kLongest = std::chrono::seconds(2);

enum BackendNumber : size_t { kCameras, kScreens, kPulse, kAlsa, kBackends };

struct Backend {
  bool told = false;  // its devices are known
  std::vector<Device> known = {};
  Time due = Time::zero();  // when to list them
  Time latest = media::kForever;
};

bool is_same(const Device& a, const Device& b) {
  return a.kind == b.kind && a.id == b.id && a.label == b.label && a.instance == b.instance;
}

class Watch final : public DeviceWatch {
 public:
  explicit Watch(bool existing) : existing_(existing), files_(places()) {}

  std::optional<DeviceChange> next(std::stop_token stop) override {
    for (;;) {
      look(stop);
      if (stop.stop_requested()) return std::nullopt;
      if (!changes_.empty()) break;
      wait(stop);
    }
    DeviceChange change = std::move(changes_.front());
    changes_.pop_front();
    return change;
  }

 private:
  std::vector<FileWatch::Place> places();
  void look(const std::stop_token& stop);
  void wait(const std::stop_token& stop);
  void compare(Backend& backend, std::vector<Device> devices);

  const bool existing_;
  std::vector<BackendNumber> concerned_;  // by a place of files_
  FileWatch files_;
  SoundWatch sound_;
  std::array<Backend, kBackends> backends_;
  std::deque<DeviceChange> changes_;
};

std::vector<FileWatch::Place> Watch::places() {
  std::vector<FileWatch::Place> places;
  const auto add = [&](BackendNumber backend, FileWatch::Place place) {
    concerned_.push_back(backend);
    places.push_back(std::move(place));
  };
  add(kCameras, {"/dev", "video"});
  add(kCameras, {"/dev/v4l/by-id", ""});
  add(kCameras, {"/dev/v4l/by-path", ""});
  add(kScreens, {"/tmp/.X11-unix", "X"});
  add(kAlsa, {"/dev/snd", ""});
  for (FileWatch::Place& place : SoundWatch::places()) add(kPulse, std::move(place));
  return places;
}

/// Lists the devices of each backend whose time has come.
void Watch::look(const std::stop_token& stop) {
  for (size_t number = 0; number < kBackends && !stop.stop_requested(); number++) {
    Backend& backend = backends_[number];
    if (backend.due > media::monotonic_now()) continue;
    backend.due = backend.latest = media::kForever;
    // What cannot be looked at is not gone.
    if (const int lacking = sys::shortage_now(); lacking != 0) {
      if (!backend.told) throw media::Error::from_errno(media::Code::kDeviceLost, "devices cannot be watched", "open", lacking);
      backend.due = media::monotonic_now() + kLongest;
      continue;
    }
    DeviceList list;
    switch (number) {
      case kCameras: list_cameras(list); break;
      case kScreens: list_screens(list, stop); break;
      case kAlsa: list_alsa(list); break;
      case kPulse:
        auto sources = sound_.list(stop);
        backend.due = sound_.retry();
        if (!sources) continue;
        list.devices = std::move(*sources);
    }
    if (!stop.stop_requested()) compare(backend, std::move(list.devices));
  }
}

void Watch::compare(Backend& backend, std::vector<Device> devices) {
  const auto lacks = [](const std::vector<Device>& list, const Device& device) {
    return std::ranges::none_of(list, [&](const Device& other) { return is_same(device, other); });
  };
  for (const Device& device : backend.known) {
    if (lacks(devices, device)) changes_.push_back({false, device});
  }
  for (const Device& device : devices) {
    if ((backend.told || existing_) && lacks(backend.known, device)) changes_.push_back({true, device});
  }
  backend.told = true;
  backend.known = std::move(devices);
}

void Watch::wait(const std::stop_token& stop) {
  const auto touch = [this](BackendNumber number) {
    Backend& backend = backends_[number];
    backend.latest = std::min(backend.latest, media::monotonic_now() + kLongest);
    backend.due = std::min(media::monotonic_now() + kSettled, backend.latest);
  };
  const Time until = std::ranges::min(backends_, {}, &Backend::due).due;
  if (sound_.wait(files_.fd(), stop, until)) touch(kPulse);
  for (const size_t place : files_.take()) touch(concerned_[place]);
}

}  // namespace

std::unique_ptr<DeviceWatch> watch_devices(bool existing) { return std::make_unique<Watch>(existing); }

}  // namespace capture
