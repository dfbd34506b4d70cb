#include "decoder.h"

#include <cstring>
#include <stdexcept>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace bench {

Decoder::Decoder(Codec codec, std::span<const uint8_t> configuration)
    : context_(avcodec_alloc_context3(avcodec_find_decoder(codec == Codec::kAvc ? AV_CODEC_ID_H264 : AV_CODEC_ID_AAC))),
      packet_(av_packet_alloc()),
      frame_(av_frame_alloc()) {
  context_->extradata = static_cast<uint8_t*>(av_mallocz(configuration.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  context_->extradata_size = static_cast<int>(configuration.size());
  std::memcpy(context_->extradata, configuration.data(), configuration.size());
  context_->flags |= AV_CODEC_FLAG_LOW_DELAY;
  context_->thread_count = 1;
  if (avcodec_open2(context_, context_->codec, nullptr) < 0) throw std::runtime_error("cannot open the decoder");
}

Decoder::~Decoder() {
  av_frame_free(&frame_);
  av_packet_free(&packet_);
  avcodec_free_context(&context_);
}

bool Decoder::decode(std::span<const uint8_t> bytes) {
  std::vector<uint8_t> padded(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE);
  std::memcpy(padded.data(), bytes.data(), bytes.size());
  packet_->data = padded.data();
  packet_->size = static_cast<int>(bytes.size());
  const bool good = avcodec_send_packet(context_, packet_) >= 0 && avcodec_receive_frame(context_, frame_) >= 0;
  av_packet_unref(packet_);
  return good;
}

Decoder::Luma Decoder::picture(std::span<const uint8_t> access_unit) {
  if (!decode(access_unit)) return {};
  return {frame_->data[0], frame_->linesize[0], frame_->width, frame_->height};
}

std::vector<float> Decoder::sound(std::span<const uint8_t> bytes) {
  if (!decode(bytes) || frame_->format != AV_SAMPLE_FMT_FLTP) return {};
  std::vector<float> mono(static_cast<size_t>(frame_->nb_samples));
  for (int channel = 0; channel < frame_->ch_layout.nb_channels; ++channel) {
    const auto* samples = reinterpret_cast<const float*>(frame_->extended_data[channel]);
    for (size_t i = 0; i < mono.size(); ++i) mono[i] += samples[i];
  }
  return mono;
}

}  // namespace bench
