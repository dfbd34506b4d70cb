#include "capture/pulse.h"

#include <pulse/pulseaudio.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>

#include "capture/library.h"
#include "capture/pulse_channels.h"
#include "capture/pulse_log.h"
#include "media/error.h"
#include "system/shortage.h"

namespace capture {
namespace {

using media::Code;
using media::Error;
using media::Time;

constexpr Time kPatience = std::chrono::seconds(5);
constexpr const char* kDefaultSink = "@DEFAULT_SINK@";

#define CAPTURE_SYMBOL(name) decltype(&::pa_##name) name = library.symbol<decltype(&::pa_##name)>("pa_" #name)

struct LibPulse {
  Library library{"libpulse.so.0", "libpulse0"};
  CAPTURE_SYMBOL(mainloop_new);
  CAPTURE_SYMBOL(mainloop_free);
  CAPTURE_SYMBOL(mainloop_get_api);
  CAPTURE_SYMBOL(mainloop_prepare);
  CAPTURE_SYMBOL(mainloop_poll);
  CAPTURE_SYMBOL(mainloop_dispatch);
  CAPTURE_SYMBOL(mainloop_wakeup);
  CAPTURE_SYMBOL(context_new);
  CAPTURE_SYMBOL(context_unref);
  CAPTURE_SYMBOL(context_connect);
  CAPTURE_SYMBOL(context_disconnect);
  CAPTURE_SYMBOL(context_get_state);
  CAPTURE_SYMBOL(context_errno);
  CAPTURE_SYMBOL(context_get_server_info);
  CAPTURE_SYMBOL(context_get_source_info_list);
  CAPTURE_SYMBOL(context_get_source_info_by_name);
  CAPTURE_SYMBOL(context_get_sink_info_by_name);
  CAPTURE_SYMBOL(context_set_subscribe_callback);
  CAPTURE_SYMBOL(context_subscribe);
  CAPTURE_SYMBOL(operation_get_state);
  CAPTURE_SYMBOL(operation_cancel);
  CAPTURE_SYMBOL(operation_unref);
  CAPTURE_SYMBOL(stream_new);
  CAPTURE_SYMBOL(stream_unref);
  CAPTURE_SYMBOL(stream_connect_record);
  CAPTURE_SYMBOL(stream_disconnect);
  CAPTURE_SYMBOL(stream_get_state);
  CAPTURE_SYMBOL(stream_get_device_name);
  CAPTURE_SYMBOL(stream_peek);
  CAPTURE_SYMBOL(stream_drop);
  CAPTURE_SYMBOL(stream_readable_size);
  CAPTURE_SYMBOL(stream_update_timing_info);
  CAPTURE_SYMBOL(stream_get_timing_info);
  CAPTURE_SYMBOL(strerror);
};

#undef CAPTURE_SYMBOL

Error stopped() { return Error(Code::kDeviceLost, "opening a sound source was stopped"); }

/// What the answers to list questions are gathered in.
struct Catalogue {
  std::string source;  // the default one
  std::string sink;
  std::vector<PulseServer::Source> sources;

  static void take_defaults(pa_context*, const pa_server_info* info, void* target) {
    if (info == nullptr) return;
    auto& self = *static_cast<Catalogue*>(target);
    if (info->default_source_name != nullptr) self.source = info->default_source_name;
    if (info->default_sink_name != nullptr) self.sink = info->default_sink_name;
  }
  static void take_source(pa_context*, const pa_source_info* info, int, void* target) {
    if (info == nullptr || info->name == nullptr) return;
    auto& self = *static_cast<Catalogue*>(target);
    const bool monitor = info->monitor_of_sink != PA_INVALID_INDEX;
    const char* const sink = info->monitor_of_sink_name;
    const bool preferred = monitor ? sink != nullptr && self.sink == sink : self.source == info->name;
    const char* const description = info->description != nullptr ? info->description : info->name;
    const auto rate = static_cast<int>(info->sample_spec.rate);
    self.sources.push_back({info->name, description, monitor, preferred, rate, info->sample_spec.channels, info->index});
  }
};

}  // namespace

struct PulseServer::State {
  ~State() {
    release(timing);
    release(default_question);
    if (streaming()) pulse.stream_disconnect(stream.get());
    if (context) pulse.context_disconnect(context.get());
  }

  Outcome run(const std::function<bool()>& done, const std::stop_token& stop, Time until);
  bool finish(pa_operation* operation, const std::stop_token& stop, Time patience);
  void watch(pa_subscription_mask_t what, const std::stop_token& stop, Time patience);
  void ask_for_default();
  Error refusal() const;

  bool running(pa_operation* operation) const { return pulse.operation_get_state(operation) == PA_OPERATION_RUNNING; }
  /// Its callback's target may be about to go.
  void release(pa_operation* operation) const {
    if (operation == nullptr) return;
    if (running(operation)) pulse.operation_cancel(operation);
    pulse.operation_unref(operation);
  }
  bool alive() const { return pulse.context_get_state(context.get()) == PA_CONTEXT_READY; }
  bool streaming() const { return stream && pulse.stream_get_state(stream.get()) == PA_STREAM_READY; }

  LibPulse pulse;
  std::unique_ptr<pa_mainloop, decltype(LibPulse::mainloop_free)> loop{nullptr, pulse.mainloop_free};
  std::unique_ptr<pa_context, decltype(LibPulse::context_unref)> context{nullptr, pulse.context_unref};
  std::unique_ptr<pa_stream, decltype(LibPulse::stream_unref)> stream{nullptr, pulse.stream_unref};
  std::string device;
  media::AudioFormat format;
  pa_channel_map map{};
  pa_operation* timing = nullptr;            // the question under way
  pa_operation* default_question = nullptr;  // the same
  std::string default_sink;
  std::string followed_sink;
  bool news = false;  // sources came or went
};

/// Serves the connection until `done`. What waits in the socket is served even when it is late: a thread that was put aside finds
/// there what it needs.
PulseServer::Outcome PulseServer::State::run(const std::function<bool()>& done, const std::stop_token& stop, Time until) {
  const std::stop_callback wake(stop, [this] { pulse.mainloop_wakeup(loop.get()); });
  for (;;) {
    if (stop.stop_requested()) return Outcome::kStopped;
    if (done()) return Outcome::kDone;
    const Time left = std::max(Time::zero(), until - media::monotonic_now());
    const auto timeout = static_cast<int>(std::min<int64_t>(left.count(), 1'000'000'000));
    const bool polled = pulse.mainloop_prepare(loop.get(), timeout) >= 0 && pulse.mainloop_poll(loop.get()) >= 0;
    const int served = polled ? pulse.mainloop_dispatch(loop.get()) : -1;
    if (served < 0 || (served == 0 && left == Time::zero())) return Outcome::kLate;
  }
}

/// Waits for an answer whose callback is called meanwhile. False when none came.
bool PulseServer::State::finish(pa_operation* operation, const std::stop_token& stop, Time patience) {
  if (operation == nullptr) return false;
  const Outcome outcome = run([&] { return !running(operation); }, stop, media::monotonic_now() + patience);
  release(operation);
  if (outcome == Outcome::kStopped) throw stopped();
  return outcome == Outcome::kDone;
}

Error PulseServer::State::refusal() const {
  const int error = pulse.context_errno(context.get());
  const std::string words = std::string(". PulseAudio says: ") + pulse.strerror(error);
  const auto make = [&](Code code, const std::string& message) { return Error(code, message).with_device(device); };
  switch (error) {
    case PA_ERR_NOENTITY:
      return make(Code::kDeviceNotFound, "the PulseAudio server has no sound source " + device +
                                             "; \"pactl list short sources\" or listDevices() shows what there is");
    case PA_ERR_ACCESS:
      return make(Code::kDevicePermission, "sound source " + device + " may not be used" + words);
    case PA_ERR_BUSY:
      return make(Code::kDeviceBusy, "sound source " + device + " is in use" + words);
    case PA_ERR_INVALID:
    case PA_ERR_NOTSUPPORTED:
      return make(Code::kDeviceFormat, "sound source " + device + " cannot be had at " + std::to_string(format.sample_rate) +
                                           " Hz with " + std::to_string(format.channels) + " channels" + words);
    default:
      return make(Code::kDeviceLost, "sound source " + device + " could not be opened" + words);
  }
}

PulseServer::PulseServer(std::stop_token stop, Time patience) : state_(std::make_unique<State>()) {
  State& s = *state_;
  silence_pulse();
  s.loop.reset(s.pulse.mainloop_new());
  if (s.loop) s.context.reset(s.pulse.context_new(s.pulse.mainloop_get_api(s.loop.get()), "rtmp-pusher"));
  const auto lacking = [](int number) { return Error::from_errno(Code::kDeviceLost, "sound cannot be captured", "socket", number); };
  if (!s.context) {
    const int number = sys::shortage_now();
    throw lacking(number != 0 ? number : ENOMEM);
  }
  const auto settled = [&s] {
    const pa_context_state_t state = s.pulse.context_get_state(s.context.get());
    return state == PA_CONTEXT_READY || !PA_CONTEXT_IS_GOOD(state);
  };
  const bool begun = s.pulse.context_connect(s.context.get(), nullptr, PA_CONTEXT_NOAUTOSPAWN, nullptr) >= 0;
  if (begun && s.run(settled, stop, media::monotonic_now() + patience) == Outcome::kStopped) throw stopped();
  if (const int number = s.alive() ? 0 : sys::shortage_now(); number != 0) throw lacking(number);
  const int error = s.pulse.context_errno(s.context.get());
  if (error == PA_ERR_ACCESS || error == PA_ERR_AUTHKEY) {
    throw Error(Code::kDevicePermission,
                "the PulseAudio server refused this program; $PULSE_COOKIE must name a file with its cookie, or its user "
                "must run this");
  }
  if (!s.alive()) {
    throw Error(Code::kDeviceNotFound,
                "no PulseAudio server answered; start PulseAudio or PipeWire's pulse server, or name a server in $PULSE_SERVER");
  }
}

PulseServer::~PulseServer() = default;

std::optional<std::vector<PulseServer::Source>> PulseServer::sources(Time patience, std::stop_token stop) {
  State& s = *state_;
  Catalogue found;
  const bool answered =
      s.finish(s.pulse.context_get_server_info(s.context.get(), &Catalogue::take_defaults, &found), stop, patience) &&
      s.finish(s.pulse.context_get_source_info_list(s.context.get(), &Catalogue::take_source, &found), stop, patience);
  if (!answered) return std::nullopt;
  return std::move(found.sources);
}

bool PulseServer::alive() const { return state_->alive(); }

void PulseServer::State::watch(pa_subscription_mask_t what, const std::stop_token& stop, Time patience) {
  const auto take = [](pa_context*, pa_subscription_event_type_t event, uint32_t, void* target) {
    State& self = *static_cast<State*>(target);
    if ((event & PA_SUBSCRIPTION_EVENT_FACILITY_MASK) == PA_SUBSCRIPTION_EVENT_SERVER) {
      self.ask_for_default();
    } else if ((event & PA_SUBSCRIPTION_EVENT_TYPE_MASK) != PA_SUBSCRIPTION_EVENT_CHANGE) {  // a change is its volume, mostly
      self.news = true;
    }
  };
  pulse.context_set_subscribe_callback(context.get(), take, this);
  finish(pulse.context_subscribe(context.get(), what, nullptr, nullptr), stop, patience);
}

void PulseServer::State::ask_for_default() {
  const auto take = [](pa_context*, const pa_sink_info* sink, int, void* target) {
    if (sink != nullptr && sink->name != nullptr) static_cast<State*>(target)->default_sink = sink->name;
  };
  release(default_question);
  default_question = pulse.context_get_sink_info_by_name(context.get(), kDefaultSink, take, this);
}

void PulseServer::subscribe(std::stop_token stop, Time patience) {
  state_->watch(PA_SUBSCRIPTION_MASK_SOURCE, stop, patience);
}

/// Names what the server's own names for the defaults stand for: some servers know those only of streams that may be moved.
std::string PulseServer::follow_default_sink(std::stop_token stop) {
  State& s = *state_;
  s.watch(PA_SUBSCRIPTION_MASK_SERVER, stop, kPatience);
  s.ask_for_default();
  s.finish(std::exchange(s.default_question, nullptr), stop, kPatience);
  if (s.default_sink.empty()) {
    throw Error(Code::kDeviceNotFound, "the PulseAudio server has no default sink, and so plays nothing that could be recorded");
  }
  s.followed_sink = s.default_sink;
  return monitor_of(s.followed_sink, stop);
}

bool PulseServer::default_moved() const { return state_->default_sink != state_->followed_sink; }

bool PulseServer::is_pipewire(std::stop_token stop) {
  State& s = *state_;
  bool is_it = false;
  const auto take = [](pa_context*, const pa_server_info* server, void* target) {
    const char* const name = server != nullptr ? server->server_name : nullptr;
    *static_cast<bool*>(target) = name != nullptr && std::string_view(name).find("PipeWire") != std::string_view::npos;
  };
  s.finish(s.pulse.context_get_server_info(s.context.get(), take, &is_it), stop, kPatience);
  return is_it;
}

PulseServer::Outcome PulseServer::wait_for_news(int fd, std::stop_token stop, Time until) {
  State& s = *state_;
  bool readable = false;
  const auto take = [](pa_mainloop_api*, pa_io_event*, int, pa_io_event_flags_t, void* target) {
    *static_cast<bool*>(target) = true;
  };
  pa_mainloop_api* const api = s.pulse.mainloop_get_api(s.loop.get());
  pa_io_event* const event = api->io_new(api, fd, PA_IO_EVENT_INPUT, take, &readable);
  const std::unique_ptr<pa_io_event, decltype(api->io_free)> until_return(event, api->io_free);
  return s.run([&] { return readable || s.news || !s.alive(); }, stop, until);
}

bool PulseServer::take_news() { return std::exchange(state_->news, false); }

std::string PulseServer::monitor_of(const std::string& name, std::stop_token stop) {
  State& s = *state_;
  std::string monitor = name;
  const auto take = [](pa_context*, const pa_sink_info* sink, int, void* target) {
    const char* const source = sink != nullptr ? sink->monitor_source_name : nullptr;
    if (source != nullptr) *static_cast<std::string*>(target) = source;
  };
  s.finish(s.pulse.context_get_sink_info_by_name(s.context.get(), name.c_str(), take, &monitor), stop, kPatience);
  return monitor;
}

void PulseServer::record(const std::string& source, int sample_rate, Time fragment, std::stop_token stop) {
  State& s = *state_;
  s.device = source;
  s.map = {.channels = 2, .map = {PA_CHANNEL_POSITION_FRONT_LEFT, PA_CHANNEL_POSITION_FRONT_RIGHT}};
  // A server that mixes leaves channels out: those that have no place, or that the other side has no name for.
  const auto take = [](pa_context*, const pa_source_info* info, int, void* target) {
    if (info != nullptr && info->channel_map.channels > 0) *static_cast<pa_channel_map*>(target) = info->channel_map;
  };
  s.finish(s.pulse.context_get_source_info_by_name(s.context.get(), source.c_str(), take, &s.map), stop, kPatience);
  s.format = {media::SampleFormat::kF32, sample_rate, s.map.channels};
  const pa_sample_spec spec{PA_SAMPLE_FLOAT32NE, static_cast<uint32_t>(sample_rate), s.map.channels};
  constexpr uint32_t kServersChoice = ~0U;
  const auto bytes = static_cast<uint32_t>(sample_rate * fragment.count() / 1'000'000 * s.format.bytes_per_frame());
  const pa_buffer_attr attributes{kServersChoice, kServersChoice, kServersChoice, kServersChoice, bytes};
  // A stream that the server moved to another source when its own vanished would publish what nobody asked for.
  const auto flags = static_cast<pa_stream_flags_t>(PA_STREAM_ADJUST_LATENCY | PA_STREAM_DONT_MOVE);
  s.stream.reset(s.pulse.stream_new(s.context.get(), "capture", &spec, &s.map));
  const bool begun = s.stream && s.pulse.stream_connect_record(s.stream.get(), source.c_str(), &attributes, flags) >= 0;
  const auto settled = [&s] { return s.pulse.stream_get_state(s.stream.get()) != PA_STREAM_CREATING; };
  if (begun && s.run(settled, stop, media::monotonic_now() + kPatience) == Outcome::kStopped) throw stopped();
  if (!begun || !s.streaming()) throw s.refusal();
}

std::vector<media::Channel> PulseServer::channels() const {
  std::vector<media::Channel> channels;
  std::ranges::transform(state_->map.map, state_->map.map + state_->map.channels, std::back_inserter(channels), pulse_channel);
  return channels;
}

media::Opened PulseServer::opened() const {
  const char* const name = state_->pulse.stream_get_device_name(state_->stream.get());
  return {name != nullptr ? name : state_->device, name != nullptr ? name : "", "float32"};
}

size_t PulseServer::waiting() const {
  const size_t bytes = state_->streaming() ? state_->pulse.stream_readable_size(state_->stream.get()) : 0;
  return bytes == static_cast<size_t>(-1) ? 0 : bytes / state_->format.bytes_per_frame();
}

PulseServer::Outcome PulseServer::wait_for_more_than(size_t frames, std::stop_token stop, Time until) {
  State& s = *state_;
  const Outcome outcome = s.run([&] { return !s.streaming() || waiting() > frames; }, stop, until);
  if (outcome != Outcome::kStopped && !s.streaming()) {
    const std::string why = s.alive() ? "it was removed" : "the PulseAudio server ended";
    throw Error(Code::kDeviceLost, "sound source " + s.device + " was lost: " + why).with_device(s.device);
  }
  return outcome;
}

size_t PulseServer::take(std::vector<float>& samples) {
  samples.clear();
  const void* fragment = nullptr;
  size_t bytes = 0;
  if (state_->pulse.stream_peek(state_->stream.get(), &fragment, &bytes) < 0 || bytes == 0) return 0;
  // Copied, so that it is not held any longer: libpulse waits for what is held when the connection ends, forever if need be.
  const size_t frames = bytes / state_->format.bytes_per_frame();
  const auto* const first = static_cast<const float*>(fragment);
  if (first != nullptr) samples.assign(first, first + frames * static_cast<size_t>(state_->format.channels));
  state_->pulse.stream_drop(state_->stream.get());
  return frames;
}

void PulseServer::ask_for_timing() {
  State& s = *state_;
  if (s.timing == nullptr) s.timing = s.pulse.stream_update_timing_info(s.stream.get(), nullptr, nullptr);
}

PulseServer::Outcome PulseServer::wait_for_timing(std::stop_token stop, Time until) {
  State& s = *state_;
  if (s.timing == nullptr) return Outcome::kDone;
  return s.run([&s] { return !s.running(s.timing); }, stop, until);
}

std::optional<PulseServer::Timing> PulseServer::timing() {
  State& s = *state_;
  if (s.timing == nullptr || s.running(s.timing)) return std::nullopt;
  s.release(std::exchange(s.timing, nullptr));
  const pa_timing_info* const info = s.pulse.stream_get_timing_info(s.stream.get());
  if (info == nullptr || info->write_index_corrupt != 0) return std::nullopt;
  // At info->timestamp the server's buffer had been written up to write_index, the end of which was captured source_usec before
  // (a microphone) or will be heard sink_usec later (a monitor). pa_stream_get_latency() is made of the same figures but takes
  // seconds to recover from a first answer given while an idle sink was still playing a long buffer of silence.
  timeval wall{};
  gettimeofday(&wall, nullptr);
  const Time age((wall.tv_sec - info->timestamp.tv_sec) * 1'000'000 + (wall.tv_usec - info->timestamp.tv_usec));
  const int64_t frames = info->write_index / s.format.bytes_per_frame();
  const int64_t rate = s.format.sample_rate;
  const Time written(frames / rate * 1'000'000 + frames % rate * 1'000'000 / rate);
  const Time on_the_way(static_cast<int64_t>(info->source_usec) - static_cast<int64_t>(info->sink_usec));
  return Timing{media::monotonic_now() - age, written + on_the_way, info->read_index / s.format.bytes_per_frame()};
}

}  // namespace capture
