// The door to FLV tags (Adobe Flash Video File Format Specification 10.1, annex E), the bodies of RTMP messages, and to AMF0,
// the encoding of script tags and commands. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "flv/amf0.h"
#include "media/packet.h"

namespace flv {

/// Prepends the tag header to a packet's body: 5 bytes for AVC (FrameType, CodecID 7, NALU, composition time), 2 for AAC.
void prepend_tag_header(media::Packet& packet, int32_t composition_time_ms);

/// Whole tag bodies of the two sequence headers.
std::vector<uint8_t> video_sequence_header(std::span<const uint8_t> avc_configuration);
std::vector<uint8_t> audio_sequence_header(std::span<const uint8_t> audio_specific_config);

struct Metadata {
  struct Video {
    int width;
    int height;
    double frame_rate;
    int bitrate;  // bit/s
  };
  struct Audio {
    int sample_rate;
    int channels;
    int bitrate;  // bit/s
  };
  std::optional<Video> video;
  std::optional<Audio> audio;
  std::string encoder;  // "rtmp-pusher 0.1.0"
};

/// Body of the data message "@setDataFrame", "onMetaData", {…} (AMF0).
std::vector<uint8_t> set_data_frame(const Metadata& metadata);

}  // namespace flv
