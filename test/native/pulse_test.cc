// Sound from the servers that the tests start for themselves, PulseAudio or PipeWire, and the clock of its samples.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <pulse/pulseaudio.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "capture/capture.h"
#include "capture/descriptor.h"
#include "capture/library.h"
#include "capture/sample_clock.h"
#include "child.h"
#include "error_of.h"
#include "media/error.h"
#include "pulse_server.h"

using test::error_of;
using test::SoundServer;
using capture::Pulse;
using capture::SampleClock;
using media::Code;
using media::Time;
using namespace std::chrono_literals;

namespace {

std::string free_port() {
  const capture::Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return std::to_string(ntohs(address.sin_port));
}

/// Plays silence with a click each half second into "speakers", and knows from the server when each is heard.
class Clicks {
 public:
  Clicks() : thread_([this](const std::stop_token& stop) { play(stop); }) {}

  /// Read after stop(): what is heard at which moment.
  std::vector<Time> stop() {
    thread_.request_stop();
    thread_.join();
    std::vector<Time> moments;
    for (auto& [number, answers] : heard_) {
      std::ranges::sort(answers);
      moments.push_back(answers[answers.size() / 2]);
    }
    return moments;
  }
  /// Read after stop(): this was served often enough for nothing to run dry, so that all answers hold.
  bool steady() const { return longest_wait_ < 1s; }

 private:
  static constexpr int64_t kPeriod = 24'000;

  void play(const std::stop_token& stop) {
    const capture::Library pulse("libpulse.so.0", "libpulse0");
#define PULSE(name) const auto name = pulse.symbol<decltype(&pa_##name)>("pa_" #name)
    PULSE(mainloop_new);
    PULSE(mainloop_get_api);
    PULSE(mainloop_iterate);
    PULSE(mainloop_free);
    PULSE(context_new);
    PULSE(context_connect);
    PULSE(context_get_state);
    PULSE(context_disconnect);
    PULSE(context_unref);
    PULSE(stream_new);
    PULSE(stream_connect_playback);
    PULSE(stream_get_state);
    PULSE(stream_writable_size);
    PULSE(stream_write);
    PULSE(stream_update_timing_info);
    PULSE(stream_get_timing_info);
    PULSE(stream_unref);
    PULSE(operation_get_state);
    PULSE(operation_unref);
#undef PULSE
    pa_mainloop* const loop = mainloop_new();
    pa_context* const context = context_new(mainloop_get_api(loop), "clicks");
    context_connect(context, nullptr, PA_CONTEXT_NOAUTOSPAWN, nullptr);
    while (context_get_state(context) != PA_CONTEXT_READY) mainloop_iterate(loop, 1, nullptr);
    const pa_sample_spec spec{PA_SAMPLE_FLOAT32NE, 48000, 1};
    const pa_buffer_attr attributes{~0U, 2 * 48000 * 4, ~0U, ~0U, ~0U};  // two seconds, so that a thread put aside loses nothing
    pa_stream* const stream = stream_new(context, "clicks", &spec, nullptr);
    stream_connect_playback(stream, "speakers", &attributes, PA_STREAM_NOFLAGS, nullptr, nullptr);

    int64_t written = 0;
    pa_operation* question = nullptr;
    Time answered{};
    while (!stop.stop_requested()) {
      mainloop_iterate(loop, 1, nullptr);
      if (stream_get_state(stream) != PA_STREAM_READY) continue;
      for (size_t frames = stream_writable_size(stream) / 4; frames > 0; frames = stream_writable_size(stream) / 4) {
        std::vector<float> samples(std::min<size_t>(frames, 480));
        for (float& sample : samples) sample = written++ % kPeriod < 4 ? 0.9F : 0;
        stream_write(stream, samples.data(), samples.size() * 4, nullptr, 0, PA_SEEK_RELATIVE);
      }
      if (question != nullptr && operation_get_state(question) != PA_OPERATION_RUNNING) {
        operation_unref(question);
        question = nullptr;
        const Time now = media::monotonic_now();
        if (answered != Time{}) longest_wait_ = std::max(longest_wait_, now - answered);
        answered = now;
        const pa_timing_info* const info = stream_get_timing_info(stream);
        if (info != nullptr && info->playing != 0) {
          timeval wall{};
          gettimeofday(&wall, nullptr);
          const Time age((wall.tv_sec - info->timestamp.tv_sec) * 1'000'000 + (wall.tv_usec - info->timestamp.tv_usec));
          const int64_t now_playing = info->read_index / 4;
          const int64_t next = now_playing / kPeriod + 1;
          const Time ahead((next * kPeriod - now_playing) * 1'000'000 / 48000 + static_cast<int64_t>(info->sink_usec));
          heard_[next].push_back(media::monotonic_now() - age + ahead);
        }
      }
      if (question == nullptr) question = stream_update_timing_info(stream, nullptr, nullptr);
    }
    if (question != nullptr) operation_unref(question);
    context_disconnect(context);
    stream_unref(stream);
    context_unref(context);
    mainloop_free(loop);
  }

  std::map<int64_t, std::vector<Time>> heard_;
  Time longest_wait_{};
  std::jthread thread_;
};

/// Plays to one channel of a sink: a constant 0.5, which no mixing hides.
class Steady {
 public:
  Steady(const std::string& sink, const std::string& map, size_t channels, size_t sounding)
      : player_({"sh", "-c", "exec pacat --raw --format=float32le --rate=48000 --channels=" + std::to_string(channels) +
                                 " --channel-map=" + map + " -d " + sink + " < " + file(channels, sounding)}) {}

 private:
  /// A minute of it.
  std::string file(size_t channels, size_t sounding) const {
    std::vector<float> samples(channels * 48000);
    for (size_t i = sounding; i < samples.size(); i += channels) samples[i] = 0.5F;
    std::ofstream out(folder_.path() + "/steady", std::ios::binary);
    for (int second = 0; second < 60; second++) {
      out.write(reinterpret_cast<const char*>(samples.data()), static_cast<std::streamsize>(samples.size() * sizeof(float)));
    }
    return folder_.path() + "/steady";
  }

  test::Folder folder_;
  test::Child player_;
};

}  // namespace

TEST_CASE("the samples' clock: noise of a millisecond is not seen, a crystal's drift is followed") {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> noise(-1000, 1000);
  SampleClock clock(48000);
  Time last{};
  for (int i = 0; i < 3000; i++) {  // ten minutes, 200 ppm fast
    const Time moment = 1h + Time(i * 200'000);
    const Time position(i * 200'040);
    clock.measure(moment + Time(noise(random)), position);
    if (i < 100) continue;
    const Time pts = clock.at(position.count() * 48 / 1000);
    CHECK(std::abs((pts - moment).count()) < 1000);
    if (last != Time{}) CHECK(std::abs((pts - last).count() - 200'000) < 300);
    last = pts;
  }
}

TEST_CASE("the samples' clock: one wild answer changes nothing, two that agree are a jump") {
  SampleClock clock(48000);
  for (int i = 0; i < 5; i++) {
    CHECK_FALSE(clock.ready());
    clock.measure(10s + Time(i == 0 ? 900'000 : 0), 0s);  // the first is wrong
  }
  CHECK(clock.ready());
  CHECK(clock.at(48000) == 11s);
  clock.measure(11s + 500ms, 1s);
  CHECK(clock.in_doubt());
  CHECK(clock.at(48000) == 11s);
  clock.measure(12s, 2s);
  CHECK_FALSE(clock.in_doubt());
  CHECK(clock.at(48000) == 11s);
  clock.measure(13s + 500ms, 3s);
  clock.measure(14s + 501ms, 4s);
  CHECK(clock.at(4 * 48000) == 14s + 500ms + 500us);
  CHECK(clock.in_doubt());  // until there are as many measurements as usual
}

TEST_SUITE("pulse") {
  TEST_CASE("sources are listed: monitors as system audio, others as microphones") {
    SoundServer server;
    std::vector<capture::Device> devices;
    test::until([&] { return !(devices = test::sources()).empty(); });  // a server that is slow to answer is not waited for long
    REQUIRE(devices.size() == 2);
    const auto& monitor = *std::ranges::find(devices, "speakers.monitor", &capture::Device::id);
    CHECK(monitor.kind == "system-audio");
    CHECK(monitor.backend == "pulse");
    CHECK(monitor.sample_rate == 48000);
    CHECK(monitor.channels == 2);
    const auto& line = *std::ranges::find(devices, "line", &capture::Device::id);
    CHECK(line.kind == "microphone");
    CHECK(line.sample_rate == 44100);
    CHECK(line.channels == 1);
  }

  TEST_CASE("system audio and a microphone come at the wanted rate and channels, without holes in their time") {
    SoundServer server;
    for (const Pulse& settings : {Pulse{"", true, 48000, 2}, Pulse{"speakers", true, 44100, 1},
                                  Pulse{"speakers.monitor", true, 48000, 2}, Pulse{"line", false, 48000, 2}}) {
      CAPTURE(settings.device);
      const auto source = capture::open_audio(settings, {});
      CHECK(source->format() == media::AudioFormat{media::SampleFormat::kF32, settings.sample_rate, settings.channels});
      Time next{};
      for (int i = 0; i < 40; i++) {
        const auto buffer = source->read({});
        REQUIRE(buffer);
        REQUIRE(buffer->frames > 0);
        CHECK(buffer->frames <= static_cast<size_t>(settings.sample_rate / 50));
        if (i > 0) CHECK(std::abs((buffer->pts - next).count()) < 5000);
        next = buffer->pts + Time(static_cast<int64_t>(buffer->frames) * 1'000'000 / settings.sample_rate);
      }
    }
  }

  TEST_CASE("a microphone whose backend is not chosen is the server's where one answers") {
    SoundServer server;
    const auto source = capture::open_audio(capture::Microphone{"line", 44100, 1}, {});
    CHECK(source->format() == media::AudioFormat{media::SampleFormat::kF32, 44100, 1});
    CHECK(source->read({}));
  }

  TEST_CASE("without a microphone what the machine plays is published only if it is named") {
    SoundServer server;
    CHECK(capture::open_audio(Pulse{"", false, 48000, 1}, {})->opened().device == "line");
    server.remove_line();
    test::until([] { return test::sources().size() == 1; });
    const auto error = error_of([] { capture::open_audio(Pulse{"", false, 48000, 1}, {}); });
    CHECK(error.code == Code::kDeviceNotFound);
    CHECK(std::string(error.what()).find("systemAudio()") != std::string::npos);
    CHECK(error_of([] { capture::open_audio(capture::Microphone{"", 48000, 1}, {}); }).code == Code::kDeviceNotFound);
    CHECK(capture::open_audio(capture::Microphone{"speakers.monitor", 48000, 1}, {})->read({}));
  }

  TEST_CASE("what is looked for after a loss: that microphone and no other, but whichever monitor is the default") {
    SoundServer server;
    capture::AudioSettings microphone = capture::Microphone{"", 48000, 1};
    const auto source = capture::open_same_audio(microphone, {});
    REQUIRE(std::holds_alternative<Pulse>(microphone));
    CHECK(std::get<Pulse>(microphone).device == source->opened().device);
    CHECK(!std::get<Pulse>(microphone).device.empty());
    capture::AudioSettings monitor = Pulse{"", true, 48000, 2};
    capture::open_same_audio(monitor, {});
    CHECK(std::get<Pulse>(monitor).device.empty());
  }

  TEST_CASE("through ALSA's plugin for such servers: sound without holes in its time") {
    SoundServer server;
    const auto source = capture::open_audio(capture::Alsa{"pulse", 44100, 1}, {});
    CHECK(source->format() == media::AudioFormat{media::SampleFormat::kF32, 44100, 1});
    Time next{};
    for (int i = 0; i < 40; i++) {
      const auto buffer = source->read({});
      REQUIRE(buffer);
      REQUIRE(buffer->frames > 0);
      CHECK(buffer->frames <= 882);
      if (i > 0) CHECK(std::abs((buffer->pts - next).count()) < 5000);
      next = buffer->pts + Time(static_cast<int64_t>(buffer->frames) * 1'000'000 / 44100);
    }
    CHECK(std::abs((media::monotonic_now() - next).count()) < 500'000);
  }

  TEST_CASE("opening an ALSA plugin whose server hangs ends in time, and at once on a stop") {
    SoundServer server;
    server.process().signal(SIGSTOP);
    std::stop_source stop;
    const std::jthread later([&] {
      std::this_thread::sleep_for(50ms);
      stop.request_stop();
    });
    const Time before = media::monotonic_now();
    CHECK(error_of([&] { capture::open_audio(capture::Alsa{"pulse", 48000, 2}, stop.get_token()); }).code == Code::kDeviceLost);
    CHECK(media::monotonic_now() - before < 4s);  // the patience is 5 s
    // What the library waits in is left behind, once for however many attempts.
    const auto threads = [] { return std::ranges::distance(std::filesystem::directory_iterator("/proc/self/task")); };
    const auto left = threads();
    const auto error = error_of([] { capture::open_audio(capture::Alsa{"pulse", 48000, 2}, {}); });
    CHECK(error.code == Code::kDeviceLost);
    CHECK(std::string(error.what()).find("does not answer") != std::string::npos);
    CHECK(threads() == left);
    server.process().signal(SIGCONT);
    CHECK(capture::open_audio(capture::Alsa{"pulse", 48000, 2}, {})->read({}));
  }

  TEST_CASE("a sound's timestamp is the moment at which it is heard") {
    SoundServer server;
    std::vector<int64_t> off;
    for (int tries = 0; off.empty(); tries++) {
      REQUIRE_MESSAGE(tries < 20, "this machine is too busy to play three seconds of sound without a break");
      Clicks clicks;
      const auto source = capture::open_audio(Pulse{"", true, 48000, 2}, {});
      std::vector<Time> captured;
      while (captured.size() < 6) {
        const auto buffer = source->read({});
        REQUIRE(buffer);
        const auto* const samples = static_cast<const float*>(buffer->samples);
        for (size_t i = 0; i < buffer->frames; i++) {
          const Time moment = buffer->pts + Time(static_cast<int64_t>(i) * 1'000'000 / 48000);
          if (samples[2 * i] > 0.3F && (captured.empty() || moment - captured.back() > 100ms)) captured.push_back(moment);
        }
      }
      const std::vector<Time> heard = clicks.stop();
      REQUIRE_FALSE(heard.empty());
      if (!clicks.steady()) continue;
      for (const Time moment : captured) {
        const auto distance = [moment](Time other) { return std::abs((other - moment).count()); };
        off.push_back((moment - *std::ranges::min_element(heard, {}, distance)).count());
      }
    }
    std::ranges::sort(off);
    MESSAGE("captured minus heard, microseconds: " << off.front() << " to " << off.back());
    // PipeWire does not count the cycle, 21 ms or two of them, by which it takes a player's samples ahead of playing them.
    CHECK(std::abs(off[off.size() / 2]) < (test::is_pipewire() ? 50'000 : 5000));
  }

  TEST_CASE("what waits is read, however late it is asked for") {
    SoundServer server;
    const auto source = capture::open_audio(Pulse{"", true, 48000, 2}, {});
    REQUIRE(source->read({}));
    while (source->read({}, Time{1})) {
    }
    int read = 0;
    test::until([&] { return source->read({}, Time{1}) && ++read == 20; });  // a moment that has long passed
  }

  TEST_CASE("what the server drops because nobody reads is told, and its time passes") {
    SoundServer server;
    // So many channels that what it holds for a reader, 4 MB, is full within one and a half seconds.
    std::string map = "channels=16 channel_map=aux0";
    for (int i = 1; i < 16; i++) map += ",aux" + std::to_string(i);
    server.add_sink("wide", map);
    test::until([] { return test::sources().size() == 3; });
    const auto source = capture::open_audio(Pulse{"wide", true, 48000, 2}, {});
    REQUIRE(source->read({}));
    std::this_thread::sleep_for(5s);
    test::until([&] {
      const auto buffer = source->read({});
      REQUIRE(buffer);
      return media::monotonic_now() - buffer->pts < 500ms;
    });
    if (test::is_pipewire()) CHECK(source->overruns() > 0);  // PulseAudio may hold more, and what it lost is a jump of its clock
  }

  TEST_CASE("a server that hangs as soon as it has given its first sound does not hold a reader up") {
    SoundServer server;
    const auto other = capture::open_audio(Pulse{"", true, 48000, 2}, {});
    REQUIRE(other->read({}));  // the sink, which may sleep for seconds, is awake
    const auto source = capture::open_audio(Pulse{"", true, 48000, 2}, {});
    std::this_thread::sleep_for(300ms);  // something waits, and what it is measured by is yet to be asked for
    server.process().signal(SIGSTOP);
    const Time before = media::monotonic_now();
    for (int i = 0; i < 5; i++) CHECK_FALSE(source->read({}, media::monotonic_now() + 100ms));
    CHECK(media::monotonic_now() - before < 4s);  // the patience with a silent server is 5 s
    server.process().signal(SIGCONT);
    CHECK(source->read({}));
  }

  TEST_CASE("no such source, no server") {
    {
      SoundServer server;
      for (const bool monitor : {false, true}) {
        const auto error = error_of([&] { capture::open_audio(Pulse{"nothing", monitor, 48000, 2}, {}); });
        CHECK(error.code == Code::kDeviceNotFound);
        CHECK(error.device == "nothing");
        CHECK(std::string(error.what()).find("listDevices") != std::string::npos);
      }
    }
    const test::Environment nowhere("PULSE_SERVER", "unix:/nonexistent/native");
    CHECK(error_of([] { capture::open_audio(Pulse{"", true, 48000, 2}, {}); }).code == Code::kDeviceNotFound);
    const auto notes = capture::list_devices().notes;
    CHECK(std::ranges::any_of(notes, [](const std::string& note) { return note.starts_with("pulse: "); }));
  }

  TEST_CASE("a server that refuses is told as such, and ALSA does not take its place") {
    SoundServer server;
    const std::string port = free_port();
    const std::string module = "auth-cookie=" + server.folder() + "/cookie";
    test::Child({"pactl", "load-module", "module-native-protocol-tcp", "listen=127.0.0.1", "port=" + port, module}).read_line();
    const test::Folder folder;
    std::ofstream(folder.path() + "/cookie") << std::string(256, 'x');
    const test::Environment cookie("PULSE_COOKIE", folder.path() + "/cookie");
    const test::Environment address("PULSE_SERVER", "tcp:127.0.0.1:" + port);
    for (const capture::AudioSettings& settings :
         {capture::AudioSettings(Pulse{"", true, 48000, 2}), capture::AudioSettings(capture::Microphone{"", 48000, 2})}) {
      const auto error = error_of([&] { capture::open_audio(settings, {}); });
      CHECK(error.code == Code::kDevicePermission);
      CHECK(std::string(error.what()).find("$PULSE_COOKIE") != std::string::npos);
    }
    const auto notes = capture::list_devices().notes;
    CHECK(std::ranges::any_of(notes, [](const std::string& note) { return note.find("$PULSE_COOKIE") != std::string::npos; }));
  }

  TEST_CASE("a server that is killed while it is captured is a lost device") {
    SoundServer server;
    const auto source = capture::open_audio(Pulse{"", true, 48000, 2}, {});
    CHECK(source->read({}));
    server.process().kill();
    const auto error = error_of([&] {
      while (source->read({})) {
      }
    });
    CHECK(error.code == Code::kDeviceLost);
    CHECK(error.device == "speakers.monitor");
  }

  TEST_CASE("what the system plays, without a name: another sink that becomes the default is told, and is what opening gives") {
    SoundServer server;
    const auto followed = capture::open_audio(Pulse{"", true, 48000, 2}, {});
    const auto named = capture::open_audio(Pulse{"speakers", true, 48000, 2}, {});
    CHECK(followed->opened().device == "speakers.monitor");
    const auto is_superseded = [&] {
      REQUIRE(followed->read({}));
      REQUIRE(named->read({}));
      return followed->superseded();
    };
    CHECK_FALSE(is_superseded());
    server.add_sink("headset");
    server.tell({"set-default-sink", "headset"});
    test::until(is_superseded);
    CHECK_FALSE(named->superseded());
    CHECK(capture::open_audio(Pulse{"", true, 48000, 2}, {})->opened().device == "headset.monitor");
    server.tell({"set-default-sink", "speakers"});
    test::until([&] { return !is_superseded(); });
  }

  TEST_CASE("every channel of a source is heard, whatever the server calls it") {
    SoundServer server;
    struct Case {
      const char* map;
      size_t channels;
      size_t sounding;
      float left;
      float right;
    };
    for (const auto& [map, channels, sounding, left, right] : {
             Case{"aux0,aux1", 2, 0, 1, 0}, Case{"aux0,aux1", 2, 1, 0, 1}, Case{"aux0,aux1,aux2,aux3", 4, 3, 0, 1},
             Case{"mono", 1, 0, 1, 1}, Case{"front-left", 1, 0, 1, 1}, Case{"rear-left,rear-right", 2, 1, 0, 1},
             Case{"front-left,front-right,front-center,lfe,rear-left,rear-right", 6, 2, 0.2929F, 0.2929F},
             Case{"front-left,front-right,front-center,lfe,rear-left,rear-right", 6, 4, 0.2929F, 0}}) {
      CAPTURE(map);
      CAPTURE(sounding);
      const std::string module =
          server.add_sink("odd", "channels=" + std::to_string(channels) + " channel_map=" + map);
      test::until([] { return test::sources().size() == 3; });
      {
        const Steady player("odd", map, channels, sounding);
        const auto source = capture::open_audio(Pulse{"odd", true, 48000, 2}, {});
        float heard[2] = {};
        test::until([&] {
          const auto buffer = source->read({});
          REQUIRE(buffer);
          const auto* const last = static_cast<const float*>(buffer->samples) + 2 * (buffer->frames - 1);
          std::copy_n(last, 2, heard);
          return heard[0] + heard[1] > 0.1F * (left + right);
        });
        for (int i = 0; i < 20; i++) {  // what had begun to come is there
          const auto buffer = source->read({});
          std::copy_n(static_cast<const float*>(buffer->samples) + 2 * (buffer->frames - 1), 2, heard);
        }
        CHECK(heard[0] == doctest::Approx(0.5 * left).epsilon(0.01));
        CHECK(heard[1] == doctest::Approx(0.5 * right).epsilon(0.01));
      }
      server.remove(module);
      test::until([] { return test::sources().size() == 2; });
    }
  }

  TEST_CASE("a source that is removed while it is captured is a lost device") {
    SoundServer server;
    const auto source = capture::open_audio(Pulse{"line", false, 48000, 2}, {});
    CHECK(source->read({}));
    server.remove_line();
    const auto error = error_of([&] {
      while (source->read({})) {
      }
    });
    CHECK(error.code == Code::kDeviceLost);
    CHECK(error.device == "line");
  }

  TEST_CASE("a stop ends the wait for a server that hangs: while reading, and while opening") {
    SoundServer server;
    const auto source = capture::open_audio(Pulse{"", true, 48000, 2}, {});
    CHECK(source->read({}));
    server.process().signal(SIGSTOP);
    std::stop_source stop;
    std::jthread later([&] {
      std::this_thread::sleep_for(50ms);
      stop.request_stop();
    });
    while (source->read(stop.get_token())) {
    }
    std::stop_source other;
    std::jthread again([&] {
      std::this_thread::sleep_for(50ms);
      other.request_stop();
    });
    const Time before = media::monotonic_now();
    CHECK(error_of([&] { capture::open_audio(Pulse{"", true, 48000, 2}, other.get_token()); }).code == Code::kDeviceLost);
    CHECK(media::monotonic_now() - before < 4s);  // the patience with a silent server is 5 s
  }
}
