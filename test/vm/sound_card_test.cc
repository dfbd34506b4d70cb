// ALSA on a real driver, snd-aloop: what is played into hw:Loopback,0 is heard by hw:Loopback,1. Needs that module, root, and no
// other user of it: one of the tests of test/support/vm.
#include <alsa/asoundlib.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <map>
#include <numbers>
#include <thread>

#include "capture/capture.h"
#include "capture/library.h"
#include "../native/child.h"
#include "../native/error_of.h"
#include "media/error.h"

using test::error_of;
using capture::Alsa;
using media::Code;
using media::Time;
using namespace std::chrono_literals;

namespace {

constexpr double kTone = 440;
constexpr float kLevel = 0.5F;

void append(std::vector<uint8_t>& bytes, float sample, snd_pcm_format_t format) {
  const auto value = static_cast<int32_t>(std::lround(sample * 2147483647.0));
  const int width = format == SND_PCM_FORMAT_S16 ? 2 : format == SND_PCM_FORMAT_S24_3LE ? 3 : 4;
  if (format == SND_PCM_FORMAT_FLOAT) {
    const auto* const raw = reinterpret_cast<const uint8_t*>(&sample);
    bytes.insert(bytes.end(), raw, raw + 4);
  } else {
    for (int byte = 4 - width; byte < 4; byte++) bytes.push_back(static_cast<uint8_t>(value >> (8 * byte)));
  }
}

/// Plays a tone of 100 ms at the start of each half second, stereo, and knows from the driver when each begins.
class Player {
 public:
  Player(snd_pcm_format_t format, int rate)
      : format_(format), rate_(rate), thread_([this](const std::stop_token& stop) { play(stop); }) {
    while (!playing_) std::this_thread::sleep_for(1ms);
  }

  /// When each tone began.
  std::vector<Time> stop() {
    thread_.request_stop();
    thread_.join();
    std::vector<Time> moments;
    for (auto& [number, answers] : begun_) {
      std::ranges::sort(answers);
      moments.push_back(answers[answers.size() / 2]);
    }
    return moments;
  }

 private:
  void play(const std::stop_token& stop) {
    const capture::Library alsa("libasound.so.2", "libasound2");
#define ALSA(name) const auto name = alsa.symbol<decltype(&snd_##name)>("snd_" #name)
    ALSA(pcm_open);
    ALSA(pcm_set_params);
    ALSA(pcm_writei);
    ALSA(pcm_delay);
    ALSA(pcm_recover);
    ALSA(pcm_close);
#undef ALSA
    snd_pcm_t* pcm = nullptr;
    bool good = pcm_open(&pcm, "hw:Loopback,0,0", SND_PCM_STREAM_PLAYBACK, 0) >= 0;
    good = good && pcm_set_params(pcm, format_, SND_PCM_ACCESS_RW_INTERLEAVED, 2, static_cast<unsigned>(rate_), 0, 200'000) >= 0;
    int64_t written = 0;
    const int64_t every = rate_ / 2;
    std::vector<uint8_t> bytes;
    while (good && !stop.stop_requested()) {
      bytes.clear();
      const int frames = rate_ / 100;
      for (int i = 0; i < frames; i++) {
        const auto place = static_cast<double>((written + i) % every);
        const bool sounds = place < rate_ / 10.0;
        const float sample = sounds ? kLevel * static_cast<float>(std::sin(2 * std::numbers::pi * kTone * place / rate_)) : 0;
        append(bytes, sample, format_);
        append(bytes, sample, format_);
      }
      const snd_pcm_sframes_t count = pcm_writei(pcm, bytes.data(), static_cast<snd_pcm_uframes_t>(frames));
      if (count < 0) {
        if (pcm_recover(pcm, static_cast<int>(count), 1) < 0) break;
        continue;
      }
      written += count;
      snd_pcm_sframes_t delay = 0;
      if (written > rate_ / 4 && pcm_delay(pcm, &delay) >= 0) {
        playing_ = true;
        const int64_t next = (written / every) * every;  // the tone that is being written or was last
        begun_[next].push_back(media::monotonic_now() + Time((delay - (written - next)) * 1'000'000 / rate_));
      }
    }
    playing_ = true;  // or never will
    if (pcm != nullptr) pcm_close(pcm);
  }

  snd_pcm_format_t format_;
  int rate_;
  std::atomic<bool> playing_ = false;
  std::map<int64_t, std::vector<Time>> begun_;
  std::jthread thread_;
};

struct Heard {
  std::vector<Time> beginnings;  // of tones
  std::vector<float> left;
  float peak = 0;
};

Heard listen(media::AudioSource& source, size_t tones) {
  Heard heard;
  const int rate = source.format().sample_rate;
  const auto channels = static_cast<size_t>(source.format().channels);
  Time last_loud{};
  while (heard.beginnings.size() < tones) {
    const auto buffer = source.read({});
    REQUIRE(buffer);
    const auto* const samples = static_cast<const float*>(buffer->samples);
    for (size_t i = 0; i < buffer->frames; i++) {
      const float sample = samples[channels * i];
      heard.left.push_back(sample);
      heard.peak = std::max(heard.peak, std::abs(sample));
      if (std::abs(sample) < 0.02F) continue;
      const Time moment = buffer->pts + Time(static_cast<int64_t>(i) * 1'000'000 / rate);
      if (moment - last_loud > 200ms && last_loud != Time{}) heard.beginnings.push_back(moment);
      last_loud = moment;
    }
  }
  return heard;
}

/// Microseconds from each tone's playing to its being heard, sorted: a machine that stands still puts single ones off.
std::vector<int64_t> delays(const Heard& heard, const std::vector<Time>& played) {
  std::vector<int64_t> delays;
  for (const Time moment : heard.beginnings) {
    const auto nearest = std::ranges::min_element(played, {}, [&](Time other) { return std::abs((other - moment).count()); });
    REQUIRE(nearest != played.end());
    delays.push_back((moment - *nearest).count());
  }
  std::ranges::sort(delays);
  return delays;
}

/// Rising crossings of zero within the first whole tone that was heard.
double frequency_of(const std::vector<float>& samples, int rate) {
  const size_t gap = rate / 5;
  size_t quiet = 0;
  size_t first = 0;
  size_t last = 0;
  int crossings = 0;
  for (size_t i = 1; i < samples.size(); i++) {
    quiet = std::abs(samples[i]) < 0.02F ? quiet + 1 : 0;
    if (quiet > gap) first = 0, crossings = 0;  // the next one is whole
    if (quiet > static_cast<size_t>(rate / 100) && crossings > 30) break;
    if (samples[i - 1] < 0.1F && samples[i] >= 0.1F) {
      if (first == 0) first = i;
      last = i;
      crossings++;
    }
  }
  REQUIRE(crossings > 30);
  return (crossings - 1) * static_cast<double>(rate) / static_cast<double>(last - first);
}

void write_to(const std::string& path, const char* words) {
  std::ofstream file(path);
  file << words;
  file.flush();
  REQUIRE_MESSAGE(file.good(), path);
}

}  // namespace

TEST_SUITE("vm-alsa") {
  TEST_CASE("the card's inputs are listed, with ids that open them") {
    const test::Environment no_server("PULSE_SERVER", "unix:/nonexistent/native");
    const auto list = capture::list_devices();
    const auto input = std::ranges::find(list.devices, "hw:CARD=Loopback,DEV=1", &capture::Device::id);
    REQUIRE(input != list.devices.end());
    CHECK(input->kind == "microphone");
    CHECK(input->backend == "alsa");
    CHECK(input->sample_rate == 48000);
    CHECK(input->channels > 1);
    CHECK(input->label.find("Loopback") != std::string::npos);
    CHECK(capture::open_audio(capture::Microphone{input->id, 48000, 2}, {})->read({}));
    CHECK(capture::open_audio(capture::Microphone{"", 48000, 2}, {})->read({}));
  }

  TEST_CASE("a tone that is played is heard at its frequency, its level and its time") {
    for (const std::string device : {"hw:Loopback,1,0", "plughw:Loopback,1,0"}) {
      CAPTURE(device);
      Player player(SND_PCM_FORMAT_FLOAT, 48000);
      const auto source = capture::open_audio(Alsa{device, 48000, 2}, {});
      CHECK(source->format() == media::AudioFormat{media::SampleFormat::kF32, 48000, 2});
      const Heard heard = listen(*source, 6);
      const std::vector<int64_t> off = delays(heard, player.stop());
      CHECK(frequency_of(heard.left, 48000) == doctest::Approx(kTone).epsilon(0.005));
      CHECK(heard.peak == doctest::Approx(kLevel).epsilon(0.02));
      MESSAGE(device << ": heard minus played, microseconds: " << off.front() << " to " << off.back());
      CHECK(std::abs(off[off.size() / 2]) < 15'000);
    }
  }

  TEST_CASE("the card's own format and rate are taken") {
    for (const auto format : {SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S24_3LE, SND_PCM_FORMAT_S32}) {
      CAPTURE(format);
      Player player(format, 44100);
      const auto source = capture::open_audio(Alsa{"hw:Loopback,1,0", 48000, 1}, {});
      CHECK(source->format() == media::AudioFormat{media::SampleFormat::kF32, 44100, 2});  // what is played decides
      CHECK(source->opened().device == "hw:Loopback,1,0");
      CHECK(source->opened().label == "Loopback PCM");
      const char* const name = format == SND_PCM_FORMAT_S16 ? "S16_LE" : format == SND_PCM_FORMAT_S32 ? "S32_LE" : "S24_3LE";
      CHECK(source->opened().format == name);
      CHECK(source->overruns() == 0);
      const Heard heard = listen(*source, 2);
      CHECK(heard.peak == doctest::Approx(kLevel).epsilon(0.02));
      CHECK(frequency_of(heard.left, 44100) == doctest::Approx(kTone).epsilon(0.005));
    }
  }

  TEST_CASE("an overrun: what was lost is a jump in the timestamps, and it goes on in step") {
    Player player(SND_PCM_FORMAT_FLOAT, 48000);
    const auto source = capture::open_audio(Alsa{"hw:Loopback,1,0", 48000, 2}, {});
    Time next{};
    for (int i = 0; i < 20; i++) {
      const auto buffer = source->read({});
      REQUIRE(buffer);
      next = buffer->pts + Time(static_cast<int64_t>(buffer->frames) * 1'000'000 / 48000);
    }
    std::this_thread::sleep_for(1500ms);  // three times what the card can hold
    const auto after = source->read({});
    REQUIRE(after);
    CHECK(after->pts - next > 1s);
    CHECK(source->overruns() == 1);
    CHECK(media::monotonic_now() - after->pts < 500ms);
    const Heard heard = listen(*source, 5);
    const std::vector<int64_t> off = delays(heard, player.stop());
    MESSAGE("after the overrun: heard minus played, microseconds: " << off.front() << " to " << off.back());
    CHECK(std::abs(off[off.size() / 2]) < 15'000);
  }

  TEST_CASE("what overran before anything was asked for is no loss") {
    Player player(SND_PCM_FORMAT_FLOAT, 48000);
    const auto source = capture::open_audio(Alsa{"hw:Loopback,1,0", 48000, 2}, {});
    std::this_thread::sleep_for(1500ms);  // three times what the card can hold
    const Time asked = media::monotonic_now();
    const auto first = source->read({});
    REQUIRE(first);
    CHECK(first->pts > asked - 500ms);
    CHECK(source->overruns() == 0);
  }

  TEST_CASE("a device that is in use is busy") {
    const auto first = capture::open_audio(Alsa{"hw:Loopback,1,0", 48000, 2}, {});
    const auto error = error_of([] { capture::open_audio(Alsa{"hw:Loopback,1,0", 48000, 2}, {}); });
    CHECK(error.code == Code::kDeviceBusy);
    CHECK(error.device == "hw:Loopback,1,0");
  }

  TEST_CASE("a user without permission is told how to get it") {
    const test::Environment no_server("PULSE_SERVER", "unix:/nonexistent/native");
    REQUIRE(setresgid(65534, 65534, 0) == 0);  // the devices are root's group's in the virtual machine
    REQUIRE(setresuid(65534, 65534, 0) == 0);
    std::optional<media::Error> error;
    try {
      capture::open_audio(Alsa{"hw:CARD=Loopback,DEV=1", 48000, 2}, {});
    } catch (const media::Error& refused) {
      error = refused;
    }
    const auto notes = capture::list_devices().notes;
    REQUIRE(setresuid(0, 0, 0) == 0);
    REQUIRE(setresgid(0, 0, 0) == 0);
    REQUIRE(error);
    CHECK(error->code == Code::kDevicePermission);
    CHECK(std::string(error->what()).find("group \"audio\"") != std::string::npos);
    CHECK(std::ranges::any_of(notes, [](const std::string& note) { return note.starts_with("alsa: "); }));
  }

  TEST_CASE("a stop ends the wait") {
    const auto source = capture::open_audio(Alsa{"hw:Loopback,1,0", 48000, 2}, {});
    std::stop_source stop;
    const std::jthread later([&] {
      std::this_thread::sleep_for(200ms);
      stop.request_stop();
    });
    while (source->read(stop.get_token())) {
    }
  }

  TEST_CASE("a card that is removed is a lost device, and can be had again when it is back") {
    const std::string driver = "/sys/bus/platform/drivers/snd_aloop/";
    {
      std::jthread unplug;  // ends last: the kernel returns to it only once nobody has the card open any more
      const auto source = capture::open_audio(Alsa{"hw:Loopback,1,0", 48000, 2}, {});
      CHECK(source->read({}));
      unplug = std::jthread([&] { write_to(driver + "unbind", "snd_aloop.0"); });
      const auto error = error_of([&] {
        while (source->read({})) {
        }
      });
      CHECK(error.code == Code::kDeviceLost);
      CHECK(error.device == "hw:Loopback,1,0");
      CHECK(std::string(error.what()).find("removed") != std::string::npos);
    }
    CHECK(error_of([] { capture::open_audio(Alsa{"hw:Loopback,1,0", 48000, 2}, {}); }).code == Code::kDeviceNotFound);
    write_to(driver + "bind", "snd_aloop.0");
    CHECK(capture::open_audio(Alsa{"hw:Loopback,1,0", 48000, 2}, {})->read({}));
  }
}
