// What a track tells the rest of the pipeline, and what it is told. Owned by the publisher; outlives the tracks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "flv/flv.h"
#include "media/packet.h"
#include "media/time.h"

namespace pipeline {

/// Everything a destination must know of an open track before it sends the first packet.
struct VideoDescription {
  flv::Metadata::Video metadata;
  std::vector<uint8_t> configuration;  // AVCDecoderConfigurationRecord
  media::Time frame_duration;
  media::Time reorder_delay;
};
struct AudioDescription {
  flv::Metadata::Audio metadata;
  std::vector<uint8_t> configuration;  // AudioSpecificConfig
  media::Time frame_duration;
  media::Time lag;  // from a sample's capture to its packet, at most
};

/// Takes packets from a track's thread; must not block.
using PacketSink = std::function<void(media::Packet&&)>;

}  // namespace pipeline
