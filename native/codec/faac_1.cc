// libfaac 1.x (libfaac.so.0). The declarations below state the binary interface of its faac.h and faaccfg.h as of version 1.30,
// configuration version 105.
#include <cstdlib>
#include <memory>
#include <vector>

#include "codec/faac.h"

namespace codec {
namespace {

struct Encoder;

constexpr int kConfigurationVersion = 105;
constexpr unsigned kMpeg4 = 0;
constexpr unsigned kLowComplexity = 2;
constexpr unsigned kMidSide = 1;
constexpr unsigned kRaw = 0;
constexpr unsigned kFloat = 4;

// Its rate control mends what is more than a tenth off, and starts from too much: so it is aimed at a little less, in per cent.
constexpr unsigned long kAim = 95;

#pragma pack(push, 1)
struct Configuration {
  int version;
  char* name;
  char* copyright;
  unsigned mpeg_version;
  unsigned object_type;
  unsigned joint_mode;
  unsigned use_lfe;
  unsigned use_tns;
  unsigned long bit_rate;  // of one channel
  unsigned bandwidth;      // Hz; 0: what suits the bit rate
  unsigned long quality;   // 0: what suits the bit rate
  unsigned output_format;
  void* psychoacoustic_models;
  unsigned psychoacoustic_model;
  unsigned input_format;
  int short_blocks;
  int channel_map[64];
  int noise_substitution;
};
#pragma pack(pop)

using Open = Encoder*(unsigned long rate, unsigned channels, unsigned long* input_samples, unsigned long* output_bytes);
using GetConfiguration = Configuration*(Encoder*);
using SetConfiguration = int(Encoder*, Configuration*);
using GetDecoderConfig = int(Encoder*, unsigned char** bytes, unsigned long* size);
using Encode = int(Encoder*, int32_t* input, unsigned samples, unsigned char* output, unsigned capacity);
using Close = int(Encoder*);
using GetVersion = int(char** version, char** copyright);

class Faac1 final : public FaacStream {
 public:
  Faac1(void* library, const FaacSettings& settings)
      : encode_(faac_symbol<Encode>(library, "faacEncEncode")), encoder_(nullptr, faac_symbol<Close>(library, "faacEncClose")) {
    unsigned long input_samples = 0;
    unsigned long output_bytes = 0;
    encoder_.reset(faac_symbol<Open>(library, "faacEncOpen")(static_cast<unsigned long>(settings.sample_rate),
                                                             static_cast<unsigned>(settings.channels), &input_samples,
                                                             &output_bytes));
    if (!encoder_ || input_samples != kFaacBlock * static_cast<unsigned>(settings.channels)) refuse(settings);
    packet_limit_ = output_bytes;

    Configuration* const configuration = faac_symbol<GetConfiguration>(library, "faacEncGetCurrentConfiguration")(encoder_.get());
    if (configuration->version != kConfigurationVersion) {
      throw media::Error(media::Code::kEncoderOpen, "libfaac " + std::string(configuration->name) +
                                                        " has another configuration than 1.30: install libfaac 1.30 or 2.x");
    }
    configuration->mpeg_version = kMpeg4;
    configuration->object_type = kLowComplexity;
    configuration->joint_mode = kMidSide;  // intensity stereo, its default, loses the phase between the channels
    configuration->use_lfe = 0;
    configuration->use_tns = 0;
    configuration->bit_rate = static_cast<unsigned long>(settings.bitrate / settings.channels) * kAim / 100;
    configuration->bandwidth = 0;
    configuration->quality = 0;
    configuration->output_format = kRaw;
    configuration->input_format = kFloat;
    if (!faac_symbol<SetConfiguration>(library, "faacEncSetConfiguration")(encoder_.get(), configuration)) refuse(settings);

    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    if (faac_symbol<GetDecoderConfig>(library, "faacEncGetDecoderSpecificInfo")(encoder_.get(), &bytes, &size)) refuse(settings);
    configuration_.assign(bytes, bytes + size);
    std::free(bytes);
  }

  std::span<const uint8_t> configuration() const override { return configuration_; }
  size_t packet_limit() const override { return packet_limit_; }
  int priming() const override { return 1024; }  // measured with 1.30; the library does not tell

  size_t encode(std::span<float> block, std::span<uint8_t> packet) override {
    // The parameter is declared int32_t* for every input format; with kFloat it reads floats.
    const int written = encode_(encoder_.get(), reinterpret_cast<int32_t*>(block.data()), static_cast<unsigned>(block.size()),
                                packet.data(), static_cast<unsigned>(packet.size()));
    if (written < 0) throw media::Error(media::Code::kEncoderFailed, "libfaac failed to encode a block of sound");
    return static_cast<size_t>(written);
  }

 private:
  [[noreturn]] static void refuse(const FaacSettings& settings) {
    throw media::Error(media::Code::kEncoderOpen, "libfaac refused " + std::to_string(settings.sample_rate) + " Hz, " +
                                                      std::to_string(settings.channels) + " channels, " +
                                                      std::to_string(settings.bitrate) + " bit/s");
  }

  Encode* encode_;
  std::unique_ptr<Encoder, Close*> encoder_;
  size_t packet_limit_ = 0;
  std::vector<uint8_t> configuration_;
};

}  // namespace

std::unique_ptr<FaacStream> open_faac_1(void* library, const FaacSettings& settings) {
  return std::make_unique<Faac1>(library, settings);
}

std::string faac_1_version(void* library) {
  char* version = nullptr;
  char* copyright = nullptr;
  faac_symbol<GetVersion>(library, "faacEncGetVersion")(&version, &copyright);
  return version ? version : "1.x";
}

}  // namespace codec
