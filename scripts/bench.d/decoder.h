// libavcodec, with nothing held back: one packet in, its frame out. Owns one decoder; one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

struct AVCodecContext;
struct AVFrame;
struct AVPacket;

namespace bench {

class Decoder {
 public:
  enum class Codec { kAvc, kAac };
  /// `configuration` is the body of the FLV sequence header after its tag bytes.
  Decoder(Codec codec, std::span<const uint8_t> configuration);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// The luma plane of a picture; empty when the packet gave none.
  struct Luma {
    const uint8_t* pixels = nullptr;
    int stride = 0, width = 0, height = 0;
  };
  Luma picture(std::span<const uint8_t> access_unit);
  /// The sound of one packet, all channels mixed.
  std::vector<float> sound(std::span<const uint8_t> frame);

 private:
  bool decode(std::span<const uint8_t> bytes);

  AVCodecContext* context_;
  AVPacket* packet_;
  AVFrame* frame_;
};

}  // namespace bench
