// What the server says: a reader of RTMP chunks (RTMP 1.0, section 5.3) and of the few messages a publisher needs. Pure: bytes
// in, events out. It trusts no byte: every length is checked, memory is bounded, and what makes no sense is a typed error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "flv/flv.h"
#include "media/error.h"

namespace rtmp {

/// The server has received this many bytes, modulo 2^32.
struct Acknowledgement {
  uint32_t bytes;
};
/// The server wants an acknowledgement after each this many bytes.
struct WindowSize {
  uint32_t bytes;
};
/// To be answered with the same timestamp.
struct Ping {
  uint32_t timestamp;
};
/// `_result`, `_error`, `onStatus` or any other name. Arguments end with the first that cannot be read to its end.
struct Command {
  /// The first object among the arguments that has a code (the information object), in the server's words.
  media::Status status() const;

  std::string name;
  double transaction = 0;
  std::vector<flv::Amf0Value> arguments;
};
using Event = std::variant<Acknowledgement, WindowSize, Ping, Command>;

class Inbound {
 public:
  static constexpr size_t kMaxChunkStreams = 64;
  static constexpr size_t kMaxMessage = 1 << 20;  // of what is kept, over all chunk streams; media and data are skipped

  /// Takes any piece of the server's bytes after the handshake and appends what became complete. Throws ERR_RTMP_DISCONNECTED
  /// for what is not RTMP; the reader is of no use after that.
  void read(std::span<const uint8_t> bytes, std::vector<Event>& out);

 private:
  /// One chunk stream: the header its next chunks refer to, and the message under way.
  struct ChunkStream {
    uint32_t timestamp = 0;  // absolute or delta, as sent: needed only to recognize its repetition
    uint32_t length = 0;
    uint8_t type = 0;
    bool extended = false;  // the timestamp is in the four bytes after the header
    uint32_t remaining = 0;  // bytes of the message under way that are still to come
    std::vector<uint8_t> body;
  };

  size_t read_header(std::span<const uint8_t> bytes);
  size_t read_payload(std::span<const uint8_t> bytes, std::vector<Event>& out);
  void start_message(ChunkStream& stream);
  void drop_message(ChunkStream& stream);
  void finish_message(ChunkStream& stream, std::vector<Event>& out);
  void read_command(std::span<const uint8_t> body, std::vector<Event>& out);

  std::map<uint32_t, ChunkStream> streams_;
  ChunkStream* current_ = nullptr;  // whose chunk's payload is being read; none while a header is awaited
  uint32_t chunk_remaining_ = 0;
  uint32_t chunk_size_ = 128;
  size_t kept_ = 0;               // bytes in all bodies
  std::vector<uint8_t> pending_;  // the beginning of a header
};

}  // namespace rtmp
