#include "capture/sound_watch.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "capture/sound.h"
#include "capture/wake.h"
#include "media/error.h"

namespace capture {
namespace {

using media::Time;

constexpr Time kPatience = std::chrono::seconds(2);
constexpr Time kPause = std::chrono::seconds(10);

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// Where libpulse looks for the user's server.
std::string own_folder() {
  if (const std::string folder = variable("PULSE_RUNTIME_PATH"); !folder.empty()) return folder;
  if (const std::string folder = variable("XDG_RUNTIME_DIR"); !folder.empty()) return folder + "/pulse";
  std::string machine;
  std::ifstream("/etc/machine-id") >> machine;
  return variable("HOME") + "/.config/pulse/" + machine + "-runtime";
}

}  // namespace

std::vector<FileWatch::Place> SoundWatch::places() {
  const std::string named = variable("PULSE_SERVER");
  if (named.empty()) return {{own_folder(), "native"}, {"/run/pulse", "native"}};
  // Several, each a path or an address: "{machine}unix:/path /path tcp:host:port".
  std::vector<FileWatch::Place> places;
  std::istringstream words(named);
  for (std::string word; words >> word;) {
    const size_t slash = word.find('/');
    const size_t last = word.rfind('/');
    if (slash == std::string::npos) continue;
    places.push_back({last > slash ? word.substr(slash, last - slash) : "/", word.substr(last + 1)});
  }
  return places;
}

std::optional<std::vector<Device>> SoundWatch::list(const std::stop_token& stop) {
  const Time began = media::monotonic_now();
  retry_ = media::kForever;
  try {
    if (!server_) {
      server_.emplace(stop, kPatience);
      server_->subscribe(stop, kPatience);
    }
    if (auto devices = sources_of(*server_, stop)) return devices;
    retry_ = media::monotonic_now() + kPause;
  } catch (const media::Error&) {
    const Time now = media::monotonic_now();
    // No file tells when a server that hangs goes on, or one on the network starts.
    if (now - began >= kPatience || places().empty()) retry_ = now + kPause;
    server_.reset();
    return std::vector<Device>{};
  }
  server_.reset();
  return std::nullopt;
}

bool SoundWatch::wait(int fd, const std::stop_token& stop, Time until) {
  if (!server_) {
    Wake(stop).wait(fd, POLLIN, until);
    return false;
  }
  server_->wait_for_news(fd, stop, until);
  if (server_->alive()) return server_->take_news();
  server_.reset();
  return true;
}

}  // namespace capture
