// libfaac 2.x (libfaac.so.2, and libfaac.so.1 of 2.0 and 2.1). The declarations below state the binary interface of its faac.h as
// of version 2.2, and of 2.0 where it is shorter. Both libraries write the size they know into `struct_size`.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "codec/faac.h"

namespace codec {
namespace {

struct Encoder;
using Status = int;  // negative: failed

constexpr int kMpeg4 = 0;
constexpr int kLowComplexity = 2;
constexpr int kRaw = 0;
constexpr int kFloat = 4;

struct Parameters {
  uint32_t struct_size;
  uint32_t sample_rate;
  uint32_t channels;
  int mpeg_version;
  int object_type;
  int joint_mode;
  bool use_lfe;
  bool use_tns;
  bool use_noise_substitution;  // 2.2
  uint8_t reserved;
  uint32_t bit_rate;  // of one channel
  uint32_t bandwidth;
  uint32_t quality;
  int output_format;
  int input_format;
  int short_blocks;
  const int32_t* channel_map;  // 2.0 has an int in the hole before it
  uint32_t channel_map_count;
  uint32_t max_bit_rate;  // 2.1
  int rate_control;       // 2.2
};
static_assert(offsetof(Parameters, channel_map) == 56 && sizeof(Parameters) == 80);

struct EncoderFacts {
  uint32_t struct_size;
  uint32_t frame_samples;
  uint32_t max_output_bytes;
  uint32_t sample_rate;
  int object_type;
  // From here on 2.0 has other fields, and is four bytes shorter than encoder_delay's end.
  int mpeg_version;
  uint32_t bit_rate;
  uint32_t bandwidth;
  uint32_t quality;
  uint32_t max_bit_rate;
  uint32_t encoder_delay;
  int rate_control;
};

struct LibraryFacts {
  uint32_t struct_size;
  uint32_t max_channels;
  const char* version;
  const char* copyright;
  uint32_t sbr_decimation;
};

using InitParameters = Status(Parameters*, uint32_t size);  // .so.1 takes the pointer only, and a C caller may pass more
using Open = Status(const Parameters*, Encoder**);
using GetFacts = Status(Encoder*, EncoderFacts*);
using GetConfig = Status(Encoder*, const uint8_t** bytes, uint32_t* size);
using Encode = Status(Encoder*, const void* input, uint32_t samples, uint8_t* output, uint32_t capacity, uint32_t* written);
using Close = Status(Encoder**);
using Describe = const char*(Status);
using GetLibraryFacts = Status(LibraryFacts*);

struct Closer {
  Close* close;
  void operator()(Encoder* encoder) const { close(&encoder); }
};

class Faac2 final : public FaacStream {
 public:
  Faac2(void* library, const FaacSettings& settings)
      : encode_(faac_symbol<Encode>(library, "faac_encoder_encode")),
        describe_(faac_symbol<Describe>(library, "faac_strerror")),
        encoder_(nullptr, Closer{faac_symbol<Close>(library, "faac_encoder_close")}) {
    Parameters parameters{};
    check(faac_symbol<InitParameters>(library, "faac_params_init")(&parameters, sizeof parameters));
    parameters.sample_rate = static_cast<uint32_t>(settings.sample_rate);
    parameters.channels = static_cast<uint32_t>(settings.channels);
    parameters.mpeg_version = kMpeg4;
    parameters.object_type = kLowComplexity;  // its own choice would be HE-AAC at low bit rates
    parameters.bit_rate = static_cast<uint32_t>(settings.bitrate / settings.channels);
    parameters.output_format = kRaw;
    parameters.input_format = kFloat;
    Encoder* encoder = nullptr;
    check(faac_symbol<Open>(library, "faac_encoder_open")(&parameters, &encoder));
    encoder_.reset(encoder);

    EncoderFacts facts{};
    facts.struct_size = sizeof facts;
    check(faac_symbol<GetFacts>(library, "faac_encoder_get_info")(encoder, &facts));
    if (facts.frame_samples != kFaacBlock) {
      throw media::Error(media::Code::kEncoderOpen, "libfaac's blocks are not of 1024 samples");
    }
    packet_limit_ = facts.max_output_bytes;
    if (facts.struct_size >= offsetof(EncoderFacts, rate_control)) priming_ = static_cast<int>(facts.encoder_delay);

    const uint8_t* bytes = nullptr;
    uint32_t size = 0;
    check(faac_symbol<GetConfig>(library, "faac_encoder_asc")(encoder, &bytes, &size));
    configuration_.assign(bytes, bytes + size);
  }

  std::span<const uint8_t> configuration() const override { return configuration_; }
  size_t packet_limit() const override { return packet_limit_; }
  int priming() const override { return priming_; }

  size_t encode(std::span<float> block, std::span<uint8_t> packet) override {
    uint32_t written = 0;
    const Status status = encode_(encoder_.get(), block.data(), static_cast<uint32_t>(block.size()), packet.data(),
                                  static_cast<uint32_t>(packet.size()), &written);
    if (status < 0) {
      throw media::Error(media::Code::kEncoderFailed,
                         std::string("libfaac failed to encode a block of sound: ") + describe_(status));
    }
    return written;
  }

 private:
  void check(Status status) const {
    if (status >= 0) return;
    throw media::Error(media::Code::kEncoderOpen, std::string("libfaac refused its settings: ") + describe_(status));
  }

  Encode* encode_;
  Describe* describe_;
  std::unique_ptr<Encoder, Closer> encoder_;
  size_t packet_limit_ = 0;
  int priming_ = 1024;  // what libraries that do not tell have
  std::vector<uint8_t> configuration_;
};

}  // namespace

std::unique_ptr<FaacStream> open_faac_2(void* library, const FaacSettings& settings) {
  return std::make_unique<Faac2>(library, settings);
}

std::string faac_2_version(void* library) {
  LibraryFacts facts{};
  facts.struct_size = sizeof facts;
  const Status status = faac_symbol<GetLibraryFacts>(library, "faac_get_library_info")(&facts);
  return status >= 0 && facts.version ? facts.version : "2.x";
}

}  // namespace codec
