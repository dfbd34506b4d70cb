// A sound server of a test's own: PulseAudio, or PipeWire where $SOUND_SERVER says so. $PULSE_SERVER names it while it is there.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "capture/capture.h"
#include "child.h"

namespace test {

/// This server's; the machine may have sound cards of its own.
inline std::vector<capture::Device> sources() {
  auto devices = capture::list_devices().devices;
  std::erase_if(devices, [](const capture::Device& device) { return device.backend != "pulse"; });
  return devices;
}

inline bool is_pipewire() {
  const char* const wanted = std::getenv("SOUND_SERVER");
  return wanted != nullptr && std::string_view(wanted) == "pipewire";
}

/// With a sink "speakers" that plays into nothing, the default, and a source "line" that hears nothing.
class SoundServer {
 public:
  SoundServer() : address_("PULSE_SERVER", "unix:" + socket()), child_(command()) {
    until([this] { return tell({"get-default-sink"}) == "speakers" && tell({"get-default-source"}) == "line" && sources().size() == 2; });
  }
  Child& process() { return child_; }
  const std::string& folder() const { return folder_.path(); }
  /// In the place of one that was killed.
  Child again() const { return Child(command()); }

  /// pactl's first line.
  std::string tell(std::vector<std::string> words) const {
    words.insert(words.begin(), "pactl");
    return Child(std::move(words)).read_line();
  }
  /// Gives the module's number.
  std::string add_sink(const std::string& name, const std::string& more = {}) const {
    return tell({"load-module", "module-null-sink", "sink_name=" + name + " rate=48000 " + more});
  }
  void remove(const std::string& module) const { tell({"unload-module", module}); }
  void add_line() const {
    if (is_pipewire()) {
      add_sink("line", "media.class=Audio/Source/Virtual");
    } else {
      tell({"load-module", "module-null-source", "source_name=line"});
    }
  }
  /// The source, which is a module of its own.
  void remove_line() const {
    remove(Child({"sh", "-c", "pactl list short modules | grep _name=line | cut -f 1"}).read_line());
  }

 private:
  std::string socket() const { return folder_.path() + (is_pipewire() ? "/pulse/native" : "/native"); }
  std::vector<std::string> command() const {
    if (is_pipewire()) return {"test/support/pipewire", folder_.path(), "speakers", "line"};
    return {"env", "-u", "PULSE_SERVER", "HOME=" + folder_.path(), "XDG_RUNTIME_DIR=" + folder_.path(),
            "PULSE_RUNTIME_PATH=" + folder_.path(), "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1",
            "--use-pid-file=no", "-L", "module-native-protocol-unix auth-anonymous=1 socket=" + socket(),
            "-L", "module-null-sink sink_name=speakers rate=48000",
            "-L", "module-null-source source_name=line rate=44100 channels=1"};
  }

  Folder folder_;
  Environment address_;
  Child child_;
};

}  // namespace test
