// ALSA on a machine without sound cards: PCMs that a configuration makes of files. With real drivers: alsa_vm_test.cc.
#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "capture/capture.h"
#include "capture/sample_encoding.h"
#include "child.h"
#include "error_of.h"
#include "media/error.h"

using test::error_of;
using capture::Alsa;
using media::Code;
using media::Time;
using namespace std::chrono_literals;

namespace {

/// ALSA's configuration for the time of a test: the system's, and these definitions.
class Configuration {
 public:
  explicit Configuration(const std::string& definitions) {
    std::ofstream(path_) << "</usr/share/alsa/alsa.conf>\n" << definitions;
  }

 private:
  test::Folder folder_;
  std::string path_ = folder_.path() + "/asound.conf";
  test::Environment environment_{"ALSA_CONFIG_PATH", path_};
};

/// What the process writes to stderr while it lives.
class Stderr {
 public:
  Stderr() : kept_(dup(2)) {
    const int file = open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(dup2(file, 2) == 2);
    close(file);
  }
  Stderr(const Stderr&) = delete;
  Stderr& operator=(const Stderr&) = delete;
  ~Stderr() {
    dup2(kept_, 2);
    close(kept_);
  }
  std::string text() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

 private:
  test::Folder folder_;
  std::string path_ = folder_.path() + "/stderr";
  int kept_;
};

bool says(const media::Error& error, const char* words) { return std::string(error.what()).find(words) != std::string::npos; }

/// A PCM that reads f32 samples counting up: sample n is n / 65536.
class CountingFile {
 public:
  CountingFile() {
    std::ofstream file(samples_, std::ios::binary);
    for (int i = 0; i < 65536; i++) {
      const float sample = static_cast<float>(i) / 65536;
      file.write(reinterpret_cast<const char*>(&sample), sizeof sample);
    }
  }
  std::string pcm(const std::string& name) const {
    return "pcm." + name + " { type file slave.pcm { type null } file /dev/null infile \"" + samples_ + "\" format raw }\n";
  }

 private:
  test::Folder folder_;
  std::string samples_ = folder_.path() + "/samples.f32";
};

void check_counts(media::AudioSource& source, int channels) {
  CHECK(source.format() == media::AudioFormat{media::SampleFormat::kF32, 48000, channels});
  int next = 0;
  while (next < 40000) {
    const auto buffer = source.read({});
    REQUIRE(buffer);
    REQUIRE(buffer->frames > 0);
    CHECK(buffer->frames <= 960);
    const auto* const samples = static_cast<const float*>(buffer->samples);
    bool right = true;
    for (size_t i = 0; i < buffer->frames * channels; i++) right = right && samples[i] == static_cast<float>(next++) / 65536;
    REQUIRE(right);
  }
}

}  // namespace

TEST_CASE("samples as cards write them") {
  using capture::sample_at;
  using capture::SampleEncoding;
  const uint8_t bytes[] = {0x00, 0x00, 0x00, 0xC0, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x3F};
  CHECK(sample_at(bytes, SampleEncoding::kS32) == -0.5F);
  CHECK(sample_at(bytes + 1, SampleEncoding::kS24Packed) == -0.5F);
  CHECK(sample_at(bytes + 2, SampleEncoding::kS16) == -0.5F);
  CHECK(sample_at(bytes + 4, SampleEncoding::kS24Packed) == 0.5F);
  CHECK(sample_at(bytes + 7, SampleEncoding::kF32) == 0.5F);
}

#ifdef __SANITIZE_ADDRESS__
/// ALSA's null device, which a test here gives a channel map, does not free that (alsa-lib 1.2.8). By the library is all that a
/// stripped one can be named by.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() { return "leak:libasound.so"; }
#endif

TEST_SUITE("alsa") {
  TEST_CASE("a PCM's samples come out as they went in, mono and stereo") {
    const CountingFile file;
    const Configuration configuration(file.pcm("counting"));
    for (const int channels : {1, 2}) {
      const auto source = capture::open_audio(Alsa{"counting", 48000, channels}, {});
      check_counts(*source, channels);
    }
  }

  TEST_CASE("a card that has only more channels than are wanted: all are heard, by its own map or left and right in turn") {
    // The outermost reads the file; the one within it has six channels and no less.
    const test::Folder folder;
    const std::string samples = folder.path() + "/samples.f32";
    std::string bindings;
    for (const char* each : {"0", "1", "2", "3", "4", "5"}) {
      bindings += std::string(" bindings.") + each + " { slave a channel " + each + " }";
    }
    const auto card = [&](const std::string& map) {
      return "pcm.nothing { type null " + map + " }\npcm.six { type multi slaves.a { pcm nothing channels 6 }" + bindings +
             " }\npcm.card { type file slave.pcm six file /dev/null infile \"" + samples + "\" format raw }\n";
    };
    struct Case {
      std::string map;
      size_t sounding;
      float left;
      float right;
    };
    for (const auto& [map, sounding, left, right] : {Case{"", 0, 1, 0}, Case{"", 5, 0, 1},
                                                     Case{"chmap [ \"FL,FR,FC,LFE,RL,RR\" ]", 2, 0.2929F, 0.2929F},
                                                     Case{"chmap [ \"FL,FR,FC,LFE,RL,RR\" ]", 5, 0, 0.2929F}}) {
      CAPTURE(map);
      CAPTURE(sounding);
      {
        std::vector<float> frames(6 * 9600);
        for (size_t i = sounding; i < frames.size(); i += 6) frames[i] = 0.5F;
        std::ofstream(samples, std::ios::binary)
            .write(reinterpret_cast<const char*>(frames.data()), static_cast<std::streamsize>(frames.size() * sizeof(float)));
      }
      const Configuration configuration(card(map));
      for (const int channels : {1, 2}) {
        const auto source = capture::open_audio(Alsa{"card", 48000, channels}, {});
        CHECK(source->format().channels == channels);
        const auto buffer = source->read({});
        REQUIRE(buffer);
        REQUIRE(buffer->frames > 0);
        const auto* const heard = static_cast<const float*>(buffer->samples);
        if (channels == 1) {
          CHECK(heard[0] == doctest::Approx(0.25F * (left + right)).epsilon(0.001));
        } else {
          CHECK(heard[0] == doctest::Approx(0.5F * left).epsilon(0.001));
          CHECK(heard[1] == doctest::Approx(0.5F * right).epsilon(0.001));
        }
      }
    }
  }

  TEST_CASE("no device name is the default one; a microphone without a sound server is ALSA's") {
    const test::Environment nowhere("PULSE_SERVER", "unix:/nonexistent/native");  // else Debian makes it ALSA's default
    const CountingFile file;
    const Configuration configuration(file.pcm("!default"));
    check_counts(*capture::open_audio(Alsa{"", 48000, 2}, {}), 2);
    check_counts(*capture::open_audio(capture::Microphone{"", 48000, 2}, {}), 2);
  }

  TEST_CASE("a stop before reading ends it, whatever waits") {
    const CountingFile file;
    const Configuration configuration(file.pcm("counting"));
    const auto source = capture::open_audio(Alsa{"counting", 48000, 2}, {});
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(source->read(stop.get_token()));
  }

  TEST_CASE("no such device: said with what to do, and nothing on stderr") {
    const Configuration configuration("pcm.nowhere { type hw card NoSuchCard }\n");
    const Stderr printed;
    for (const std::string device : {"hw:CARD=NoSuchCard,DEV=0", "plughw:NoSuchCard", "no such name", "hw:31", "nowhere"}) {
      CAPTURE(device);
      const auto error = error_of([&] { capture::open_audio(Alsa{device, 48000, 2}, {}); });
      CHECK(error.code == Code::kDeviceNotFound);
      CHECK(error.device == device);
      CHECK(says(error, "listDevices()"));
    }
    CHECK(printed.text().empty());
  }

  TEST_CASE("neither a sound server nor a card: the error says both") {
    const test::Environment nowhere("PULSE_SERVER", "unix:/nonexistent/native");
    const Configuration configuration("pcm.!default { type hw card NoSuchCard }\n");
    const auto error = error_of([&] { capture::open_audio(capture::Microphone{"", 48000, 2}, {}); });
    CHECK(error.code == Code::kDeviceNotFound);
    CHECK(says(error, "PulseAudio"));
    CHECK(says(error, "ALSA"));
  }

  TEST_CASE("a sound server behind ALSA's name: opened, read and closed, again and again") {
    for (int round = 0; round < 10; round++) {
      CAPTURE(round);
      const auto source = capture::open_audio(Alsa{"pulse", 48000, 2}, {});
      CHECK(source->format() == media::AudioFormat{media::SampleFormat::kF32, 48000, 2});
      CHECK(source->opened().device == "pulse");
      for (size_t frames = 0; frames < 9600;) {
        const auto buffer = source->read({});
        REQUIRE(buffer);
        CHECK(buffer->pts <= media::monotonic_now() + 100ms);
        frames += buffer->frames;
      }
    }
  }

  TEST_CASE("a configuration that cannot be read is an error, not a crash") {
    const Configuration configuration("pcm.broken { type nonsense }\n");
    const Stderr printed;
    const auto error = error_of([&] { capture::open_audio(Alsa{"broken", 48000, 2}, {}); });
    CHECK(error.device == "broken");
    CHECK(printed.text().empty());
  }
}
