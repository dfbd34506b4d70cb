#include "capture/camera.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

#include "capture/camera_mode.h"
#include "capture/file_instance.h"
#include "capture/v4l2.h"
#include "capture/v4l2_controls.h"
#include "media/error.h"

namespace capture {
namespace {

namespace fs = std::filesystem;

class CameraSource final : public media::VideoSource {
 public:
  CameraSource(V4l2Node node, const ChosenMode& mode, const ControlValues& controls) : device_(std::move(node)) {
    device_.start(mode, controls);
  }
  media::VideoFormat format() const override { return device_.format(); }
  media::Opened opened() const override { return device_.opened(); }
  std::optional<media::VideoFrame> read(std::stop_token stop, media::Time until) override {
    return device_.read(stop, until);
  }

 private:
  V4l2Device device_;
};

/// None where there is no such folder. Throws where it cannot be read for want of something.
std::vector<fs::path> entries(const char* folder) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator each(folder, error), end; !error && each != end; each.increment(error)) paths.push_back(each->path());
  if (media::shortage(error.value()) != nullptr) {
    throw media::Error::from_errno(media::Code::kDeviceLost, "cameras could not be looked for", "open", error.value());
  }
  return paths;
}

/// /dev/video0 and so on, by number.
std::vector<fs::path> nodes() {
  static constexpr std::string_view kPrefix = "video";
  const auto number = [](const fs::path& path) { return std::atoi(path.filename().c_str() + kPrefix.size()); };
  auto paths = entries("/dev");
  std::erase_if(paths, [](const fs::path& path) {
    const std::string name = path.filename();
    return !name.starts_with(kPrefix) || name.size() == kPrefix.size() ||
           name.find_first_not_of("0123456789", kPrefix.size()) != std::string::npos;
  });
  std::sort(paths.begin(), paths.end(), [&](const auto& a, const auto& b) { return number(a) < number(b); });
  return paths;
}

/// The name that stays when devices are plugged in another order, where udev gives one.
std::string stable_name(const fs::path& node) {
  for (const char* const folder : {"/dev/v4l/by-id", "/dev/v4l/by-path"}) {
    auto links = entries(folder);
    std::sort(links.begin(), links.end());
    for (const fs::path& link : links) {
      std::error_code error;
      if (fs::canonical(link, error) == node) return link;
    }
  }
  return node;
}

/// Calls `found` with each device that captures until it says true; `refused` gets the errors of those that might.
template <class Found, class Refused>
void look_for_cameras(Found found, Refused refused) {
  for (const fs::path& node : nodes()) {
    try {
      const V4l2Node device = open_v4l2(node, node);
      const auto modes = modes_of(device);
      if (!modes.empty() && found(node, device.label, modes)) return;
    } catch (const media::Error& error) {
      if (error.code != media::Code::kDeviceNotFound) refused(error);
    }
  }
}

/// The node that `name` means: a path, a link's name under /dev/v4l, a card's name; empty is the first camera.
std::string find_camera(const std::string& name) {
  if (name.starts_with('/')) return name;
  if (!name.empty() && name.find('/') == std::string::npos) {
    for (const char* const folder : {"/dev/v4l/by-id/", "/dev/v4l/by-path/", "/dev/"}) {
      std::error_code error;
      if (fs::exists(folder + name, error)) return folder + name;
    }
  }
  std::string result;
  std::optional<media::Error> refusal;
  look_for_cameras(
      [&](const fs::path& node, const std::string& label, const auto&) {
        if (name.empty() || label == name) result = node;
        return !result.empty();
      },
      [&](const media::Error& error) { refusal = error; });
  if (!result.empty()) return result;
  if (refusal && (name.empty() || media::shortage(refusal->number) != nullptr)) throw *refusal;
  throw media::Error(media::Code::kDeviceNotFound,
                     name.empty() ? "this machine has no camera"
                                  : "there is no camera " + name + "; listDevices() names those that there are")
      .with_device(name);
}

V4l2Node open_by_name(const std::string& name) {
  const std::string path = find_camera(name);
  return open_v4l2(path, name.empty() ? path : name);
}

/// The link that was named, else the most stable one of the node at this path.
std::string id_of(const std::string& path) {
  if (path.starts_with("/dev/v4l/")) return path;
  std::error_code error;
  const fs::path node = fs::canonical(path, error);
  return error ? path : stable_name(node);
}

}  // namespace

std::unique_ptr<media::VideoSource> open_camera(Camera& settings) {
  const std::string path = find_camera(settings.device);
  const std::string id = settings.device.starts_with('/') ? path : id_of(path);
  V4l2Node node = open_v4l2(path, id);
  if (!settings.unit.empty() && node.unit != settings.unit) {
    throw media::Error(media::Code::kDeviceNotFound,
                       "camera " + id + " is another one now: " + node.unit + ", not " + settings.unit)
        .with_device(id);
  }
  const bool lasting = settings.device.starts_with('/') || id.starts_with("/dev/v4l/");
  if (!lasting) settings.unit = node.unit;
  settings.device = id;
  const ChosenMode mode = choose_mode(modes_of(node, settings), settings, node.name);
  return std::make_unique<CameraSource>(std::move(node), mode, settings.controls);
}

std::vector<CameraControl> camera_controls(const std::string& device, const ControlValues& values) {
  const V4l2Node node = open_by_name(device);
  set_controls(node, values);
  return controls_of(node);
}

void list_cameras(DeviceList& list) {
  const auto note = [&](const media::Error& error) { list.notes.push_back(std::string("v4l2: ") + error.what()); };
  try {
    look_for_cameras(
        [&](const fs::path& node, const std::string& label, const std::vector<CameraMode>& modes) {
          Device device{"camera", stable_name(node), label, "v4l2"};
          device.modes = modes;
          device.instance = instance_of(node);
          list.devices.push_back(std::move(device));
          return false;
        },
        note);
  } catch (const media::Error& error) {
    note(error);
  }
}

}  // namespace capture
