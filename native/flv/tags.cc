#include "flv/amf0.h"
#include "flv/flv.h"

namespace flv {
namespace {

// VideoTagHeader: FrameType in the high four bits, CodecID in the low ones.
constexpr uint8_t kKeyframe = 1 << 4;
constexpr uint8_t kInterFrame = 2 << 4;
constexpr uint8_t kAvc = 7;
enum AvcPacketType : uint8_t { kAvcSequenceHeader = 0, kAvcNalUnits = 1 };

// AudioTagHeader: SoundFormat 10 (AAC); rate, size and type are always 44 kHz, 16 bit, stereo there: AudioSpecificConfig rules.
constexpr uint8_t kAac = 0xaf;
enum AacPacketType : uint8_t { kAacSequenceHeader = 0, kAacRaw = 1 };

std::vector<uint8_t> with_header(std::initializer_list<uint8_t> header, std::span<const uint8_t> rest) {
  std::vector<uint8_t> body(header);
  body.insert(body.end(), rest.begin(), rest.end());
  return body;
}

}  // namespace

void prepend_tag_header(media::Packet& packet, int32_t composition_time_ms) {
  if (packet.track == media::Track::kAudio) {
    const auto header = packet.prepend(2);
    header[0] = kAac;
    header[1] = kAacRaw;
    return;
  }
  const auto time = static_cast<uint32_t>(composition_time_ms);  // SI24
  const auto header = packet.prepend(5);
  header[0] = (packet.keyframe ? kKeyframe : kInterFrame) | kAvc;
  header[1] = kAvcNalUnits;
  header[2] = static_cast<uint8_t>(time >> 16);
  header[3] = static_cast<uint8_t>(time >> 8);
  header[4] = static_cast<uint8_t>(time);
}

std::vector<uint8_t> video_sequence_header(std::span<const uint8_t> avc_configuration) {
  return with_header({kKeyframe | kAvc, kAvcSequenceHeader, 0, 0, 0}, avc_configuration);
}

std::vector<uint8_t> audio_sequence_header(std::span<const uint8_t> audio_specific_config) {
  return with_header({kAac, kAacSequenceHeader}, audio_specific_config);
}

std::vector<uint8_t> set_data_frame(const Metadata& metadata) {
  const auto& video = metadata.video;
  const auto& audio = metadata.audio;
  const uint32_t count = 3 + (video ? 5u : 0u) + (audio ? 6u : 0u);

  Amf0Writer out;
  out.string("@setDataFrame").string("onMetaData").begin_ecma_array(count);
  out.key("duration").number(0).key("filesize").number(0);
  if (video) {
    out.key("width").number(video->width).key("height").number(video->height);
    out.key("videocodecid").number(kAvc).key("videodatarate").number(video->bitrate / 1000.0);
    out.key("framerate").number(video->frame_rate);
  }
  if (audio) {
    out.key("audiocodecid").number(kAac >> 4).key("audiodatarate").number(audio->bitrate / 1000.0);
    out.key("audiosamplerate").number(audio->sample_rate).key("audiosamplesize").number(16);
    out.key("audiochannels").number(audio->channels).key("stereo").boolean(audio->channels == 2);
  }
  out.key("encoder").string(metadata.encoder).end_object();
  return out.take();
}

}  // namespace flv
