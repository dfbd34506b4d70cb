// Lanes that come unevenly, and what becomes of them together.
#include <doctest/doctest.h>

#include <vector>

#include "pipeline/mixer.h"

namespace {

using media::Time;
using namespace std::chrono_literals;

constexpr int kRate = 1000;
constexpr Time kOrigin = 50s;

struct Mixed {
  explicit Mixed(size_t lanes)
      : mixer({media::SampleFormat::kF32, kRate, 1}, lanes, [this](const media::AudioBuffer& buffer) {
          if (!samples.empty() && buffer.pts != end) ++jumps;
          const auto* values = static_cast<const float*>(buffer.samples);
          samples.insert(samples.end(), values, values + buffer.frames);
          last = values;
          end = buffer.pts + Time(static_cast<int64_t>(buffer.frames) * 1'000'000 / kRate);
        }) {
    mixer.begin(kOrigin, 20s);
  }
  void add(size_t lane, size_t frames, float value) {
    const std::vector<float> sound(frames, value);
    mixer.add(lane, sound.data(), frames, now);
  }

  std::vector<float> samples;
  const float* last = nullptr;
  Time end{};
  int jumps = 0;
  Time now = kOrigin;
  pipeline::Mixer mixer;
};

}  // namespace

TEST_CASE("mixer: one lane is passed through without a copy") {
  Mixed mixed(1);
  const std::vector<float> sound(10, 0.5F);
  mixed.mixer.add(0, sound.data(), sound.size(), kOrigin);
  CHECK(mixed.last == sound.data());
  mixed.mixer.add(0, nullptr, 100, kOrigin);
  mixed.mixer.add(0, sound.data(), sound.size(), kOrigin);
  CHECK(mixed.samples.size() == 120);
  CHECK(mixed.samples[50] == 0);
  CHECK(mixed.end == kOrigin + 120ms);
  CHECK(mixed.jumps == 0);
}

TEST_CASE("mixer: what all lanes have is summed, in its place") {
  Mixed mixed(3);
  mixed.add(0, 30, 0.5F);
  mixed.add(1, 10, 0.25F);
  CHECK(mixed.samples.empty());
  mixed.mixer.add(2, nullptr, 25, kOrigin);
  CHECK(mixed.samples == std::vector<float>(10, 0.75F));
  mixed.add(1, 20, -0.5F);
  CHECK(mixed.samples.size() == 25);
  CHECK(mixed.samples[24] == 0);
  mixed.mixer.end(2, kOrigin);
  CHECK(mixed.samples.size() == 30);
  mixed.mixer.end(0, kOrigin);
  mixed.add(1, 10, 0.125F);
  CHECK(mixed.samples.size() == 40);
  CHECK(mixed.samples[39] == 0.125F);
  CHECK(mixed.jumps == 0);
}

TEST_CASE("mixer: what lanes have when the last of them ends is not lost") {
  Mixed mixed(2);
  mixed.add(0, 30, 0.5F);
  mixed.add(1, 10, 0.5F);
  mixed.mixer.end(0, kOrigin);
  CHECK(mixed.samples.size() == 10);
  mixed.mixer.end(1, kOrigin);
  CHECK(mixed.samples.size() == 30);
  CHECK(mixed.samples[29] == 0.5F);
}

TEST_CASE("mixer: a lane that gives nothing at all does not hold up the other for ever") {
  Mixed mixed(2);
  for (; mixed.now < kOrigin + 5s; mixed.now += 10ms) mixed.add(0, 10, 0.5F);
  CHECK(mixed.samples.size() >= 3000);
  CHECK(mixed.samples.size() < 4000);
  // What it would have given then is too late; what it gives from now on is heard.
  for (int i = 0; i < 500; ++i) mixed.add(1, 10, 0.25F);
  CHECK(mixed.samples.size() == 5000);
  CHECK(mixed.samples[1000] == 0.5F);
  CHECK(mixed.samples[4900] == 0.75F);
  CHECK(mixed.jumps == 0);
}

TEST_CASE("mixer: it begins with what is not late") {
  Mixed mixed(2);
  mixed.mixer.begin(kOrigin, 10ms);
  mixed.add(0, 100, 0.5F);
  mixed.now += 60ms;
  mixed.mixer.add(1, nullptr, 70, mixed.now);
  CHECK(mixed.samples == std::vector<float>(20, 0.5F));
  CHECK(mixed.end == kOrigin + 70ms);
  mixed.now += 1s;
  mixed.mixer.add(1, nullptr, 30, mixed.now);
  CHECK(mixed.samples.size() == 50);
}

TEST_CASE("mixer: a gap of an hour is not filled with an hour of silence") {
  for (const size_t lanes : {1U, 2U}) {
    CAPTURE(lanes);
    Mixed mixed(lanes);
    mixed.add(0, 10, 0.5F);
    if (lanes == 2) mixed.add(1, 10, 0.5F);
    mixed.now += 1h;
    for (size_t lane = 0; lane < lanes; ++lane) mixed.mixer.add(lane, nullptr, 3600 * kRate, mixed.now);
    CHECK(mixed.samples.size() >= 10 * kRate);
    CHECK(mixed.samples.size() < 12 * kRate);
    CHECK(mixed.end == kOrigin + 1h + 10ms);
    CHECK(mixed.jumps == 1);
  }
}

TEST_CASE("mixer: a lane from the far future takes no memory, and the others go on") {
  Mixed mixed(2);
  mixed.mixer.add(0, nullptr, size_t{1} << 40, mixed.now);
  for (int i = 0; i < 100; ++i) {
    mixed.add(0, 10, 1);
    mixed.add(1, 10, 0.5F);
    mixed.now += 10ms;
  }
  CHECK(mixed.samples == std::vector<float>(1000, 0.5F));
}
