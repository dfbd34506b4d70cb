#include "capture/microphone.h"

#include "capture/alsa_stream.h"
#include "capture/sample_clock.h"
#include "capture/sound.h"
#include "capture/wake.h"
#include "media/error.h"

namespace capture {
namespace {

using media::Time;

constexpr Time kPeriod = std::chrono::milliseconds(10);
constexpr Time kPiece = std::chrono::milliseconds(20);
constexpr Time kMeasureInterval = std::chrono::milliseconds(200);

class AlsaSource final : public media::AudioSource {
 public:
  AlsaSource(const Alsa& settings, const std::stop_token& stop)
      : stream_(settings, kPeriod, stop), format_(stream_.format()), clock_(format_.sample_rate) {}

  media::AudioFormat format() const override { return format_; }
  media::Opened opened() const override { return stream_.opened(); }
  uint64_t overruns() const override { return overruns_; }
  /// A period, and what a busy machine adds.
  Time latency() const override { return stream_.period() + std::chrono::milliseconds(5); }

  std::optional<media::AudioBuffer> read(std::stop_token stop, Time until) override {
    const size_t piece = static_cast<size_t>(format_.sample_rate) * kPiece.count() / 1'000'000;
    for (;;) {
      if (stop.stop_requested() || (!more_ && !stream_.wait(stop, until))) return std::nullopt;
      if (!clock_.ready() && !set_clock(stop)) return std::nullopt;
      if (clock_.in_doubt() || media::monotonic_now() - measured_ > kMeasureInterval) measure();
      const auto frames = stream_.take(samples_, piece);
      more_ = frames == piece;
      if (!frames) {  // what was lost is a jump in the timestamps
        clock_ = SampleClock(format_.sample_rate);
        position_ = 0;
        if (given_) ++overruns_;  // before, it was nobody's loss: servers may be slow to accept
        if (media::monotonic_now() >= until) return std::nullopt;  // a card may overrun at each start
        continue;
      }
      media::AudioBuffer buffer;
      buffer.format = format_;
      buffer.samples = samples_.data();
      buffer.frames = *frames;
      buffer.pts = clock_.at(position_);
      position_ += static_cast<int64_t>(*frames);
      if (*frames == 0 || !clock_.ready()) continue;
      given_ = true;
      return buffer;
    }
  }

 private:
  /// False after an overrun.
  bool measure() {
    measured_ = media::monotonic_now();
    const auto timing = stream_.timing();
    if (!timing) return false;
    const int64_t newest = position_ + static_cast<int64_t>(timing->waiting);
    clock_.measure(timing->moment, Time(newest * 1'000'000 / format_.sample_rate));
    return true;
  }

  /// At the start the device is asked a few times while its samples wait. False on `stop`.
  bool set_clock(const std::stop_token& stop) {
    const Wake wake(stop);
    while (measure() && !clock_.ready()) {
      if (wake.wait(-1, 0, media::monotonic_now() + kPeriod) == Wake::Outcome::kStopped) return false;
    }
    return true;
  }

  AlsaStream stream_;
  media::AudioFormat format_;
  SampleClock clock_;
  Time measured_{};
  int64_t position_ = 0;  // frames taken since the stream last started
  uint64_t overruns_ = 0;
  bool more_ = false;     // than one piece was waiting
  bool given_ = false;    // a buffer
  std::vector<float> samples_;
};

}  // namespace

std::unique_ptr<media::AudioSource> open_alsa(const Alsa& settings, std::stop_token stop) {
  return std::make_unique<AlsaSource>(settings, stop);
}

std::unique_ptr<media::AudioSource> open_microphone(const Microphone& settings, std::stop_token stop, AudioSettings& taken) {
  const auto& [device, sample_rate, channels] = settings;
  const Alsa alsa{device, sample_rate, channels};
  const Pulse pulse{device, false, sample_rate, channels};
  taken = alsa;
  if (device.find(':') != std::string::npos) return open_alsa(alsa, stop);
  std::string no_server;
  try {
    find_sound_server(stop);
  } catch (const media::Error& error) {
    if (error.code != media::Code::kDeviceNotFound) throw;
    no_server = error.what();
  }
  if (no_server.empty()) {
    taken = pulse;
    return open_sound(pulse, stop);
  }
  try {
    return open_alsa(alsa, stop);
  } catch (const media::Error& error) {
    if (error.code != media::Code::kDeviceNotFound) throw;
    throw media::Error(error.code, no_server + "; and " + error.what()).with_device(error.device);
  }
}

}  // namespace capture
