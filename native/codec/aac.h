// AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1): what an AAC decoder must know before the first packet. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace codec {

struct AudioSpecificConfig {
  int object_type = 0;  // 2 is AAC-LC
  int sample_rate = 0;
  int channels = 0;
  int frame_length = 0;  // samples of each channel in a packet: 1024 or 960
  friend bool operator==(const AudioSpecificConfig&, const AudioSpecificConfig&) = default;
};

/// The General Audio part of the record; empty when the bytes are too few or say what is reserved.
std::optional<AudioSpecificConfig> parse_audio_specific_config(std::span<const uint8_t> bytes);

}  // namespace codec
