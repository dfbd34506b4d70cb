#include "rtmp/writer.h"

#include <librtmp/log.h>
#include <librtmp/rtmp.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <vector>

#include "rtmp/sigpipe.h"

namespace rtmp {
namespace {

static_assert(Writer::kHeadroom == RTMP_MAX_HEADER_SIZE);
static_assert(static_cast<int>(MessageType::kScript) == RTMP_PACKET_TYPE_INFO);

// librtmp's log is one per process and goes to stderr. What it would say about a failure the link knows better.
void silence_log() {
  static std::once_flag once;
  std::call_once(once, [] { RTMP_LogSetLevel(RTMP_LOGCRIT); });
}

RTMPPacket make_packet(const MessageHeader& header, std::span<uint8_t> body) {
  RTMPPacket packet{};
  packet.m_headerType = RTMP_PACKET_SIZE_LARGE;  // shorter headers drift: an equal message becomes "the same delta again"
  packet.m_packetType = static_cast<uint8_t>(header.type);
  packet.m_hasAbsTimestamp = 1;
  packet.m_nChannel = static_cast<int>(header.chunk_stream);
  packet.m_nTimeStamp = header.timestamp;
  packet.m_nInfoField2 = static_cast<int32_t>(header.stream_id);
  packet.m_nBodySize = static_cast<uint32_t>(body.size());
  packet.m_body = reinterpret_cast<char*>(body.data());
  return packet;
}

std::vector<uint8_t> with_headroom(std::span<const uint8_t> body) {
  std::vector<uint8_t> bytes(Writer::kHeadroom + body.size());
  std::ranges::copy(body, bytes.begin() + Writer::kHeadroom);
  return bytes;
}

}  // namespace

Writer::Writer(int fd) : rtmp_(RTMP_Alloc()) {
  if (!rtmp_) {
    ::close(fd);
    throw std::bad_alloc();
  }
  silence_log();
  RTMP_Init(rtmp_.get());
  RTMP_EnableWrite(rtmp_.get());
  rtmp_->m_sb.sb_socket = fd;
}

Writer::~Writer() = default;

// m_stream_id is never set, so RTMP_Close() has no stream to delete: it only closes the descriptor.
void Writer::Close::operator()(RTMP* rtmp) const {
  RTMP_Close(rtmp);
  RTMP_Free(rtmp);
}

bool Writer::shake_hands() {
  auto bytes = with_headroom(big_endian(kChunkSize));
  RTMPPacket packet = make_packet({ChunkStream::kControl, MessageType::kSetChunkSize}, std::span(bytes).subspan(kHeadroom));
  const SigpipeBlock block;
  if (!RTMP_Connect1(rtmp_.get(), &packet)) return false;
  rtmp_->m_outChunkSize = kChunkSize;
  return true;
}

bool Writer::send(const MessageHeader& header, std::span<uint8_t> body) {
  RTMPPacket packet = make_packet(header, body);
  const SigpipeBlock block;
  return RTMP_SendPacket(rtmp_.get(), &packet, FALSE) != 0;
}

bool Writer::send_copy(const MessageHeader& header, std::span<const uint8_t> body) {
  auto bytes = with_headroom(body);
  return send(header, std::span(bytes).subspan(kHeadroom));
}

}  // namespace rtmp
