#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <limits>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "codec/codec.h"
#include "media/error.h"

using media::Time;

namespace {

constexpr Time kStart{9'000'000};

/// Sets RTMP_PUSHER_FAAC, and what it was before at the end.
class Chosen {
 public:
  explicit Chosen(const std::string& path) {
    if (const char* before = std::getenv("RTMP_PUSHER_FAAC")) before_ = before;
    setenv("RTMP_PUSHER_FAAC", path.c_str(), 1);
  }
  ~Chosen() { before_ ? setenv("RTMP_PUSHER_FAAC", before_->c_str(), 1) : unsetenv("RTMP_PUSHER_FAAC"); }

 private:
  std::optional<std::string> before_;
};

/// The libraries to test: the one that RTMP_PUSHER_FAAC names, else all that the system has.
std::vector<std::string> libraries() {
  if (const char* chosen = std::getenv("RTMP_PUSHER_FAAC")) return {chosen};
  std::vector<std::string> found;
  for (const char* name : {"libfaac.so.2", "libfaac.so.1", "libfaac.so.0"}) {
    if (void* library = dlopen(name, RTLD_NOW)) {
      dlclose(library);
      found.push_back(name);
    }
  }
  return found;
}

/// Sound of a fixed seed: a chord over noise, so that there is something to encode.
class Sound {
 public:
  Sound(int sample_rate, int channels) : format_{media::SampleFormat::kF32, sample_rate, channels} {}

  media::AudioBuffer next(size_t frames, Time pts) {
    samples_.clear();
    for (size_t frame = 0; frame < frames; ++frame, ++position_) {
      for (int channel = 0; channel < format_.channels; ++channel) {
        seed_ = seed_ * 1664525u + 1013904223u;
        const double time = static_cast<double>(position_) / format_.sample_rate;
        double value = (static_cast<double>(seed_ >> 8) / (1 << 24) - 0.5) * 0.2;
        for (const int tone : {440, 554, 659 + 100 * channel, 3520, 7040}) {
          value += 0.1 * std::sin(2 * std::numbers::pi * tone * time);
        }
        samples_.push_back(static_cast<float>(value));
      }
    }
    return {format_, samples_.data(), frames, pts};
  }

 private:
  media::AudioFormat format_;
  std::vector<float> samples_;
  int64_t position_ = 0;
  uint32_t seed_ = 1;
};

Time after(int64_t frames, int sample_rate) { return kStart + Time(frames * 1'000'000 / sample_rate); }

std::string refusal(const codec::FaacSettings& settings) {
  try {
    codec::open_faac(settings);
  } catch (const media::Error& error) {
    CHECK(error.code == media::Code::kEncoderOpen);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("faac: there is a library to test") { CHECK_FALSE(libraries().empty()); }

TEST_CASE("faac: each packet's time is that of the samples it decodes to, whatever the buffers' sizes") {
  for (const std::string& library : libraries()) {
    const Chosen chosen(library);
    for (const int rate : {44100, 48000}) {
      for (const int channels : {1, 2}) {
        CAPTURE(library);
        const auto encoder = codec::open_faac({rate, channels, 128'000});
        CHECK(encoder->frame_duration() == Time(1024 * 1'000'000 / rate));
        const std::vector<uint8_t> wanted{static_cast<uint8_t>(rate == 48000 ? 0x11 : 0x12),
                                          static_cast<uint8_t>((rate == 48000 ? 0x80 : 0x00) | channels << 3)};
        const auto configuration = encoder->configuration();
        CHECK(std::vector<uint8_t>(configuration.begin(), configuration.end()) == wanted);

        Sound sound(rate, channels);
        std::vector<media::Packet> packets;
        int64_t fed = 0;
        for (const size_t frames : {480, 1, 1023, 1024, 5000, 37, 960, 0, 10'000}) {
          encoder->encode(sound.next(frames, after(fed, rate)), packets);
          fed += static_cast<int64_t>(frames);
        }
        encoder->flush(packets);
        CHECK(packets.size() == static_cast<size_t>((fed + 1023) / 1024));
        for (size_t index = 0; index < packets.size(); ++index) {
          const Time off = packets[index].pts - after(static_cast<int64_t>(index) * 1024, rate);
          CHECK(std::abs(off.count()) <= 1);
          CHECK(packets[index].dts == packets[index].pts);
          CHECK(packets[index].track == media::Track::kAudio);
          CHECK(packets[index].size() > 0);
        }
      }
    }
  }
}

TEST_CASE("faac: delay() is the longest that a sample waits") {
  for (const std::string& library : libraries()) {
    CAPTURE(library);
    const Chosen chosen(library);
    const auto encoder = codec::open_faac({48000, 2, 128'000});
    Sound sound(48000, 2);
    std::vector<media::Packet> packets;
    Time longest(0);
    for (int64_t fed = 0; fed < 48000; fed += 16) {
      const size_t before = packets.size();
      encoder->encode(sound.next(16, after(fed, 48000)), packets);
      for (size_t index = before; index < packets.size(); ++index) {
        longest = std::max(longest, after(fed + 16, 48000) - packets[index].pts);
      }
    }
    CHECK(std::abs((encoder->delay() - longest).count()) <= 2);
  }
}

TEST_CASE("faac: the bit rate is that of all channels together") {
  for (const std::string& library : libraries()) {
    const Chosen chosen(library);
    for (const int channels : {1, 2}) {
      for (const int bitrate : {64'000, 128'000}) {
        CAPTURE(library);
        const auto encoder = codec::open_faac({48000, channels, bitrate});
        Sound sound(48000, channels);
        std::vector<media::Packet> packets;
        for (int64_t second = 0; second < 20; ++second) encoder->encode(sound.next(48000, after(second * 48000, 48000)), packets);
        size_t bytes = 0;
        for (const auto& packet : packets) bytes += packet.size();
        const double seconds = static_cast<double>(packets.size()) * 1024 / 48000;
        CHECK(static_cast<double>(bytes) * 8 / seconds == doctest::Approx(bitrate).epsilon(0.1));
      }
    }
  }
}

TEST_CASE("faac: packets follow the buffers' own times, and never go back") {
  for (const std::string& library : libraries()) {
    CAPTURE(library);
    const Chosen chosen(library);
    const auto encoder = codec::open_faac({48000, 1, 64'000});
    Sound sound(48000, 1);
    std::vector<media::Packet> packets;
    const auto feed = [&](int64_t from_frame, Time offset) {
      for (int64_t frame = from_frame; frame < from_frame + 10 * 1024; frame += 1024) {
        encoder->encode(sound.next(1024, after(frame, 48000) + offset), packets);
      }
    };
    feed(0, Time(0));
    feed(10 * 1024, std::chrono::milliseconds(500));   // the device stalled
    feed(20 * 1024, -std::chrono::milliseconds(500));  // and its clock was set back
    encoder->flush(packets);
    REQUIRE(packets.size() == 30);
    CHECK(packets[9].pts == after(9 * 1024, 48000));
    CHECK(packets[10].pts == after(10 * 1024, 48000) + std::chrono::milliseconds(500));
    for (size_t index = 1; index < packets.size(); ++index) CHECK(packets[index].pts > packets[index - 1].pts);
  }
}

TEST_CASE("faac: a handful of samples is a packet, nothing is none") {
  for (const std::string& library : libraries()) {
    CAPTURE(library);
    const Chosen chosen(library);
    std::vector<media::Packet> packets;
    codec::open_faac({48000, 2, 128'000})->flush(packets);
    CHECK(packets.empty());
    const auto encoder = codec::open_faac({48000, 2, 128'000});
    encoder->encode(Sound(48000, 2).next(10, kStart), packets);
    encoder->flush(packets);
    REQUIRE(packets.size() == 1);
    CHECK(packets[0].pts == kStart);
  }
}

TEST_CASE("faac: samples that are no numbers, or far too loud, do no harm") {
  for (const std::string& library : libraries()) {
    CAPTURE(library);
    const Chosen chosen(library);
    const auto encoder = codec::open_faac({44100, 2, 128'000});
    std::vector<float> samples(20 * 2048);
    const float strange[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                             -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::max(), 1e-40f, -4.0f};
    for (size_t index = 0; index < samples.size(); ++index) samples[index] = strange[index * 7 / 3 % std::size(strange)];
    std::vector<media::Packet> packets;
    encoder->encode({{media::SampleFormat::kF32, 44100, 2}, samples.data(), samples.size() / 2, kStart}, packets);
    encoder->flush(packets);
    CHECK(packets.size() == 20);
  }
}

TEST_CASE("faac: sound of another format is refused") {
  for (const std::string& library : libraries()) {
    const Chosen chosen(library);
    const auto encoder = codec::open_faac({48000, 2, 128'000});
    std::vector<media::Packet> packets;
    CHECK_THROWS_AS(encoder->encode(Sound(44100, 2).next(100, kStart), packets), media::Error);
    CHECK_THROWS_AS(encoder->encode(Sound(48000, 1).next(100, kStart), packets), media::Error);
  }
}

TEST_CASE("faac: a library that is not there is named, and so is the cure") {
  const Chosen chosen("/nowhere/libfaac.so.9");
  CHECK(refusal({48000, 2, 128'000}).find("RTMP_PUSHER_FAAC") != std::string::npos);
  CHECK(refusal({48000, 2, 128'000}).find("/nowhere/libfaac.so.9") != std::string::npos);
  CHECK(codec::faac_version().empty());
}

TEST_CASE("faac: a library that is not libfaac is refused") {
  const Chosen chosen("libm.so.6");
  CHECK(refusal({48000, 2, 128'000}).find("faacEncOpen") != std::string::npos);
  CHECK(codec::faac_version().empty());
}

TEST_CASE("faac: the version names the library") {
  for (const std::string& library : libraries()) {
    const Chosen chosen(library);
    const std::string version = codec::faac_version();
    CHECK(version.starts_with("faac "));
    CHECK(version.find(library.substr(library.find_last_of('/') + 1)) != std::string::npos);
  }
}
