// What librtmp is used for: the handshake, and cutting messages into chunks. It is never asked to resolve, connect, read, decode
// or authenticate, because those parts of it crash or hang on what a server may send.
// Used by one thread. Holds librtmp's end of the link's socket pair.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct RTMP;

namespace rtmp {

/// A chunk stream for each kind of message: the headers of one never refer to another's.
enum class ChunkStream : uint8_t { kControl = 2, kCommand = 3, kAudio = 4, kScript = 5, kVideo = 6, kPublish = 8 };

enum class MessageType : uint8_t {
  kSetChunkSize = 1,
  kAcknowledgement = 3,
  kUserControl = 4,
  kWindowSize = 5,
  kAudio = 8,
  kVideo = 9,
  kScript = 18,
  kCommand = 20,
};

struct MessageHeader {
  ChunkStream chunk_stream;
  MessageType type;
  uint32_t timestamp = 0;
  uint32_t stream_id = 0;
};

inline std::array<uint8_t, 4> big_endian(uint32_t value) {
  return {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8),
          static_cast<uint8_t>(value)};
}

class Writer {
 public:
  static constexpr size_t kHeadroom = 18;            // librtmp writes the header in front of the body
  static constexpr size_t kMaxMessage = 0xffffff;    // a length has 24 bits
  /// One chunk a message up to this size: no server is known to refuse it, and some refuse more.
  static constexpr uint32_t kChunkSize = 65536;

  /// Takes `fd` over.
  explicit Writer(int fd);
  ~Writer();  // closes it, sends nothing

  // All of these block while the pair is full, and return false once the link has ended.

  /// C0 to S2, and Set Chunk Size.
  bool shake_hands();
  /// The kHeadroom bytes before `body` must be writable; the body is spoilt: longer messages get chunk headers written over
  /// what has been sent.
  bool send(const MessageHeader& header, std::span<uint8_t> body);
  bool send_copy(const MessageHeader& header, std::span<const uint8_t> body);

 private:
  struct Close {
    void operator()(RTMP* rtmp) const;
  };
  std::unique_ptr<RTMP, Close> rtmp_;
};

}  // namespace rtmp
