// A PulseAudio server of a test's own (pulseaudio must be installed). $PULSE_SERVER names it while it is there.
#pragma once

#include <string>
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

/// With a sink "speakers" that plays into nothing, and a source "line" that hears nothing.
class PulseAudio {
 public:
  PulseAudio() : address_("PULSE_SERVER", "unix:" + folder_.path() + "/native"), child_(command()) {
    until([] { return !sources().empty(); });
  }
  Child& process() { return child_; }
  /// Where it has its socket.
  const std::string& folder() const { return folder_.path(); }
  /// In the place of one that was killed.
  Child again() const { return Child(command()); }

 private:
  std::vector<std::string> command() const {
    return {"env", "-u", "PULSE_SERVER", "HOME=" + folder_.path(), "XDG_RUNTIME_DIR=" + folder_.path(),
            "PULSE_RUNTIME_PATH=" + folder_.path(), "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1",
            "--use-pid-file=no", "-L", "module-native-protocol-unix auth-anonymous=1 socket=" + folder_.path() + "/native",
            "-L", "module-null-sink sink_name=speakers rate=48000",
            "-L", "module-null-source source_name=line rate=44100 channels=1"};
  }

  Folder folder_;
  Environment address_;
  Child child_;
};

}  // namespace test
