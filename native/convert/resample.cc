// Sound to f32 at one rate and channel count, its rate trimmed live. Sole includer of speexdsp.
#include <speex/speex_resampler.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include "convert/convert.h"

namespace convert {
namespace {

using media::AudioBuffer;
using media::AudioFormat;
using media::SampleFormat;
using media::Time;

// 48 taps at least, flat to nine tenths of the band: above what AAC-LC carries at the rates of a live stream.
constexpr int kQuality = 3;
constexpr double kMaxTrim = 2000;  // ppm

// speexdsp takes a ratio as a fraction, loses its place between two samples when the denominator changes, and cannot have one
// above 16 bits. So all trimmed ratios have the largest prime below as denominator; the steps of 15 ppm between them alternate,
// whenever the output has come this far (in input samples) from where the wanted ratio would have it.
constexpr uint32_t kDenominator = 65521;
constexpr double kTolerance = 0.1;

// Samples that a filter is shown when it takes over from passing through: more than it has taps.
constexpr size_t kHistory = 256;

using Filter = std::unique_ptr<SpeexResamplerState, decltype([](SpeexResamplerState* state) { speex_resampler_destroy(state); })>;

float sample_at(const AudioBuffer& buffer, size_t index) {
  if (buffer.format.sample_format == SampleFormat::kF32) return static_cast<const float*>(buffer.samples)[index];
  return static_cast<float>(static_cast<const int16_t*>(buffer.samples)[index]) / 32768.0f;
}

/// One into many is repeated; many into one are averaged.
void to_float(const AudioBuffer& buffer, size_t channels, std::vector<float>& out) {
  const auto from = static_cast<size_t>(buffer.format.channels);
  out.clear();
  out.reserve(buffer.frames * channels);
  for (size_t frame = 0; frame < buffer.frames; ++frame) {
    if (channels == 1) {
      float sum = 0;
      for (size_t channel = 0; channel < from; ++channel) sum += sample_at(buffer, frame * from + channel);
      out.push_back(sum / static_cast<float>(from));
    } else {
      for (size_t channel = 0; channel < channels; ++channel) {
        out.push_back(sample_at(buffer, frame * from + std::min(channel, from - 1)));
      }
    }
  }
}

}  // namespace

struct Resampler::State {
  AudioFormat from;
  AudioFormat to;
  double wanted;            // input samples to one output sample
  double ratio;             // the same, as the filter has it
  double error = 0;         // input samples that the filter should have gone further by now
  Filter filter;            // none while the sound passes through
  double lead = 0;          // input samples that the filter has taken beyond where its next output lies
  size_t skip = 0;          // next outputs to leave out
  std::vector<float> input;  // in the output's channels
  std::vector<float> output;
  std::vector<float> history;  // the last that passed through

  State(AudioFormat format, int sample_rate, int channels)
      : from(format), to{SampleFormat::kF32, sample_rate, channels},
        wanted(static_cast<double>(format.sample_rate) / sample_rate), ratio(wanted) {
    if (from.sample_rate != to.sample_rate) make_filter();
  }

  size_t channels() const { return static_cast<size_t>(to.channels); }
  double frames_to_us(double frames) const { return frames * 1e6 / from.sample_rate; }

  /// Of the rates as they are, untrimmed.
  void make_filter() {
    filter.reset(speex_resampler_init(static_cast<uint32_t>(to.channels), static_cast<uint32_t>(from.sample_rate),
                                      static_cast<uint32_t>(to.sample_rate), kQuality, nullptr));
    if (!filter) throw std::bad_alloc();
    speex_resampler_skip_zeros(filter.get());  // its first output is of the time of its first input
  }

  /// Sets the ratio on the side of the wanted one that mends the error.
  void retune() {
    const double exact = wanted * kDenominator;
    auto numerator = static_cast<uint32_t>(error > 0 ? std::ceil(exact) : std::floor(exact));
    if (numerator % kDenominator == 0) numerator += error > 0 ? 1 : -1;  // a fraction that would be reduced
    if (!filter) {
      make_filter();
      show_history();
    }
    speex_resampler_set_rate_frac(filter.get(), numerator, kDenominator, static_cast<uint32_t>(from.sample_rate),
                                  static_cast<uint32_t>(to.sample_rate));
    ratio = static_cast<double>(numerator) / kDenominator;
  }

  /// Brings a new filter to the end of what has passed through without it; what it makes of that was given already.
  void show_history() {
    run(history);
    output.clear();
    // What its lookahead still holds belongs to the past too.
    skip = static_cast<size_t>(std::lround(lead));
    history.clear();
  }

  /// Appends to `output`.
  void run(std::span<const float> samples) {
    const size_t frames = samples.size() / channels();
    const size_t before = output.size() / channels();
    const auto room = static_cast<size_t>(std::ceil((static_cast<double>(frames) + lead + 2) / ratio)) + 2;
    output.resize((before + room) * channels());
    auto taken = static_cast<uint32_t>(frames);
    auto given = static_cast<uint32_t>(room);
    speex_resampler_process_interleaved_float(filter.get(), samples.data(), &taken, output.data() + before * channels(), &given);
    output.resize((before + given) * channels());
    lead += taken - given * ratio;
  }

  void remember(std::span<const float> samples) {
    const size_t most = kHistory * channels();
    if (samples.size() > most) samples = samples.last(most);
    const size_t kept = std::min(history.size(), most - samples.size());
    history.erase(history.begin(), history.end() - static_cast<ptrdiff_t>(kept));
    history.insert(history.end(), samples.begin(), samples.end());
  }
};

Resampler::Resampler(AudioFormat from, int sample_rate, int channels)
    : state_(std::make_unique<State>(from, sample_rate, channels)) {}
Resampler::~Resampler() = default;

AudioBuffer Resampler::convert(const AudioBuffer& buffer) {
  State& state = *state_;
  AudioBuffer result = buffer;
  result.format = state.to;

  std::span<const float> samples;
  if (buffer.format.sample_format == SampleFormat::kF32 && buffer.format.channels == state.to.channels) {
    samples = {static_cast<const float*>(buffer.samples), buffer.frames * state.channels()};
  } else {
    to_float(buffer, state.channels(), state.input);
    samples = state.input;
  }

  state.error += static_cast<double>(buffer.frames) * (1 - state.ratio / state.wanted);
  if (std::abs(state.error) > kTolerance) state.retune();
  if (!state.filter) {
    state.remember(samples);
    result.samples = samples.data();
    return result;
  }

  const double lead = state.lead;
  state.output.clear();
  state.run(samples);
  const size_t given = state.output.size() / state.channels();
  const size_t skipped = std::min(state.skip, given);
  state.skip -= skipped;
  result.samples = state.output.data() + skipped * state.channels();
  result.frames = given - skipped;
  result.pts += Time(std::llround(state.frames_to_us(static_cast<double>(skipped) * state.ratio - lead)));
  return result;
}

void Resampler::set_trim(double ppm) {
  const double nominal = static_cast<double>(state_->from.sample_rate) / state_->to.sample_rate;
  state_->wanted = nominal / (1 + std::clamp(ppm, -kMaxTrim, kMaxTrim) * 1e-6);
}

}  // namespace convert
