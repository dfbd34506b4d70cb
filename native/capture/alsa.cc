#include "capture/alsa.h"

#include <alsa/asoundlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "capture/alsa_channels.h"
#include "capture/alsa_refusal.h"
#include "capture/file_instance.h"
#include "capture/library.h"
#include "capture/pulse_log.h"
#include "media/error.h"
#include "system/shortage.h"

namespace capture {
namespace {

using media::Error;
using media::Time;

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
  CAPTURE_SYMBOL(pcm_info);
  CAPTURE_SYMBOL(pcm_info_malloc);
  CAPTURE_SYMBOL(pcm_info_free);
  CAPTURE_SYMBOL(pcm_info_set_device);
  CAPTURE_SYMBOL(pcm_info_set_stream);
  CAPTURE_SYMBOL(pcm_info_get_name);
  CAPTURE_SYMBOL(pcm_open);
  CAPTURE_SYMBOL(pcm_close);
  CAPTURE_SYMBOL(pcm_format_name);
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
  CAPTURE_SYMBOL(pcm_get_chmap);
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

void choose_times(const LibAsound& alsa, snd_pcm_t* pcm, snd_pcm_uframes_t period) {
  const auto software = allocated<snd_pcm_sw_params_t>(alsa.pcm_sw_params_malloc, alsa.pcm_sw_params_free);
  alsa.pcm_sw_params_current(pcm, software.get());
  alsa.pcm_sw_params_set_avail_min(pcm, software.get(), period);
  alsa.pcm_sw_params_set_tstamp_mode(pcm, software.get(), SND_PCM_TSTAMP_ENABLE);
  alsa.pcm_sw_params_set_tstamp_type(pcm, software.get(), SND_PCM_TSTAMP_TYPE_MONOTONIC);
  alsa.pcm_sw_params(pcm, software.get());  // where any of it is refused, what is there will do
}

AlsaPcm::Shape choose_shape(const LibAsound& alsa, snd_pcm_t* pcm, const Alsa& wanted, Time period) {
  const auto refused = [&](int error) { return refusal(wanted.device, error, alsa.strerror(error)); };
  const auto hardware = allocated<snd_pcm_hw_params_t>(alsa.pcm_hw_params_malloc, alsa.pcm_hw_params_free);
  auto* const set = hardware.get();
  const auto need = [&](bool had, const std::string& what) {
    if (!had) throw unfit(wanted.device, what);
  };
  int error = alsa.pcm_hw_params_any(pcm, set);
  if (error < 0) throw refused(error);
  need(alsa.pcm_hw_params_set_access(pcm, set, SND_PCM_ACCESS_RW_INTERLEAVED) >= 0, "with interleaved samples");
  const auto encoding = std::ranges::find_if(kEncodings, [&](const auto& each) {
    return alsa.pcm_hw_params_set_format(pcm, set, each.first) >= 0;
  });
  need(encoding != kEncodings.end(), "with samples of 16, 24 or 32 bits");
  AlsaPcm::Shape shape{.name = wanted.device,
                       .format = alsa.pcm_format_name(encoding->first),
                       .encoding = encoding->second,
                       .rate = static_cast<unsigned>(wanted.sample_rate),
                       .channels = static_cast<unsigned>(wanted.channels),
                       .map = {},
                       .period = 0};
  const std::string channels = "with " + std::to_string(wanted.channels) + " channels";
  const std::string rate = "at " + std::to_string(wanted.sample_rate) + " Hz";
  need(alsa.pcm_hw_params_set_channels_near(pcm, set, &shape.channels) >= 0 && shape.channels > 0, channels);
  need(alsa.pcm_hw_params_set_rate_near(pcm, set, &shape.rate, nullptr) >= 0 && shape.rate > 0, rate);
  auto period_time = static_cast<unsigned>(period.count());
  unsigned buffer_time = kBuffer;
  alsa.pcm_hw_params_set_period_time_near(pcm, set, &period_time, nullptr);
  alsa.pcm_hw_params_set_buffer_time_near(pcm, set, &buffer_time, nullptr);
  error = alsa.pcm_hw_params(pcm, set);
  if (error == -EBUSY || error == -ENODEV || media::shortage(-error) != nullptr) throw refused(error);
  need(error >= 0, rate + " " + channels);
  snd_pcm_uframes_t frames = 0;
  alsa.pcm_hw_params_get_period_size(set, &frames, nullptr);
  shape.period = frames;
  return shape;
}

/// The PCM's own name, where it has one.
void name_it(const LibAsound& alsa, snd_pcm_t* pcm, AlsaPcm::Shape& shape) {
  const auto about = allocated<snd_pcm_info_t>(alsa.pcm_info_malloc, alsa.pcm_info_free);
  if (alsa.pcm_info(pcm, about.get()) < 0) return;
  const char* const name = alsa.pcm_info_get_name(about.get());
  if (name != nullptr && *name != '\0') shape.name = name;
}

/// Of a PCM that is prepared.
std::vector<media::Channel> channels_of(const LibAsound& alsa, snd_pcm_t* pcm, unsigned count) {
  const std::unique_ptr<snd_pcm_chmap_t, decltype(&std::free)> map(alsa.pcm_get_chmap(pcm), &std::free);
  if (!map || map->channels != count) return usual_channels(count);
  std::vector<media::Channel> channels;
  for (unsigned i = 0; i < count; ++i) channels.push_back(alsa_channel(map->pos[i]));
  return channels;
}

}  // namespace

struct AlsaPcm::State {
  LibAsound alsa;
  Pcm pcm{nullptr, alsa.pcm_close};
  Shape shape = {};
};

AlsaPcm::AlsaPcm(const Alsa& wanted, Time period) : state_(std::make_unique<State>()) {
  auto& [alsa, pcm, shape] = *state_;
  const Quiet quiet(alsa);
  // Any other name may be PulseAudio's, by ALSA's plugin.
  if (!wanted.device.starts_with("hw:") && !wanted.device.starts_with("plughw:")) silence_pulse();
  snd_pcm_t* handle = nullptr;
  const int error = alsa.pcm_open(&handle, wanted.device.c_str(), SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK);
  if (error < 0) throw refusal(wanted.device, error, alsa.strerror(error));
  pcm.reset(handle);
  shape = choose_shape(alsa, handle, wanted, period);
  name_it(alsa, handle, shape);
  choose_times(alsa, handle, shape.period);
  if (const int refused = restart(); refused < 0) throw refusal(wanted.device, refused, alsa.strerror(refused));
  shape.map = channels_of(alsa, handle, shape.channels);
}

AlsaPcm::AlsaPcm(AlsaPcm&& other) noexcept = default;

AlsaPcm::~AlsaPcm() {
  if (!state_) return;
  const Quiet quiet(state_->alsa);
  state_->pcm.reset();
}

const AlsaPcm::Shape& AlsaPcm::shape() const { return state_->shape; }

void AlsaPcm::watch(std::vector<pollfd>& descriptors) const {
  const Quiet quiet(state_->alsa);
  const int count = state_->alsa.pcm_poll_descriptors_count(state_->pcm.get());
  descriptors.resize(static_cast<size_t>(std::max(count, 0)));
  state_->alsa.pcm_poll_descriptors(state_->pcm.get(), descriptors.data(), static_cast<unsigned>(descriptors.size()));
}

bool AlsaPcm::stirs(std::vector<pollfd>& descriptors) const {
  const Quiet quiet(state_->alsa);
  const auto count = static_cast<unsigned>(descriptors.size());
  unsigned short events = 0;
  state_->alsa.pcm_poll_descriptors_revents(state_->pcm.get(), descriptors.data(), count, &events);
  return events != 0;
}

long AlsaPcm::read(void* into, size_t frames) {
  const Quiet quiet(state_->alsa);
  return state_->alsa.pcm_readi(state_->pcm.get(), into, frames);
}

long AlsaPcm::available() {
  const Quiet quiet(state_->alsa);
  return state_->alsa.pcm_avail(state_->pcm.get());
}

long AlsaPcm::delay() {
  const Quiet quiet(state_->alsa);
  snd_pcm_sframes_t frames = 0;
  return state_->alsa.pcm_delay(state_->pcm.get(), &frames) < 0 ? 0 : frames;
}

std::optional<AlsaPcm::Stamp> AlsaPcm::stamp() {
  const Quiet quiet(state_->alsa);
  snd_pcm_uframes_t waiting = 0;
  snd_htimestamp_t stamp{};
  if (state_->alsa.pcm_htimestamp(state_->pcm.get(), &waiting, &stamp) < 0) return std::nullopt;
  return Stamp{std::chrono::seconds(stamp.tv_sec) + Time(stamp.tv_nsec / 1000), waiting};
}

int AlsaPcm::restart() {
  const Quiet quiet(state_->alsa);
  const int error = state_->alsa.pcm_prepare(state_->pcm.get());
  return error < 0 ? error : state_->alsa.pcm_start(state_->pcm.get());
}

std::string AlsaPcm::words_for(int error) const { return state_->alsa.strerror(error); }

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
  const uint64_t instance = instance_of("/dev/snd/controlC" + std::to_string(card));
  for (int number = -1; alsa.ctl_pcm_next_device(handle, &number) >= 0 && number >= 0;) {
    alsa.pcm_info_set_device(pcm_info.get(), static_cast<unsigned>(number));
    alsa.pcm_info_set_stream(pcm_info.get(), SND_PCM_STREAM_CAPTURE);
    if (alsa.ctl_pcm_info(handle, pcm_info.get()) < 0) continue;  // it only plays
    const std::string name = alsa.pcm_info_get_name(pcm_info.get());
    Device device{"microphone", "hw:CARD=" + card_id + ",DEV=" + std::to_string(number), card_name + ", " + name, "alsa"};
    fill_in_format(alsa, device);
    device.instance = instance;
    devices.push_back(std::move(device));
  }
}

}  // namespace

void list_alsa(DeviceList& list) {
  try {
    const LibAsound alsa;
    const Quiet quiet(alsa);
    for (int card = -1; alsa.card_next(&card) >= 0 && card >= 0;) list_card(alsa, card, list.devices);
    // libasound then says that there are no cards.
    if (const int lacking = sys::shortage_now(); lacking != 0) {
      throw Error::from_errno(media::Code::kDeviceLost, "not all sound cards could be looked at", "open", lacking);
    }
    if (cards_are_forbidden()) list.notes.emplace_back("alsa: a sound card may not be used; add the user to the group \"audio\"");
  } catch (const Error& error) {
    list.notes.push_back(std::string("alsa: ") + error.what());
  }
}

}  // namespace capture
