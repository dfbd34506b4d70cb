#include "player.h"

#include <librtmp/log.h>

#include <stdexcept>

namespace bench {

Player::Player(const std::string& url) : rtmp_(RTMP_Alloc()), url_(url) {
  RTMP_Init(rtmp_);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  rtmp_->Link.timeout = 3600;
  if (!RTMP_SetupURL(rtmp_, url_.data())) throw std::runtime_error("bad URL");
  rtmp_->Link.lFlags |= RTMP_LF_LIVE;
  RTMP_SetBufferMS(rtmp_, 0);
  if (!RTMP_Connect(rtmp_, nullptr) || !RTMP_ConnectStream(rtmp_, 0)) throw std::runtime_error("cannot play the stream");
}

Player::~Player() {
  RTMPPacket_Free(&packet_);
  RTMP_Close(rtmp_);
  RTMP_Free(rtmp_);
}

std::optional<Player::Tag> Player::next() {
  RTMPPacket_Free(&packet_);
  while (!RTMP_ctrlC && RTMP_ReadPacket(rtmp_, &packet_)) {
    if (!RTMPPacket_IsReady(&packet_)) continue;
    const bool video = packet_.m_packetType == RTMP_PACKET_TYPE_VIDEO;
    if ((video || packet_.m_packetType == RTMP_PACKET_TYPE_AUDIO) && packet_.m_nBodySize > 1)
      return Tag{video, packet_.m_nTimeStamp, std::span(reinterpret_cast<const uint8_t*>(packet_.m_body), packet_.m_nBodySize)};
    RTMP_ClientPacket(rtmp_, &packet_);
    RTMPPacket_Free(&packet_);
  }
  return std::nullopt;
}

void Player::end() { RTMP_ctrlC = 1; }

}  // namespace bench
