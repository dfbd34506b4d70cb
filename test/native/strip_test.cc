// The sound's clock, in simulated time: what runs live (SampleClock, Drift, Resampler, Strip) is driven by a device whose crystal,
// stamps and delivery are off, and the sine that comes out is looked at sample for sample.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

#include "capture/sample_clock.h"
#include "pipeline/strip.h"

namespace {

using media::AudioFormat;
using media::SampleFormat;
using media::Time;
using pipeline::Strip;
using namespace std::chrono_literals;

// Low, so that six hours are done in seconds; nothing here depends on it.
constexpr int kRate = 2000;
constexpr double kTone = 25;  // Hz: an offset of up to half its period, 20 ms, shows as itself
constexpr double kAmplitude = 0.5;
constexpr int kFragment = kRate / 50;
constexpr Time kLatency = 30ms;
constexpr Time kStart = 100s;

double seconds(Time time) { return static_cast<double>(time.count()) * 1e-6; }
Time to_time(double seconds) { return Time(std::llround(seconds * 1e6)); }

/// Hears a sine, as PulseAudio and ALSA give it: fragments, and from time to time a word on when the newest sample was captured.
class Device {
 public:
  struct Faults {
    double ppm = 0;       // by which its crystal is slow
    Time late = 0us;      // up to so much before or after its time a fragment is delivered
    Time scatter = 0us;   // of what it says of its own time, either way
    Time behind = 0us;    // what it is delivered later than that, always
    Time starts = 0us;
    Time stall_at = media::kForever;
    Time stall = 0us;
    bool loses = false;   // what it would have heard in the stall; else it comes after
    Time wrong_at = media::kForever;  // a word on the time that is off by an hour, as when the wall clock is set
  };

  explicit Device(const Faults& faults) : faults_(faults), captured_(seconds(kStart + faults.starts)) {}

  /// As AudioSource::read(): sets `now` to the moment of its return.
  std::optional<media::AudioBuffer> read(Time until, Time& now) {
    while (!ready_at_) record();
    if (*ready_at_ > until) {
      now = std::max(now, until);
      return std::nullopt;
    }
    now = std::max(now, *ready_at_);
    ready_at_.reset();
    if (!clock_.ready() || clock_.in_doubt() || now - measured_ > 200ms) measure(now);
    const media::AudioBuffer buffer{{SampleFormat::kF32, kRate, 1}, samples_.data(), samples_.size(), clock_.at(position_)};
    position_ += kFragment;
    if (!clock_.ready()) return read(until, now);
    return buffer;
  }

 private:
  void record() {
    const double period = (1 + faults_.ppm * 1e-6) / kRate;
    if (faults_.loses && !stalled_ && to_time(captured_) >= kStart + faults_.stall_at) {
      captured_ += seconds(faults_.stall);
      stalled_ = true;
    }
    samples_.resize(kFragment);
    const double turn = 2 * std::numbers::pi * kTone * period;
    const double start = 2 * std::numbers::pi * std::fmod(captured_ * kTone, 1);
    double before = kAmplitude * std::sin(start - turn), value = kAmplitude * std::sin(start);
    const double twice_cosine = 2 * std::cos(turn);
    for (float& sample : samples_) {  // each of a sine's samples follows from the two before
      sample = static_cast<float>(value);
      before = std::exchange(value, twice_cosine * value - before);
    }
    captured_ += kFragment * period;
    Time ready = to_time(captured_) + faults_.behind + faults_.late + random(faults_.late);
    if (!faults_.loses && ready >= kStart + faults_.stall_at && ready < kStart + faults_.stall_at + faults_.stall) {
      ready = kStart + faults_.stall_at + faults_.stall;
    }
    last_ready_ = std::max(last_ready_, ready);
    ready_at_ = last_ready_;
  }
  /// The newest sample is the last of the fragment that is being read.
  void measure(Time now) {
    Time moment = to_time(captured_) + random(faults_.scatter);
    if (now > kStart + faults_.wrong_at) {
      moment += 1h;
      faults_.wrong_at = media::kForever;
    }
    clock_.measure(moment, Time((position_ + kFragment) * 1'000'000 / kRate));
    measured_ = now;
  }
  Time random(Time range) {
    return Time(std::uniform_int_distribution<int64_t>(-range.count(), range.count())(random_));
  }

  Faults faults_;
  std::mt19937 random_{11};
  capture::SampleClock clock_{kRate};
  std::vector<float> samples_;
  std::optional<Time> ready_at_;
  Time last_ready_{};
  Time measured_{};
  double captured_;  // the moment at which the next sample is captured
  int64_t position_ = 0;
  bool stalled_ = false;
};

constexpr size_t kPeriod = static_cast<size_t>(kRate / kTone);
const std::array kSines = [] {
  std::array<double, kPeriod> sines;
  for (size_t i = 0; i < kPeriod; ++i) sines[i] = std::sin(2 * std::numbers::pi * static_cast<double>(i) / kPeriod);
  return sines;
}();

/// Compares what comes out with the sine that there was at the moment of each sample's stamp.
class Listener {
 public:
  void hear(const float* samples, size_t frames) {
    for (size_t i = 0; i < frames; ++i) hear(samples != nullptr ? samples[i] : 0);
  }
  double worst_ms(Time from, Time to) const { return worst(offsets_, from, to); }
  /// The largest step from one sample to the next, as a multiple of the largest that the sine has.
  double worst_step(Time from, Time to) const { return worst(steps_, from, to); }
  /// In whole periods of the sine.
  bool silent(Time from, Time to) const {
    for (size_t i = index(from) + 1; i < index(to); ++i) {
      if (!std::isnan(offsets_[i])) return false;
    }
    return true;
  }
  Time heard() const { return Time(count_ * 1'000'000 / kRate); }

 private:
  void hear(float sample) {
    const auto place = static_cast<size_t>(count_ % kPeriod);
    sines_ += sample * kSines[place];
    cosines_ += sample * kSines[(place + kPeriod / 4) % kPeriod];
    step_ = std::max(step_, std::abs(static_cast<double>(sample) - last_));
    last_ = sample;
    if (static_cast<size_t>(++count_) % kPeriod != 0) return;
    const double power = std::hypot(sines_, cosines_) * 2 / kPeriod / kAmplitude;
    const double off = std::atan2(cosines_, sines_) / (2 * std::numbers::pi * kTone);
    offsets_.push_back(power > 0.9 ? static_cast<float>(off * 1e3) : NAN);  // not a number: (partly) silent
    steps_.push_back(static_cast<float>(step_ / (kAmplitude * 2 * std::numbers::pi * kTone / kRate)));
    sines_ = cosines_ = step_ = 0;
  }
  static size_t index(Time time) { return static_cast<size_t>(seconds(time) * kTone); }
  static double worst(const std::vector<float>& values, Time from, Time to) {
    double worst = 0;
    for (size_t i = index(from); i < std::min(values.size(), index(to)); ++i) {
      if (!std::isnan(values[i])) worst = std::max(worst, static_cast<double>(std::abs(values[i])));
    }
    return worst;
  }

  int64_t count_ = 0;
  double last_ = 0, sines_ = 0, cosines_ = 0, step_ = 0;
  std::vector<float> offsets_;  // ms, for each period of the sine
  std::vector<float> steps_;
};

/// What Lane does with a strip, in simulated time.
struct Desk {
  Strip strip{kRate, 1, 1};
  Listener listener;
  Time now = kStart;
  const Strip::Sink sink = [this](const float* samples, size_t frames) { listener.hear(samples, frames); };

  Desk() {
    connect();
    strip.begin(kStart);
  }
  void connect() { strip.connect({SampleFormat::kF32, kRate, 1}, kLatency); }
  void run(Device& device, Time until) {
    while (now < kStart + until) {
      if (const auto buffer = device.read(strip.due(), now)) {
        strip.take(*buffer, now, sink);
      } else {
        strip.silent(now, sink);
      }
    }
  }
  void run_without_device(Time until) {
    for (; now < kStart + until; strip.silent(now, sink)) now = strip.due();
  }
};

// A seam lasts 5 ms, here 10 samples, in which sound falls and other sound rises: three times the sine's own steepest at most.
constexpr double kSeamStep = 3;

}  // namespace


TEST_CASE("six hours beside a crystal that is off by 500 ppm, delivered up to 20 ms early or late") {
  struct Case {
    double ppm;
    Time scatter, settled;
  };
  // What a sound server or a card says of its own time is good to a millisecond or two. The second device knows no more of it than
  // when it delivers: its first few words may be wrong all together.
  for (const auto& [ppm, scatter, settled] : {Case{-500, 2ms, 500ms}, Case{500, 20ms, 10s}}) {
    CAPTURE(ppm);
    constexpr Time kStall = 2h;
    Device device({.ppm = ppm, .late = 20ms, .scatter = scatter, .stall_at = kStall, .stall = 2s, .loses = true, .wrong_at = 4h});
    Desk desk;
    desk.run(device, 6h);

    const double before = desk.listener.worst_ms(settled, kStall), after = desk.listener.worst_ms(kStall + 2s + settled, 6h);
    const double step = std::max(desk.listener.worst_step(500ms, kStall - 1s), desk.listener.worst_step(kStall + 4s, 6h));
    const double seam = desk.listener.worst_step(kStall - 1s, kStall + 4s);
    MESSAGE("at " << ppm << " ppm: off by " << std::max(before, after) << " ms at most; steps " << step
                  << " of the sine's, at the stall " << seam);
    CHECK(before < 10);
    CHECK(after < 10);
    CHECK(step < 1.01);
    CHECK(seam < kSeamStep);
    CHECK(desk.strip.gaps() == 1);
    CHECK(desk.strip.drift().ppm() == doctest::Approx(ppm).epsilon(0.1));
    CHECK(std::chrono::abs(desk.listener.heard() - 6h) < 100ms);
  }
}

TEST_CASE("sound that comes two seconds late, all at once, is replaced by silence, and cut once") {
  Device device({.ppm = 100, .late = 5ms, .scatter = 2ms, .stall_at = 60s, .stall = 2s});
  Desk desk;
  desk.run(device, 120s);
  CHECK(desk.strip.gaps() == 1);
  CHECK(desk.listener.silent(60s + 100ms, 61s + 900ms));
  CHECK_FALSE(desk.listener.silent(62s + 200ms, 62s + 300ms));
  CHECK(desk.listener.worst_ms(1s, 120s) < 10);
  CHECK(desk.listener.worst_step(500ms, 120s) < kSeamStep);
  CHECK(std::chrono::abs(desk.listener.heard() - 120s) < 100ms);
}

TEST_CASE("a stall that is shorter than the patience loses nothing") {
  Device device({.stall_at = 10s, .stall = 400ms});
  Desk desk;
  desk.run(device, 20s);
  CHECK(desk.strip.gaps() == 0);
  CHECK(desk.listener.worst_step(500ms, 20s) < 1.01);
}

TEST_CASE("a device that is always later than it says is waited for, once that is known") {
  Device device({.late = 5ms, .behind = 700ms});
  Desk desk;
  desk.run(device, 30s);
  CHECK(desk.strip.gaps() <= 1);
  CHECK(desk.listener.worst_ms(2s, 30s) < 10);
  CHECK(desk.listener.worst_step(2s, 30s) < 1.01);
  CHECK_FALSE(desk.listener.silent(2s, 29s));
}

TEST_CASE("while the device is lost there is silence by the clock; the next one is in step from its first sample on") {
  Device first({.ppm = 300});
  Desk desk;
  desk.run(first, 10s);
  desk.strip.disconnect();
  desk.run_without_device(15s);
  CHECK(std::chrono::abs(desk.listener.heard() - 15s) < 100ms);
  desk.connect();
  Device second({.ppm = -300, .starts = 15s + 20ms});
  desk.run(second, 30s);
  CHECK(desk.strip.gaps() == 1);
  CHECK(desk.listener.silent(10s + 100ms, 15s));
  CHECK(desk.listener.worst_ms(200ms, 30s) < 5);
  CHECK(desk.listener.worst_step(500ms, 30s) < kSeamStep);
  CHECK(std::chrono::abs(desk.listener.heard() - 30s) < 100ms);
}

TEST_CASE("a gain and a mute are reached within 10 ms, without a click") {
  Device device({});
  Desk desk;
  desk.run(device, 5s);
  desk.strip.set_gain(0);
  desk.run(device, 10s);
  desk.strip.set_gain(2);
  desk.run(device, 15s);
  CHECK(desk.listener.silent(5s + 100ms, 9s + 900ms));
  // From silence to twice the height in 20 samples; the sine at that height is steeper.
  CHECK(desk.listener.worst_step(500ms, 15s) < 3.5);
  CHECK(desk.listener.worst_step(11s, 15s) == doctest::Approx(2).epsilon(0.01));
  const pipeline::Loudness loudness = desk.strip.take_loudness();
  CHECK(loudness.peak == doctest::Approx(1).epsilon(0.01));
  CHECK(loudness.clipped < loudness.samples / 100);
}

TEST_CASE("sound may begin with its first sample; where it stops there is silence") {
  Strip strip(kRate, 1, 1);
  Listener listener;
  const Strip::Sink sink = [&](const float* samples, size_t frames) { listener.hear(samples, frames); };
  strip.connect({SampleFormat::kF32, kRate, 1}, kLatency);
  CHECK(strip.due() == media::kForever);
  const std::vector<float> samples(kFragment, 0.5F);
  strip.take({{SampleFormat::kF32, kRate, 1}, samples.data(), samples.size(), kStart}, kStart, sink);
  CHECK(strip.origin() == kStart);
  Time now = kStart;
  while (now < kStart + 1s) strip.silent(now = strip.due(), sink);
  strip.take({{SampleFormat::kF32, kRate, 1}, samples.data(), samples.size(), kStart + 2s}, kStart + 2s, sink);
  CHECK(strip.gaps() == 1);
  CHECK(listener.heard() == 2s + 20ms);
}

TEST_CASE("levels: the last 300 ms") {
  pipeline::LevelMeter meter(kRate, 1);
  CHECK(meter.rms() == 0);
  std::vector<float> loud(kRate, 0.5F), quiet(kRate / 2, -0.1F);
  loud[7] = -1.5F;
  meter.add(pipeline::Loudness::of(loud));
  CHECK(meter.peak() == 1.5F);
  CHECK(meter.rms() == doctest::Approx(0.5).epsilon(0.01));
  CHECK(meter.clipped() == 1);
  for (size_t i = 0; i < quiet.size(); i += 10) meter.add(pipeline::Loudness::of(std::span(quiet).subspan(i, 10)));
  CHECK(meter.peak() == 0.1F);
  CHECK(meter.rms() == doctest::Approx(0.1));
}

TEST_CASE("sound that is no number becomes silence, is counted, and spreads to nothing else") {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  const auto run = [](const std::vector<std::pair<size_t, float>>& odd, int from) {
    Strip strip(kRate, 1, 1);
    std::vector<float> given;
    strip.connect({SampleFormat::kF32, from, 1}, kLatency);
    strip.begin(kStart);
    std::vector<float> samples(static_cast<size_t>(kFragment));
    for (int i = 0; i < 50; ++i) {
      std::ranges::fill(samples, 0.25F);
      if (i == 25) {
        for (const auto& [place, value] : odd) samples[place] = value;
      }
      const Time pts = kStart + Time(i * kFragment * 1'000'000LL / from);
      strip.take({{SampleFormat::kF32, from, 1}, samples.data(), samples.size(), pts}, pts + kLatency,
                 [&](const float* sound, size_t frames) {
                   if (sound != nullptr) given.insert(given.end(), sound, sound + frames);
                   else given.insert(given.end(), frames, 0);
                 });
    }
    const auto loudness = strip.take_loudness();
    CHECK(std::isfinite(loudness.squares));
    return std::pair(given, strip.not_numbers());
  };
  for (const int from : {kRate, kRate * 3 / 2}) {  // passed through, and through a filter
    CAPTURE(from);
    const auto [plain, none] = run({}, from);
    CHECK(none == 0);
    const auto [silenced, still_none] = run({{7, 0}, {8, 0}, {9, 0}}, from);
    CHECK(still_none == 0);
    const auto [odd, counted] = run({{7, NAN}, {8, kInfinite}, {9, -kInfinite}}, from);
    CHECK(counted == 3);
    CHECK(odd == silenced);
    const auto [alone, one] = run({{7, NAN}}, from);
    CHECK(one == 1);
    CHECK(std::ranges::all_of(alone, [](float sample) { return std::abs(sample) < 0.5F; }));
    const auto [loud, not_counted] = run({{7, std::numeric_limits<float>::max()}, {8, -3e38F}}, from);
    CHECK(not_counted == 0);  // a number, which counts as any that is beyond full scale
    CHECK(std::ranges::all_of(loud, [](float sample) { return std::isfinite(sample); }));
    CHECK(std::abs(loud.back() - plain.back()) < 1e-3);
  }
}
