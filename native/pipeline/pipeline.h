// The door to the threads: publishing and raw capture. Every public call may be made from any thread unless it says otherwise;
// callbacks come from threads of this room, one at a time, and must not call back into the object that makes them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "capture/capture.h"
#include "media/error.h"
#include "media/format.h"
#include "media/packet.h"
#include "media/time.h"
#include "pipeline/pixels.h"

namespace pipeline {

/// A picture that owns its memory.
struct Picture {
  media::VideoFormat format;
  std::vector<uint8_t> bytes;  // planes one after another, without padding
};

struct VideoSettings {
  capture::VideoSettings source;
  int width = 0;  // 0 with height 0: the source's size, made even
  int height = 0;
  media::Rational frame_rate{0, 1};  // num 0: the source's rate
  bool constant_frame_rate = true;   // false: pictures keep their capture times
  std::optional<Picture> slate;      // shown while the device is lost; empty: its last picture
  int bitrate = 0;                   // bit/s; 0: the usual one of the size and rate
  double keyframe_interval = 2;      // seconds
  std::string preset;
  std::string tune;
  std::string profile;
  int b_frames = -1;
  int threads = 0;
  std::vector<std::pair<std::string, std::string>> extra;
};

/// One of the sounds that are mixed into the track.
struct MixInput {
  capture::AudioSettings source;
  double gain = 1;  // linear, 0 to 10
  bool muted = false;
};

struct AudioSettings {
  std::vector<MixInput> inputs;  // at least one
  int bitrate = 0;               // bit/s
  int sample_rate = 48000;
  int channels = 2;
};

struct Settings {
  std::vector<std::string> urls;
  std::optional<VideoSettings> video;
  std::optional<AudioSettings> audio;
  media::Time connect_timeout{};
  media::Time write_timeout{};
  media::Time stop_timeout{};
  media::Time max_buffer{};
  size_t max_buffer_bytes = 0;
  media::Time track_spread{};
  bool ends_with_device = false;  // a lost device ends the stream; otherwise it goes on, and waits for the device
  std::string encoder;
};

struct Started {};
/// The last event, exactly one after start(). Every thread of the publication but the one that tells is joined by then.
struct Ended {
  std::optional<media::Error> error;
  std::string destination;  // masked URL, where the error is a destination's
};
struct Congestion {
  media::Time buffered;
  uint64_t dropped_frames;
};
struct Warning {
  media::Error error;
};
struct DeviceLost {
  media::Track track;
  size_t input;  // of the track
  media::Error error;
};
struct DeviceBack {
  media::Track track;
  size_t input;
  std::string device;
  media::Time away;
};
/// What was asked for is another device by now, which is captured in place of the previous one.
struct DeviceChanged {
  media::Track track;
  size_t input;
  std::string device;
  std::string previous;
};
/// What became of a replace_*_source() call.
struct SourceReplaced {
  uint32_t ticket;
  std::optional<media::Error> error;
};
using Event = std::variant<Started, Ended, Congestion, Warning, DeviceLost, DeviceBack, DeviceChanged, SourceReplaced>;

/// What a track reads.
struct VideoSourceStats {
  media::Opened opened;
  int width = 0;
  int height = 0;
  double frame_rate = 0;
  bool lost = false;
};

struct VideoStats {
  VideoSourceStats source;
  int width = 0;
  int height = 0;
  double frame_rate = 0;
  uint64_t frames_captured = 0;
  uint64_t frames_encoded = 0;
  uint64_t frames_repeated = 0;  // of these: where no picture came
  uint64_t frames_dropped = 0;   // captured, but more than the rate has place for
  uint64_t capture_gaps = 0;
  uint64_t timestamp_jumps = 0;  // of all sources that there were
  uint64_t keyframes = 0;
  uint64_t bytes = 0;
  int target_bitrate = 0;
  double bitrate = 0;
  media::Time encode_time_p50{};
  media::Time encode_time_p95{};
  double stamp_error = 0;  // microseconds: timestamp minus capture time, smoothed
};

struct AudioSourceStats {
  media::Opened opened;
  int sample_rate = 0;
  int channels = 0;
  bool lost = false;
};

/// Levels are linear: 1 is full scale.
struct MixInputStats {
  AudioSourceStats source;
  uint64_t samples_captured = 0;
  uint64_t capture_gaps = 0;
  uint64_t overruns = 0;         // of all sources that there were
  uint64_t timestamp_jumps = 0;  // the same
  uint64_t not_numbers = 0;      // samples, of all channels: silence took their place
  double drift_ppm = 0;
  double stamp_error = 0;  // microseconds: timestamp minus capture time, smoothed
  double gain = 1;
  bool muted = false;
  float peak = 0;  // after gain
  float rms = 0;
};

struct AudioStats {
  int sample_rate = 0;
  int channels = 0;
  uint64_t packets_encoded = 0;
  uint64_t bytes = 0;
  double bitrate = 0;
  float peak = 0;  // of the mix
  float rms = 0;
  uint64_t clipped = 0;    // samples of the mix beyond full scale
  double stamp_error = 0;  // of the input that is farthest off
  std::vector<MixInputStats> inputs;
};

enum class DestinationState { kConnecting, kPublishing, kStopping, kStopped };

struct DestinationStats {
  std::string url;  // masked
  DestinationState state = DestinationState::kConnecting;
  int64_t since_ms = 0;  // Unix time of the last change of state
  uint64_t bytes_sent = 0;
  uint64_t bytes_acked = 0;
  media::Time queue_duration{};
  uint64_t queue_bytes = 0;
  uint64_t dropped_frames = 0;
  media::Time round_trip{};
  uint64_t retransmits = 0;
  media::Time interleave_delay{};
};

struct Stats {
  media::Time duration{};
  std::optional<double> av_offset;  // microseconds by which sound lies behind the picture of the same moment
  std::optional<VideoStats> video;
  std::optional<AudioStats> audio;
  std::vector<DestinationStats> destinations;
};

/// One publication. Owns its threads: one a track, one a destination (and its link's), one that knows the order of starting
/// and stopping and tells the events.
class Publisher {
 public:
  Publisher(Settings settings, std::function<void(Event)> on_event);
  /// As abort(), and joins.
  ~Publisher();

  /// Once. Returns at once.
  void start();
  /// Sources stop, encoders flush, queues drain until stop_timeout, the stream is unpublished; then Ended. Idempotent.
  void stop();
  /// Cuts everything; Ended follows without an error. Idempotent.
  void abort() noexcept;

  Stats stats() const;
  void set_video_bitrate(int bits_per_second, size_t max_buffer_bytes);
  void request_keyframe();
  /// The track goes on with another source, without a new connection. SourceReplaced with this ticket follows, unless Ended does.
  void replace_video_source(capture::VideoSettings source, uint32_t ticket);
  /// The same for one input of the sound; `input` is its place in AudioSettings::inputs, here and below.
  void replace_audio_source(size_t input, capture::AudioSettings source, uint32_t ticket);
  /// Linear, 0 to 10.
  void set_audio_gain(size_t input, double gain);
  void set_audio_muted(size_t input, bool muted);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A raw picture or raw sound that owns its memory.
struct CapturedFrame {
  media::VideoFormat format;
  media::Time pts{};
  uint64_t sequence = 0;  // counts every frame that the device made
  Pixels pixels;          // planes one after the other, without padding
};
struct CapturedBuffer {
  media::AudioFormat format;
  media::Time pts{};
  std::vector<uint8_t> bytes;
};

/// What a read comes to: an item, an error, or neither at the end.
template <class Item>
struct Captured {
  std::optional<Item> item;
  std::optional<media::Error> error;
};

/// Raw capture on a thread of its own, which opens the device and reads on also while nobody asks: one picture is kept while it is
/// fresh (two frames, or a tenth of a second), sound for a second.
class Capture {
 public:
  virtual ~Capture() = default;
  /// Ends a pending read with neither item nor error. Joins. Idempotent.
  virtual void close() = 0;
};

class VideoCapture : public Capture {
 public:
  /// One at a time; `done` is called once, from the capture's thread or, after the end, from this one.
  virtual void read(std::function<void(Captured<CapturedFrame>)> done) = 0;
};
class AudioCapture : public Capture {
 public:
  virtual void read(std::function<void(Captured<CapturedBuffer>)> done) = 0;
};

/// Tells of devices that come and go, in order; none is passed over.
class DeviceWatch : public Capture {
 public:
  virtual void read(std::function<void(Captured<capture::DeviceChange>)> done) = 0;
};

/// `rgba`: whatever the source gives is converted to that.
std::unique_ptr<VideoCapture> capture_video(capture::VideoSettings settings, bool rgba);
std::unique_ptr<AudioCapture> capture_audio(capture::AudioSettings settings);
/// As capture::watch_devices().
std::unique_ptr<DeviceWatch> watch_devices(bool existing);

}  // namespace pipeline
