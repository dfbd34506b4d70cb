// The door to the devices. Settings are complete values (src/options.ts knows the defaults); every open_* throws media::Error
// with the device's id when it cannot be had. Objects returned are used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "media/stages.h"

namespace capture {

class VideoInput;  // capture/input.h is the second part of this door: frames and sound written by the program
class AudioInput;
class InputClock;

// --- video -------------------------------------------------------------------------------------------------------------------

struct TestPattern {
  int width;
  int height;
  media::Rational frame_rate;
};

/// A region of an X11 screen, the whole root window when width and height are 0.
struct Screen {
  std::string display;  // empty: $DISPLAY
  int x;
  int y;
  int width;
  int height;
  media::Rational frame_rate;
  bool cursor;
};

/// Values of a camera's controls by their names.
using ControlValues = std::vector<std::pair<std::string, int64_t>>;

/// A V4L2 capture device. 0 and empty: whatever is best, as choose_mode() (capture/camera_mode.h) says.
struct Camera {
  std::string device;           // a path, a link's name under /dev/v4l, or the card's name; empty: the first
  int width;
  int height;
  media::Rational frame_rate;   // num 0: 30 where the camera has it
  std::string format;           // V4L2's four characters
  ControlValues controls = {};  // set as it is opened
  std::string unit = {};        // of open_same_video(): the very one, where another may get its path; empty: whichever is there
};

/// Shared, because the program's object and the track that reads it live independently of each other.
struct WrittenVideo {
  std::shared_ptr<VideoInput> input;
  std::shared_ptr<InputClock> clock;
};

using VideoSettings = std::variant<TestPattern, Screen, Camera, WrittenVideo>;

// --- audio -------------------------------------------------------------------------------------------------------------------

struct Tone {
  double frequency;  // Hz; a beep of 100 ms at each full second of the wall clock, with the test pattern's flash
  int sample_rate;
  int channels;
};

struct Silence {
  int sample_rate;
  int channels;
};

/// A PulseAudio source; a sink's monitor for system audio.
struct Pulse {
  std::string device;  // empty: the server's default source, or the default sink's monitor
  bool monitor;        // system audio
  int sample_rate;
  int channels;
};

/// An ALSA PCM. What it cannot do is replaced by the nearest that it can; format() then says so.
struct Alsa {
  std::string device;  // "hw:CARD=…,DEV=…", "plughw:…", …; empty: "default"
  int sample_rate;
  int channels;
};

/// Whichever of the two the machine has.
struct Microphone {
  std::string device;  // a PulseAudio source, or with a colon in it an ALSA PCM; empty: the default one
  int sample_rate;
  int channels;
};

struct WrittenAudio {
  std::shared_ptr<AudioInput> input;
  std::shared_ptr<InputClock> clock;
};

using AudioSettings = std::variant<Tone, Silence, Pulse, Alsa, Microphone, WrittenAudio>;

// --- the door ----------------------------------------------------------------------------------------------------------------

/// Opens and starts. Blocks while the device is opened, at most some seconds; `stop` ends that wait early (then throws the
/// device's ERR_DEVICE_LOST, which nobody reads any more).
std::unique_ptr<media::VideoSource> open_video(const VideoSettings& settings, std::stop_token stop);
std::unique_ptr<media::AudioSource> open_audio(const AudioSettings& settings, std::stop_token stop);
/// The same, and writes into `settings` what finds this camera or microphone again, whichever others there will be. What the system
/// plays is that of the default sink, whichever that will be, if none was named.
std::unique_ptr<media::VideoSource> open_same_video(VideoSettings& settings, std::stop_token stop);
std::unique_ptr<media::AudioSource> open_same_audio(AudioSettings& settings, std::stop_token stop);

/// One picture format and size of a camera.
struct CameraMode {
  std::string format;  // V4L2's four characters: "YUYV", "MJPG"
  int width;
  int height;
  std::vector<media::Rational> frame_rates;  // the highest first; empty: the camera does not say
};

/// Something of a camera that can be set at any time, also while it streams.
struct CameraControl {
  /// One of a menu.
  struct Item {
    int64_t value;
    std::string label;
  };
  std::string name;   // as v4l2-ctl prints it: "exposure_time_absolute"
  std::string label;  // the driver's, for people
  std::string type;   // "integer", "boolean", "menu", "button", "bitmask"
  int64_t min = 0;
  int64_t max = 0;
  int64_t step = 1;
  int64_t preset = 0;  // the driver's default
  int64_t value = 0;
  std::vector<Item> items = {};  // menus
  bool read_only = false;
  bool inactive = false;     // has no effect now: another control rules what it sets
  bool is_volatile = false;  // changes by itself
};

/// Sets `values` first, if there are any, then gives what all controls are. `device` as in Camera.
std::vector<CameraControl> camera_controls(const std::string& device, const ControlValues& values);

struct Device {
  std::string kind;  // "camera", "screen", "microphone", "system-audio"
  std::string id;    // what the source functions take as `display` or `device`
  std::string label;
  std::string backend;  // "v4l2", "x11", "pulse", "alsa"
  int width = 0;        // screens
  int height = 0;
  int sample_rate = 0;  // sound; 0 while an ALSA device is in use
  int channels = 0;
  std::vector<CameraMode> modes = {};  // cameras
  uint64_t instance = 0;               // another one when it was away in between; 0: not known
};

/// What this machine has. A backend whose library or server is missing is left out; `notes` then says which and what brings it.
struct DeviceList {
  std::vector<Device> devices;
  std::vector<std::string> notes;
};
DeviceList list_devices();

/// A device that came or went.
struct DeviceChange {
  bool added;
  Device device;
};

/// Devices as they come and go. Nothing is looked at while the system tells of nothing. A backend that is missing has no devices
/// for as long as it is.
class DeviceWatch {
 public:
  virtual ~DeviceWatch() = default;
  /// Waits for the next change. Empty on `stop`.
  virtual std::optional<DeviceChange> next(std::stop_token stop) = 0;
};

/// `existing`: the devices that are there come first, as added. Throws when the system cannot tell of any more files.
std::unique_ptr<DeviceWatch> watch_devices(bool existing);

}  // namespace capture
