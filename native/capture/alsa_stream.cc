#include "capture/alsa_stream.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "capture/in_time.h"
#include "capture/wake.h"

namespace capture {
namespace {

using media::Code;
using media::Error;
using media::Time;

constexpr Time kPatience = std::chrono::seconds(5);

bool is_overrun(long error) { return error == -EPIPE || error == -ESTRPIPE; }

AlsaPcm open_in_time(const Alsa& wanted, Time period, const std::stop_token& stop) {
  auto opened = in_time(wanted.device, [wanted, period] { return AlsaPcm(wanted, period); }, kPatience, stop);
  if (opened) return std::move(*opened);
  const std::string why = stop.stop_requested() ? " was stopped" : " took more than 5 seconds; what is behind it does not answer";
  throw Error(Code::kDeviceLost, "opening sound device " + wanted.device + why).with_device(wanted.device);
}

Alsa named(Alsa wanted) {
  if (wanted.device.empty()) wanted.device = "default";
  return wanted;
}

}  // namespace

AlsaStream::AlsaStream(const Alsa& wanted, Time period, const std::stop_token& stop)
    : device_(named(wanted).device),
      pcm_(open_in_time(named(wanted), period, stop)),
      channels_(pcm_.shape().channels > 2 ? wanted.channels : static_cast<int>(pcm_.shape().channels)),
      downmix_(pcm_.shape().map, channels_) {}

media::AudioFormat AlsaStream::format() const {
  return {media::SampleFormat::kF32, static_cast<int>(pcm_.shape().rate), channels_};
}

Time AlsaStream::period() const { return Time(pcm_.shape().period * 1'000'000 / pcm_.shape().rate); }

Error AlsaStream::lost(long error) const {
  const std::string why = error == -ENODEV ? "it was removed" : pcm_.words_for(static_cast<int>(error));
  return Error(Code::kDeviceLost, "sound device " + device_ + " was lost: " + why).with_device(device_);
}

bool AlsaStream::wait(const std::stop_token& stop, Time until) {
  const Wake wake(stop);
  do {
    pcm_.watch(descriptors_);
    if (wake.wait(descriptors_, until) != Wake::Outcome::kReady) return false;
  } while (!pcm_.stirs(descriptors_));
  return true;
}

std::optional<size_t> AlsaStream::take(std::vector<float>& samples, size_t most) {
  const SampleEncoding encoding = pcm_.shape().encoding;
  const size_t channels = pcm_.shape().channels;
  const size_t width = bytes_of(encoding);
  const size_t stride = width * channels;
  bytes_.resize(most * stride);
  samples.clear();
  const long taken = pcm_.read(bytes_.data(), most);
  if (is_overrun(taken)) {
    if (const int error = pcm_.restart(); error < 0) throw lost(error);
    return std::nullopt;
  }
  if (taken == -EAGAIN || taken == -EINTR) return 0;
  if (taken < 0) throw lost(taken);
  const size_t frames = std::min(static_cast<size_t>(taken), most);
  std::vector<float>& read = downmix_.idle() ? samples : unmixed_;
  read.clear();
  for (size_t i = 0; i < frames * channels; ++i) read.push_back(sample_at(bytes_.data() + i * width, encoding));
  if (!downmix_.idle()) downmix_.mix(read, samples);
  return frames;
}

std::optional<AlsaStream::Timing> AlsaStream::timing() {
  constexpr Time kPlausible = std::chrono::seconds(1);
  const long readable = pcm_.available();
  if (is_overrun(readable)) return std::nullopt;
  if (readable < 0) throw lost(readable);
  if (const auto stamp = pcm_.stamp()) {
    const Time age = media::monotonic_now() - stamp->moment;
    if (age < kPlausible && age > -kPlausible) return stamp;  // a plugin may give another clock's
  }
  // More than what is readable where a sound server is behind it.
  return Timing{media::monotonic_now(), static_cast<size_t>(std::max(readable, pcm_.delay()))};
}

}  // namespace capture
