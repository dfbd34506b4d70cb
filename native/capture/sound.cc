#include "capture/sound.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "capture/pulse.h"
#include "capture/sample_clock.h"
#include "media/error.h"

namespace capture {
namespace {

using media::Time;
using Outcome = PulseServer::Outcome;

constexpr Time kFragment = std::chrono::milliseconds(10);
// Of PipeWire: its cycles are as short as the shortest fragment that is asked for, and those that a busy machine cannot run in time
// are left out, with their samples.
constexpr Time kPipeWireFragment = std::chrono::milliseconds(40);
constexpr Time kPiece = std::chrono::milliseconds(20);
constexpr Time kMeasureInterval = std::chrono::milliseconds(200);
constexpr Time kPatience = std::chrono::seconds(5);
constexpr Time kShort = std::chrono::seconds(1);  // for a list: the connection, and two answers

class SoundSource final : public media::AudioSource {
 public:
  SoundSource(const Pulse& settings, const std::stop_token& stop)
      : format_{media::SampleFormat::kF32, settings.sample_rate, settings.channels},
        server_(stop, kPatience),
        is_pipewire_(server_.is_pipewire(stop)),
        clock_(settings.sample_rate),
        monitor_(settings.monitor),
        follows_default_(settings.monitor && settings.device.empty()) {
    std::string source = settings.device;
    if (follows_default_) {
      source = server_.follow_default_sink(stop);
    } else if (source.empty()) {
      source = default_microphone(stop);
    } else if (settings.monitor) {
      source = server_.monitor_of(source, stop);
    }
    server_.record(source, format_.sample_rate, fragment(), stop);
    downmix_.emplace(server_.channels(), format_.channels);
  }

  media::AudioFormat format() const override { return format_; }
  media::Opened opened() const override { return server_.opened(); }
  uint64_t overruns() const override { return overruns_; }
  bool superseded() const override { return follows_default_ && server_.default_moved(); }
  /// A fragment, and what a busy machine adds. PulseAudio gives a monitor's samples before they are heard, or with it.
  Time latency() const override { return monitor_ && !is_pipewire_ ? Time{} : fragment() + std::chrono::milliseconds(5); }

  std::optional<media::AudioBuffer> read(std::stop_token stop, Time until) override {
    if (taken_ == frames_ && !next_fragment(stop, until)) return std::nullopt;
    const size_t piece = static_cast<size_t>(format_.sample_rate) * kPiece.count() / 1'000'000;
    media::AudioBuffer buffer;
    buffer.format = format_;
    buffer.samples = samples_.data() + taken_ * static_cast<size_t>(format_.channels);
    buffer.frames = std::min(piece, frames_ - taken_);
    buffer.pts = clock_.at(position_);
    taken_ += buffer.frames;
    position_ += static_cast<int64_t>(buffer.frames);
    return buffer;
  }

 private:
  std::string default_microphone(const std::stop_token& stop);
  bool set_clock(const std::stop_token& stop, Time until);
  bool next_fragment(const std::stop_token& stop, Time until);
  void follow_clock();
  Time fragment() const { return is_pipewire_ ? kPipeWireFragment : kFragment; }

  media::AudioFormat format_;
  PulseServer server_;
  bool is_pipewire_;
  SampleClock clock_;
  bool monitor_;
  bool follows_default_;
  std::optional<media::Downmix> downmix_;
  Time asked_{};
  std::vector<float> fragment_;  // in the source's channels
  std::vector<float> mixed_;     // in those of the format, where they are others
  std::span<const float> samples_;
  size_t frames_ = 0;     // of the fragment
  size_t taken_ = 0;      // of these
  uint64_t overruns_ = 0;
  int64_t position_ = 0;  // frames since the stream's first
  int64_t first_ = 0;     // its number, as the server counts
  /// What a server drops because nobody takes it, PipeWire without a word. What waits here already was before it.
  struct Hole {
    int64_t position;
    int64_t frames;
  };
  std::optional<Hole> hole_;
};

/// A server without a microphone takes a sink's monitor for its default source: nobody asked for what the machine plays.
std::string SoundSource::default_microphone(const std::stop_token& stop) {
  const auto sources = server_.sources(kPatience, stop);
  if (!sources) throw media::Error(media::Code::kDeviceLost, "the PulseAudio server does not answer");
  for (const PulseServer::Source& source : *sources) {
    if (source.preferred && !source.monitor) return source.name;
  }
  throw media::Error(media::Code::kDeviceNotFound,
                     "the PulseAudio server's default source is no microphone; name a source that listDevices() lists, or use "
                     "systemAudio() for what the machine plays");
}

/// Before the first sound is given out, the time is asked with each of the first few fragments, which are left out. False on
/// `stop`, or when that is not done by `until`; the next call goes on.
bool SoundSource::set_clock(const std::stop_token& stop, Time until) {
  if (server_.wait_for_more_than(0, stop, until) != Outcome::kDone) return false;
  while (!clock_.ready()) {
    server_.ask_for_timing();
    if (server_.wait_for_timing(stop, until) != Outcome::kDone) return false;
    if (const auto timing = server_.timing()) {
      clock_.measure(timing->moment, timing->position);
      first_ = timing->next - position_;
    }
    const Time soon = std::min(until, media::monotonic_now() + 2 * fragment());
    if (server_.wait_for_more_than(server_.waiting(), stop, soon) == Outcome::kStopped) return false;
  }
  while (const size_t late = server_.take(fragment_)) position_ += static_cast<int64_t>(late);
  return true;
}

void SoundSource::follow_clock() {
  if (const auto timing = server_.timing()) {
    clock_.measure(timing->moment, timing->position);
    const int64_t lost = timing->next - first_ - position_;
    if (lost > 0 && !hole_) hole_ = {position_ + static_cast<int64_t>(server_.waiting()), lost};
  }
  if (hole_ && position_ >= hole_->position) {
    position_ += hole_->frames;
    ++overruns_;
    hole_.reset();
  }
  const Time now = media::monotonic_now();
  if (now - asked_ < kMeasureInterval && !clock_.in_doubt()) return;
  server_.ask_for_timing();
  asked_ = now;
}

bool SoundSource::next_fragment(const std::stop_token& stop, Time until) {
  if (!clock_.ready() && !set_clock(stop, until)) return false;
  for (;;) {
    if (server_.wait_for_more_than(0, stop, until) != Outcome::kDone) return false;
    follow_clock();
    const size_t frames = server_.take(fragment_);
    if (!fragment_.empty()) {
      samples_ = fragment_;
      if (!downmix_->idle()) {
        downmix_->mix(fragment_, mixed_);
        samples_ = mixed_;
      }
      frames_ = frames;
      taken_ = 0;
      return true;
    }
    if (frames == 0) continue;
    position_ += static_cast<int64_t>(frames);  // a hole: its time passes without samples
    ++overruns_;
  }
}

}  // namespace

std::unique_ptr<media::AudioSource> open_sound(const Pulse& settings, std::stop_token stop) {
  return std::make_unique<SoundSource>(settings, stop);
}

void find_sound_server(std::stop_token stop) { PulseServer(std::move(stop), kPatience); }

std::optional<std::vector<Device>> sources_of(PulseServer& server, const std::stop_token& stop) {
  auto sources = server.sources(kShort / 2, stop);
  if (!sources) return std::nullopt;
  std::ranges::stable_partition(*sources, &PulseServer::Source::preferred);
  std::vector<Device> devices;
  for (auto& source : *sources) {
    Device device{source.monitor ? "system-audio" : "microphone", source.name, source.description, "pulse"};
    device.sample_rate = source.sample_rate;
    device.channels = source.channels;
    device.instance = source.index + 1ULL;
    devices.push_back(std::move(device));
  }
  return devices;
}

void list_sound(DeviceList& list) {
  try {
    PulseServer server({}, kShort);
    if (auto devices = sources_of(server)) {
      std::ranges::move(*devices, std::back_inserter(list.devices));
    } else {
      list.notes.emplace_back("pulse: the PulseAudio server does not answer");
    }
  } catch (const media::Error& error) {
    list.notes.push_back(std::string("pulse: ") + error.what());
  }
}

}  // namespace capture
