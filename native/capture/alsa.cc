#include "capture/alsa.h"

#include <alsa/asoundlib.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "capture/alsa_refusal.h"
#include "capture/in_time.h"
#include "capture/library.h"
#include "capture/sample_encoding.h"
#include "capture/wake.h"
#include "media/error.h"

namespace capture {
namespace {

using media::Code;
using media::Error;
using media::Time;

constexpr Time kPatience = std::chrono::seconds(5);
constexpr unsigned kBuffer = 500'000;  // microseconds: so long may this program be kept from reading without a loss

#define CAPTURE_SYMBOL(name) decltype(&::snd_##name) name = library.symbol<decltype(&::snd_##name)>("snd_" #name)

struct LibAsound {
  Library library{"libasound.so.2", "libasound2"};
  CAPTURE_SYMBOL(strerror);
  CAPTURE_SYMBOL(lib_error_set_local);
  CAPTURE_SYMBOL(card_next);
  CAPTURE_SYMBOL(ctl_open);
  CAPTURE_SYMBOL(ctl_close);
  CAPTURE_SYMBOL(ctl_card_info);
  CAPTURE_SYMBOL(ctl_card_info_malloc);
  CAPTURE_SYMBOL(ctl_card_info_free);
  CAPTURE_SYMBOL(ctl_card_info_get_id);
  CAPTURE_SYMBOL(ctl_card_info_get_name);
  CAPTURE_SYMBOL(ctl_pcm_next_device);
  CAPTURE_SYMBOL(ctl_pcm_info);
  CAPTURE_SYMBOL(pcm_info_malloc);
  CAPTURE_SYMBOL(pcm_info_free);
  CAPTURE_SYMBOL(pcm_info_set_device);
  CAPTURE_SYMBOL(pcm_info_set_stream);
  CAPTURE_SYMBOL(pcm_info_get_name);
  CAPTURE_SYMBOL(pcm_open);
  CAPTURE_SYMBOL(pcm_close);
  CAPTURE_SYMBOL(pcm_hw_params);
  CAPTURE_SYMBOL(pcm_hw_params_malloc);
  CAPTURE_SYMBOL(pcm_hw_params_free);
  CAPTURE_SYMBOL(pcm_hw_params_any);
  CAPTURE_SYMBOL(pcm_hw_params_set_access);
  CAPTURE_SYMBOL(pcm_hw_params_set_format);
  CAPTURE_SYMBOL(pcm_hw_params_set_channels_near);
  CAPTURE_SYMBOL(pcm_hw_params_set_rate_near);
  CAPTURE_SYMBOL(pcm_hw_params_set_period_time_near);
  CAPTURE_SYMBOL(pcm_hw_params_set_buffer_time_near);
  CAPTURE_SYMBOL(pcm_hw_params_get_channels_max);
  CAPTURE_SYMBOL(pcm_hw_params_get_period_size);
  CAPTURE_SYMBOL(pcm_sw_params);
  CAPTURE_SYMBOL(pcm_sw_params_malloc);
  CAPTURE_SYMBOL(pcm_sw_params_free);
  CAPTURE_SYMBOL(pcm_sw_params_current);
  CAPTURE_SYMBOL(pcm_sw_params_set_avail_min);
  CAPTURE_SYMBOL(pcm_sw_params_set_tstamp_mode);
  CAPTURE_SYMBOL(pcm_sw_params_set_tstamp_type);
  CAPTURE_SYMBOL(pcm_prepare);
  CAPTURE_SYMBOL(pcm_start);
  CAPTURE_SYMBOL(pcm_readi);
  CAPTURE_SYMBOL(pcm_avail);
  CAPTURE_SYMBOL(pcm_delay);
  CAPTURE_SYMBOL(pcm_htimestamp);
  CAPTURE_SYMBOL(pcm_poll_descriptors_count);
  CAPTURE_SYMBOL(pcm_poll_descriptors);
  CAPTURE_SYMBOL(pcm_poll_descriptors_revents);
};

#undef CAPTURE_SYMBOL

/// While it lives, libasound tells this thread nothing on stderr. The handler of the whole process is left to the program.
class Quiet {
 public:
  explicit Quiet(const LibAsound& alsa)
      : alsa_(alsa), before_(alsa.lib_error_set_local([](const char*, int, const char*, int, const char*, va_list) {})) {}
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet() { alsa_.lib_error_set_local(before_); }

 private:
  const LibAsound& alsa_;
  snd_local_error_handler_t before_;
};

template <typename Type, typename Allocate, typename Free>
std::unique_ptr<Type, Free> allocated(Allocate allocate, Free free) {
  Type* made = nullptr;
  if (allocate(&made) < 0) throw std::bad_alloc();
  return {made, free};
}

using Pcm = std::unique_ptr<snd_pcm_t, decltype(LibAsound::pcm_close)>;

constexpr std::array kEncodings = std::to_array<std::pair<snd_pcm_format_t, SampleEncoding>>({
    {SND_PCM_FORMAT_FLOAT, SampleEncoding::kF32},
    {SND_PCM_FORMAT_S32, SampleEncoding::kS32},
    {SND_PCM_FORMAT_S24_3LE, SampleEncoding::kS24Packed},
    {SND_PCM_FORMAT_S16, SampleEncoding::kS16},
});  // best first

/// A stream that is opened and set up.
struct Opened {
  Pcm pcm;
  SampleEncoding encoding;
  unsigned rate;
  unsigned channels;
  snd_pcm_uframes_t period;
};

void choose_times(const LibAsound& alsa, snd_pcm_t* pcm, snd_pcm_uframes_t period) {
  const auto software = allocated<snd_pcm_sw_params_t>(alsa.pcm_sw_params_malloc, alsa.pcm_sw_params_free);
  alsa.pcm_sw_params_current(pcm, software.get());
  alsa.pcm_sw_params_set_avail_min(pcm, software.get(), period);
  alsa.pcm_sw_params_set_tstamp_mode(pcm, software.get(), SND_PCM_TSTAMP_ENABLE);
  alsa.pcm_sw_params_set_tstamp_type(pcm, software.get(), SND_PCM_TSTAMP_TYPE_MONOTONIC);
  alsa.pcm_sw_params(pcm, software.get());  // where any of it is refused, what is there will do
}

Opened open_pcm(const LibAsound& alsa, const Alsa& wanted, Time period) {
  const Quiet quiet(alsa);
  const auto refused = [&](int error) { return refusal(wanted.device, error, alsa.strerror(error)); };
  snd_pcm_t* pcm = nullptr;
  int error = alsa.pcm_open(&pcm, wanted.device.c_str(), SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK);
  if (error < 0) throw refused(error);
  Opened opened{.pcm = Pcm(pcm, alsa.pcm_close),
                .encoding = {},
                .rate = static_cast<unsigned>(wanted.sample_rate),
                .channels = static_cast<unsigned>(wanted.channels),
                .period = 0};

  const auto hardware = allocated<snd_pcm_hw_params_t>(alsa.pcm_hw_params_malloc, alsa.pcm_hw_params_free);
  auto* const set = hardware.get();
  const auto need = [&](bool had, const std::string& what) {
    if (!had) throw unfit(wanted.device, what);
  };
  if ((error = alsa.pcm_hw_params_any(pcm, set)) < 0) throw refused(error);
  need(alsa.pcm_hw_params_set_access(pcm, set, SND_PCM_ACCESS_RW_INTERLEAVED) >= 0, "with interleaved samples");
  const auto encoding = std::ranges::find_if(kEncodings, [&](const auto& each) {
    return alsa.pcm_hw_params_set_format(pcm, set, each.first) >= 0;
  });
  need(encoding != kEncodings.end(), "with samples of 16, 24 or 32 bits");
  opened.encoding = encoding->second;
  const std::string channels = "with " + std::to_string(wanted.channels) + " channels";
  const std::string rate = "at " + std::to_string(wanted.sample_rate) + " Hz";
  need(alsa.pcm_hw_params_set_channels_near(pcm, set, &opened.channels) >= 0 && opened.channels > 0, channels);
  need(alsa.pcm_hw_params_set_rate_near(pcm, set, &opened.rate, nullptr) >= 0 && opened.rate > 0, rate);
  auto period_time = static_cast<unsigned>(period.count());
  unsigned buffer_time = kBuffer;
  alsa.pcm_hw_params_set_period_time_near(pcm, set, &period_time, nullptr);
  alsa.pcm_hw_params_set_buffer_time_near(pcm, set, &buffer_time, nullptr);
  error = alsa.pcm_hw_params(pcm, set);
  if (error == -EBUSY || error == -ENODEV) throw refused(error);
  need(error >= 0, rate + " " + channels);
  alsa.pcm_hw_params_get_period_size(set, &opened.period, nullptr);

  choose_times(alsa, pcm, opened.period);
  if ((error = alsa.pcm_prepare(pcm)) < 0 || (error = alsa.pcm_start(pcm)) < 0) throw refused(error);
  return opened;
}

/// A plugin may wait for its server forever.
Opened open_in_time(const LibAsound& alsa, const Alsa& wanted, Time period, const std::stop_token& stop) {
  auto opened = in_time([alsa, wanted, period] { return open_pcm(alsa, wanted, period); }, kPatience, stop);
  if (opened) return std::move(*opened);
  const std::string why = stop.stop_requested() ? " was stopped" : " took more than 5 seconds; what is behind it does not answer";
  throw Error(Code::kDeviceLost, "opening sound device " + wanted.device + why).with_device(wanted.device);
}

}  // namespace

struct AlsaStream::State {
  /// Throws unless the stream runs again.
  void restart() {
    int error = alsa.pcm_prepare(opened.pcm.get());
    if (error >= 0) error = alsa.pcm_start(opened.pcm.get());
    if (error < 0) throw lost(error);
  }
  Error lost(int error) const {
    const std::string why = error == -ENODEV ? "it was removed" : alsa.strerror(error);
    return Error(Code::kDeviceLost, "sound device " + device + " was lost: " + why).with_device(device);
  }
  size_t heard() const { return std::min(opened.channels, 2U); }

  LibAsound alsa;
  std::string device;
  Opened opened;
  std::vector<pollfd> descriptors;
  std::vector<uint8_t> bytes;
};

AlsaStream::AlsaStream(const Alsa& wanted, Time period, const std::stop_token& stop) {
  Alsa named = wanted;
  if (named.device.empty()) named.device = "default";
  LibAsound alsa;
  auto opened = open_in_time(alsa, named, period, stop);
  state_ = std::make_unique<State>(alsa, named.device, std::move(opened), std::vector<pollfd>{}, std::vector<uint8_t>{});
  const int count = alsa.pcm_poll_descriptors_count(state_->opened.pcm.get());
  state_->descriptors.resize(static_cast<size_t>(std::max(count, 0)));
}

AlsaStream::~AlsaStream() {
  const Quiet quiet(state_->alsa);
  state_->opened.pcm.reset();
}

media::AudioFormat AlsaStream::format() const {
  return {media::SampleFormat::kF32, static_cast<int>(state_->opened.rate), static_cast<int>(state_->heard())};
}

Time AlsaStream::period() const { return Time(state_->opened.period * 1'000'000 / state_->opened.rate); }

bool AlsaStream::wait(const std::stop_token& stop, Time until) {
  State& s = *state_;
  const Quiet quiet(s.alsa);
  const Wake wake(stop);
  snd_pcm_t* const pcm = s.opened.pcm.get();
  for (;;) {
    const auto count = static_cast<unsigned>(s.descriptors.size());
    s.alsa.pcm_poll_descriptors(pcm, s.descriptors.data(), count);
    if (wake.wait(s.descriptors, until) != Wake::Outcome::kReady) return false;
    unsigned short events = 0;
    s.alsa.pcm_poll_descriptors_revents(pcm, s.descriptors.data(), count, &events);
    if (events != 0) return true;  // samples, or an error that taking them tells
  }
}

std::optional<size_t> AlsaStream::take(std::vector<float>& samples, size_t most) {
  State& s = *state_;
  const Quiet quiet(s.alsa);
  const size_t width = bytes_of(s.opened.encoding);
  const size_t stride = width * s.opened.channels;
  s.bytes.resize(most * stride);
  samples.clear();
  const snd_pcm_sframes_t taken = s.alsa.pcm_readi(s.opened.pcm.get(), s.bytes.data(), most);
  if (taken == -EPIPE || taken == -ESTRPIPE) {
    s.restart();
    return std::nullopt;
  }
  if (taken == -EAGAIN || taken == -EINTR) return 0;
  if (taken < 0) throw s.lost(static_cast<int>(taken));
  const size_t frames = std::min(static_cast<size_t>(taken), most);
  for (size_t frame = 0; frame < frames; frame++) {
    const uint8_t* const first = s.bytes.data() + frame * stride;
    for (size_t channel = 0; channel < s.heard(); channel++) {
      samples.push_back(sample_at(first + channel * width, s.opened.encoding));
    }
  }
  return frames;
}

std::optional<AlsaStream::Timing> AlsaStream::timing() {
  constexpr Time kPlausible = std::chrono::seconds(1);
  State& s = *state_;
  const Quiet quiet(s.alsa);
  snd_pcm_t* const pcm = s.opened.pcm.get();
  const snd_pcm_sframes_t readable = s.alsa.pcm_avail(pcm);  // asks the card; what follows is of this moment
  if (readable == -EPIPE || readable == -ESTRPIPE) return std::nullopt;
  if (readable < 0) throw s.lost(static_cast<int>(readable));
  snd_pcm_uframes_t waiting = 0;
  snd_htimestamp_t stamp{};
  if (s.alsa.pcm_htimestamp(pcm, &waiting, &stamp) >= 0) {
    const Time moment = std::chrono::seconds(stamp.tv_sec) + Time(stamp.tv_nsec / 1000);
    const Time age = media::monotonic_now() - moment;
    if (age < kPlausible && age > -kPlausible) return Timing{moment, waiting};  // a plugin may give none, or another clock's
  }
  snd_pcm_sframes_t delay = 0;  // more than what is readable where a sound server is behind it
  if (s.alsa.pcm_delay(pcm, &delay) < 0) delay = 0;
  return Timing{media::monotonic_now(), static_cast<size_t>(std::max(readable, delay))};
}

namespace {

/// Rate and channels of an input that nobody uses; of one in use the card says nothing.
void fill_in_format(const LibAsound& alsa, Device& device) {
  snd_pcm_t* handle = nullptr;
  if (alsa.pcm_open(&handle, device.id.c_str(), SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK) < 0) return;
  const Pcm pcm(handle, alsa.pcm_close);
  const auto hardware = allocated<snd_pcm_hw_params_t>(alsa.pcm_hw_params_malloc, alsa.pcm_hw_params_free);
  unsigned rate = 48'000;
  unsigned channels = 0;
  if (alsa.pcm_hw_params_any(handle, hardware.get()) < 0 ||
      alsa.pcm_hw_params_set_rate_near(handle, hardware.get(), &rate, nullptr) < 0 ||
      alsa.pcm_hw_params_get_channels_max(hardware.get(), &channels) < 0) {
    return;
  }
  device.sample_rate = static_cast<int>(rate);
  device.channels = static_cast<int>(channels);
}

void list_card(const LibAsound& alsa, int card, std::vector<Device>& devices) {
  snd_ctl_t* handle = nullptr;
  if (alsa.ctl_open(&handle, ("hw:" + std::to_string(card)).c_str(), 0) < 0) return;
  const std::unique_ptr<snd_ctl_t, decltype(alsa.ctl_close)> control(handle, alsa.ctl_close);
  const auto card_info = allocated<snd_ctl_card_info_t>(alsa.ctl_card_info_malloc, alsa.ctl_card_info_free);
  const auto pcm_info = allocated<snd_pcm_info_t>(alsa.pcm_info_malloc, alsa.pcm_info_free);
  if (alsa.ctl_card_info(handle, card_info.get()) < 0) return;
  const std::string card_id = alsa.ctl_card_info_get_id(card_info.get());
  const std::string card_name = alsa.ctl_card_info_get_name(card_info.get());
  for (int number = -1; alsa.ctl_pcm_next_device(handle, &number) >= 0 && number >= 0;) {
    alsa.pcm_info_set_device(pcm_info.get(), static_cast<unsigned>(number));
    alsa.pcm_info_set_stream(pcm_info.get(), SND_PCM_STREAM_CAPTURE);
    if (alsa.ctl_pcm_info(handle, pcm_info.get()) < 0) continue;  // it only plays
    const std::string name = alsa.pcm_info_get_name(pcm_info.get());
    Device device{"microphone", "hw:CARD=" + card_id + ",DEV=" + std::to_string(number), card_name + ", " + name, "alsa"};
    fill_in_format(alsa, device);
    devices.push_back(std::move(device));
  }
}

}  // namespace

void list_alsa(DeviceList& list) {
  try {
    const LibAsound alsa;
    const Quiet quiet(alsa);
    for (int card = -1; alsa.card_next(&card) >= 0 && card >= 0;) list_card(alsa, card, list.devices);
    if (cards_are_forbidden()) list.notes.emplace_back("alsa: a sound card may not be used; add the user to the group \"audio\"");
  } catch (const Error& error) {
    list.notes.push_back(std::string("alsa: ") + error.what());
  }
}

}  // namespace capture
