// Finds libfaac at run time and makes a media::AudioEncoder of what either generation of it offers: gathers blocks, tells times.
#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <filesystem>

#include "codec/aac.h"
#include "codec/codec.h"
#include "codec/faac.h"
#include "system/library.h"

namespace codec {
namespace {

using media::Code;
using media::Error;
using media::Time;

constexpr float kFullScale = 32768.0f;
constexpr int kMaxLookahead = 8;  // blocks; a libfaac that has more is not one that we know

using LibraryHandle = std::unique_ptr<void, decltype([](void* library) { dlclose(library); })>;

struct Library {
  LibraryHandle handle;  // none when there is no libfaac of that name
  std::string name;
  sys::LoadFailure failure;  // why there is none

  explicit Library(const std::string& path = {}) : name(std::filesystem::path(path).filename()) {
    if (path.empty()) return;
    handle.reset(sys::load(path, RTLD_LOCAL, failure));
    if (!handle || is_second_generation() || dlsym(handle.get(), "faacEncOpen")) return;
    failure = {sys::LoadFailure::Cause::kOther, "it has neither faac_encoder_open nor faacEncOpen"};
    handle.reset();
  }
  bool is_absent() const { return !handle && failure.cause == sys::LoadFailure::Cause::kAbsent; }
  bool is_second_generation() const { return dlsym(handle.get(), "faac_encoder_open") != nullptr; }
  std::unique_ptr<FaacStream> open(const FaacSettings& settings) const {
    return is_second_generation() ? open_faac_2(handle.get(), settings) : open_faac_1(handle.get(), settings);
  }
  std::string version() const { return is_second_generation() ? faac_2_version(handle.get()) : faac_1_version(handle.get()); }
};

/// Where this code itself lies: a libfaac that was shipped with it is found beside it.
std::string beside_this_binary() {
  Dl_info own{};
  if (!dladdr(reinterpret_cast<const void*>(&beside_this_binary), &own) || !own.dli_fname) return {};
  return std::filesystem::path(own.dli_fname).parent_path() / "libfaac.so.2";
}

/// What the user says to load, and nothing else then.
const char* chosen_path() {
  const char* const path = std::getenv("RTMP_PUSHER_FAAC");
  return path && *path ? path : nullptr;
}

Library find_library() {
  if (const char* path = chosen_path()) return Library(path);
  Library first;  // that is there, and does not load
  for (const std::string& path : {beside_this_binary(), std::string("libfaac.so.2"), std::string("libfaac.so.1"),
                                  std::string("libfaac.so.0")}) {
    Library library(path);
    if (library.handle) return library;
    if (first.is_absent()) first = std::move(library);
  }
  return first;
}

Error not_loaded(const Library& library) {
  const sys::LoadFailure& failure = library.failure;
  const std::string advice =
      "install libfaac2 (Debian 14), or libfaac0 (Debian non-free, Ubuntu multiverse), or set RTMP_PUSHER_FAAC to the library's path; "
      "video needs none of it";
  if (failure.cause == sys::LoadFailure::Cause::kShortage) {
    return Error::from_errno(Code::kEncoderOpen, "libfaac, the AAC encoder, could not be loaded", "dlopen", failure.number);
  }
  if (const char* const path = chosen_path()) {
    const std::string reason = library.is_absent() ? ": there is no such file" : failure.reason();
    return Error(Code::kEncoderOpen, "RTMP_PUSHER_FAAC names no libfaac that loads: " + std::string(path) + reason);
  }
  if (library.is_absent()) return Error(Code::kEncoderOpen, "libfaac, the AAC encoder, was not found: " + advice);
  return Error(Code::kEncoderOpen, library.name + ", the AAC encoder, could not be loaded" + failure.reason() + "; " + advice);
}

/// Blocks that the library holds before the first packet comes, tried out on an encoder of its own.
int lookahead_of(const Library& library, const FaacSettings& settings) {
  const auto stream = library.open(settings);
  std::vector<float> silence(kFaacBlock * static_cast<size_t>(settings.channels));
  std::vector<uint8_t> packet(stream->packet_limit());
  for (int blocks = 0; blocks < kMaxLookahead; ++blocks) {
    if (stream->encode(silence, packet) > 0) return blocks;
  }
  throw Error(Code::kEncoderOpen, "libfaac gives no packets");
}

class FaacEncoder final : public media::AudioEncoder {
 public:
  FaacEncoder(Library library, const FaacSettings& settings)
      : library_(std::move(library)),
        lookahead_(lookahead_of(library_, settings)),
        stream_(library_.open(settings)),
        format_{media::SampleFormat::kF32, settings.sample_rate, settings.channels} {
    block_.reserve(block_size());
    const auto config = parse_audio_specific_config(stream_->configuration());
    if (config != AudioSpecificConfig{2, settings.sample_rate, settings.channels, static_cast<int>(kFaacBlock)}) {
      throw Error(Code::kEncoderOpen, "libfaac does not give AAC-LC of " + std::to_string(settings.sample_rate) + " Hz and " +
                                          std::to_string(settings.channels) + " channels");
    }
  }

  std::span<const uint8_t> configuration() const override { return stream_->configuration(); }
  Time frame_duration() const override { return duration(kFaacBlock); }

  Time delay() const override {
    // A packet holds the block that starts `priming` samples before its own; then the lookahead has to come.
    return duration(kFaacBlock * static_cast<size_t>(1 + lookahead_) + static_cast<size_t>(stream_->priming()));
  }

  void encode(const media::AudioBuffer& buffer, std::vector<media::Packet>& out) override {
    if (buffer.format != format_) {
      throw Error(Code::kEncoderFailed, "the sound is not of the format that the encoder was opened for");
    }
    if (buffer.frames == 0) return;
    marks_.push_back({received_, buffer.pts});
    received_ += static_cast<int64_t>(buffer.frames);

    std::span samples(static_cast<const float*>(buffer.samples), buffer.frames * static_cast<size_t>(format_.channels));
    while (!samples.empty()) {
      const auto part = samples.first(std::min(samples.size(), block_size() - block_.size()));
      std::ranges::transform(part, std::back_inserter(block_), scaled);
      samples = samples.subspan(part.size());
      if (block_.size() == block_size()) encode_block(out);
    }
  }

  void flush(std::vector<media::Packet>& out) override {
    if (received_ == 0) return;
    if (!block_.empty()) {
      block_.resize(block_size());
      encode_block(out);
    }
    for (int call = 0; call < 2 * kMaxLookahead && next_sample() < received_; ++call) encode_block(out);
  }

 private:
  struct Mark {
    int64_t sample;
    Time pts;
  };

  /// Sound from outside may be anything: what is not a number becomes silence, what is too loud is cut.
  static float scaled(float sample) { return std::isnan(sample) ? 0.0f : std::clamp(sample, -1.0f, 1.0f) * kFullScale; }

  size_t block_size() const { return kFaacBlock * static_cast<size_t>(format_.channels); }
  Time duration(size_t samples) const { return Time(static_cast<int64_t>(samples) * 1'000'000 / format_.sample_rate); }

  /// The first sample that the next packet decodes to, counted from the first that came in.
  int64_t next_sample() const { return packets_ * static_cast<int64_t>(kFaacBlock) - stream_->priming(); }

  void encode_block(std::vector<media::Packet>& out) {
    media::Packet packet(media::Track::kAudio, stream_->packet_limit());
    const size_t size = stream_->encode(block_, packet.body());
    block_.clear();
    if (size == 0) return;
    const int64_t sample = next_sample();
    ++packets_;
    // The first packet holds nothing that was captured; a listener who joins later has to do without it too.
    if (sample + static_cast<int64_t>(kFaacBlock) <= 0) return;
    packet.truncate(size);
    packet.pts = packet.dts = std::max(time_of(sample), last_pts_ + Time(1));
    last_pts_ = packet.pts;
    out.push_back(std::move(packet));
  }

  /// Capture time of a sample, counted from the start of the buffer that brought it: packets follow the buffers' own times.
  Time time_of(int64_t sample) {
    while (marks_.size() > 1 && marks_[1].sample <= sample) marks_.pop_front();
    return marks_.front().pts + Time((sample - marks_.front().sample) * 1'000'000 / format_.sample_rate);
  }

  Library library_;  // outlives the stream
  int lookahead_;
  std::unique_ptr<FaacStream> stream_;
  media::AudioFormat format_;
  std::vector<float> block_;
  std::deque<Mark> marks_;
  int64_t received_ = 0;  // samples of each channel
  int64_t packets_ = 0;
  Time last_pts_ = Time::min();
};

}  // namespace

std::unique_ptr<media::AudioEncoder> open_faac(const FaacSettings& settings) {
  Library library = find_library();
  if (!library.handle) throw not_loaded(library);
  return std::make_unique<FaacEncoder>(std::move(library), settings);
}

std::string faac_version() {
  const Library library = find_library();
  return library.handle ? "faac " + library.version() + " (" + library.name + ")" : std::string();
}

}  // namespace codec
