#include "codec/aac.h"

#include <array>
#include <cstddef>

namespace codec {
namespace {

// ISO/IEC 14496-3, table 1.18.
constexpr std::array kSampleRates = {96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350};
constexpr uint32_t kExplicitRate = 15;
// Table 1.19. Configuration 0 (a program config element follows) is none of ours.
constexpr std::array kChannels = {0, 1, 2, 3, 4, 5, 6, 8};

class BitReader {
 public:
  explicit BitReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  std::optional<uint32_t> read(int count) {
    if (bytes_.size() * 8 - position_ < static_cast<size_t>(count)) return std::nullopt;
    uint32_t value = 0;
    for (; count > 0; --count, ++position_) value = value << 1 | (bytes_[position_ / 8] >> (7 - position_ % 8) & 1);
    return value;
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
};

}  // namespace

std::optional<AudioSpecificConfig> parse_audio_specific_config(std::span<const uint8_t> bytes) {
  BitReader bits(bytes);
  AudioSpecificConfig config;

  auto object_type = bits.read(5);
  if (object_type == 31u) {
    object_type = bits.read(6);
    if (object_type) *object_type += 32;
  }
  if (!object_type || *object_type == 0) return std::nullopt;
  config.object_type = static_cast<int>(*object_type);

  const auto rate_index = bits.read(4);
  if (!rate_index) return std::nullopt;
  if (*rate_index == kExplicitRate) {
    const auto rate = bits.read(24);
    if (!rate || *rate == 0) return std::nullopt;
    config.sample_rate = static_cast<int>(*rate);
  } else if (*rate_index < kSampleRates.size()) {
    config.sample_rate = kSampleRates[*rate_index];
  } else {
    return std::nullopt;
  }

  const auto channels = bits.read(4);
  if (!channels || *channels == 0 || *channels >= kChannels.size()) return std::nullopt;
  config.channels = kChannels[*channels];

  const auto short_frames = bits.read(1);
  if (!short_frames) return std::nullopt;
  config.frame_length = *short_frames ? 960 : 1024;
  return config;
}

}  // namespace codec
