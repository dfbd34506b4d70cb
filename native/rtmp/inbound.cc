#include "rtmp/inbound.h"

#include <algorithm>
#include <array>

namespace rtmp {
namespace {

enum MessageType : uint8_t {
  kSetChunkSize = 1,
  kAbort = 2,
  kAcknowledgement = 3,
  kUserControl = 4,
  kWindowSize = 5,
  kPeerBandwidth = 6,
  kCommandAmf3 = 17,
  kCommandAmf0 = 20,
};
constexpr uint32_t kPingRequest = 6;
constexpr uint32_t kExtendedTimestamp = 0xffffff;
constexpr uint32_t kMaxChunkSize = 0xffffff;  // no message is longer

[[noreturn]] void refuse(const std::string& what) {
  throw media::Error(media::Code::kRtmpDisconnected, "the server sent something that is not RTMP: " + what);
}

bool is_kept(uint8_t type) {
  return (type >= kSetChunkSize && type <= kPeerBandwidth) || type == kCommandAmf3 || type == kCommandAmf0;
}

uint32_t big_endian(std::span<const uint8_t> bytes) {
  uint32_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

uint32_t number_in(std::span<const uint8_t> body, size_t offset, size_t size) {
  if (body.size() < offset + size) refuse("a control message that is too short");
  return big_endian(body.subspan(offset, size));
}

std::array<uint8_t, 4> to_bytes(uint32_t value) {
  return {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8),
          static_cast<uint8_t>(value)};
}

}  // namespace

media::Status Command::status() const {
  for (const flv::Amf0Value& argument : arguments) {
    if (argument.text_of("code").empty() && argument.text_of("description").empty()) continue;
    const flv::Amf0Value* extra = argument.find("ex");
    return {std::string(argument.text_of("code")), std::string(argument.text_of("level")),
            std::string(argument.text_of("description")), std::string((extra != nullptr ? *extra : argument).text_of("redirect"))};
  }
  return {};
}

void Inbound::read(std::span<const uint8_t> bytes, std::vector<Event>& out) {
  // Payload is taken from where it lies; only a header in two pieces is put together in pending_.
  std::vector<uint8_t> joined;
  if (!pending_.empty()) {
    joined = std::move(pending_);
    joined.insert(joined.end(), bytes.begin(), bytes.end());
    bytes = joined;
    pending_.clear();
  }
  while (current_ != nullptr || !bytes.empty()) {
    if (current_ == nullptr) {
      const size_t taken = read_header(bytes);
      if (taken == 0) break;
      bytes = bytes.subspan(taken);
    }
    if (chunk_remaining_ > 0 && bytes.empty()) return;
    bytes = bytes.subspan(read_payload(bytes, out));
  }
  pending_.assign(bytes.begin(), bytes.end());
}

/// Returns the header's size, or 0 when more bytes are needed.
size_t Inbound::read_header(std::span<const uint8_t> bytes) {
  const uint8_t format = bytes[0] >> 6;
  uint32_t id = bytes[0] & 0x3f;
  const size_t basic = id == 0 ? 2 : id == 1 ? 3 : 1;
  static constexpr std::array<size_t, 4> kMessageHeader = {11, 7, 3, 0};
  size_t size = basic + kMessageHeader[format];
  if (bytes.size() < size) return 0;
  if (basic == 2) id = 64 + bytes[1];
  if (basic == 3) id = 64 + bytes[1] + 256u * bytes[2];

  const auto known = streams_.find(id);
  if (known == streams_.end()) {
    if (format >= 2) refuse("a chunk that continues a message which never began");
    if (streams_.size() >= kMaxChunkStreams) refuse("more than " + std::to_string(kMaxChunkStreams) + " chunk streams");
  }
  // Nothing is changed before the header is known to be whole, its extended timestamp included.
  const auto header = bytes.subspan(basic);
  if (format < 3) {
    const bool extended = big_endian(header.first(3)) == kExtendedTimestamp;
    if (extended && bytes.size() < size + 4) return 0;
    ChunkStream& stream = streams_[id];
    stream.extended = extended;
    stream.timestamp = big_endian(extended ? bytes.subspan(size, 4) : header.first(3));
    if (format < 2) {
      stream.length = big_endian(header.subspan(3, 3));
      stream.type = header[6];
    }
    drop_message(stream);  // a message that was cut short by a new one is given up
    size += extended ? 4 : 0;
    current_ = &stream;
  } else {
    ChunkStream& stream = known->second;
    if (stream.extended) {
      // Section 5.3.1.3 repeats the extended timestamp here; some servers do not. What is there tells.
      const auto expected = to_bytes(stream.timestamp);
      const auto seen_bytes = bytes.subspan(size, std::min<size_t>(4, bytes.size() - size));
      if (std::equal(seen_bytes.begin(), seen_bytes.end(), expected.begin())) {
        if (seen_bytes.size() < 4) return 0;
        size += 4;
      }
    }
    current_ = &stream;
  }
  if (current_->remaining == 0) start_message(*current_);
  chunk_remaining_ = std::min(current_->remaining, chunk_size_);
  return size;
}

void Inbound::start_message(ChunkStream& stream) {
  if (is_kept(stream.type) && stream.length > kMaxMessage) refuse("a message of " + std::to_string(stream.length) + " bytes");
  stream.remaining = stream.length;
}

void Inbound::drop_message(ChunkStream& stream) {
  kept_ -= stream.body.size();
  stream.body = {};
  stream.remaining = 0;
}

size_t Inbound::read_payload(std::span<const uint8_t> bytes, std::vector<Event>& out) {
  ChunkStream& stream = *current_;
  const auto piece = bytes.first(std::min<size_t>(bytes.size(), chunk_remaining_));
  chunk_remaining_ -= static_cast<uint32_t>(piece.size());
  stream.remaining -= static_cast<uint32_t>(piece.size());
  if (is_kept(stream.type)) {
    if (kept_ + piece.size() > kMaxMessage) refuse("too many unfinished messages");
    kept_ += piece.size();
    stream.body.insert(stream.body.end(), piece.begin(), piece.end());
  }
  if (chunk_remaining_ == 0) {
    current_ = nullptr;
    if (stream.remaining == 0) finish_message(stream, out);
  }
  return piece.size();
}

void Inbound::finish_message(ChunkStream& stream, std::vector<Event>& out) {
  const std::vector<uint8_t> body = std::move(stream.body);
  kept_ -= body.size();
  stream.body = {};
  switch (stream.type) {
    case kSetChunkSize: {
      const uint32_t size = number_in(body, 0, 4);
      if (size == 0 || size > 0x7fffffff) refuse("a chunk size of " + std::to_string(size));
      chunk_size_ = std::min(size, kMaxChunkSize);
      break;
    }
    case kAbort:
      if (const auto aborted = streams_.find(number_in(body, 0, 4)); aborted != streams_.end()) drop_message(aborted->second);
      break;
    case kAcknowledgement:
      out.emplace_back(Acknowledgement{number_in(body, 0, 4)});
      break;
    case kUserControl:
      if (number_in(body, 0, 2) == kPingRequest) out.emplace_back(Ping{number_in(body, 2, 4)});
      break;
    case kWindowSize:
      out.emplace_back(WindowSize{number_in(body, 0, 4)});
      break;
    case kCommandAmf0:
      read_command(body, out);
      break;
    case kCommandAmf3:  // one byte in front, then AMF0 all the same
      if (!body.empty()) read_command(std::span(body).subspan(1), out);
      break;
    default:
      break;
  }
}

void Inbound::read_command(std::span<const uint8_t> body, std::vector<Event>& out) {
  flv::Amf0Reader reader(body);
  const auto name = reader.read();
  if (!name || name->type != flv::Amf0Value::Type::kString) refuse("a command without a name");
  const auto transaction = reader.read();
  Command command{name->text, transaction && transaction->type == flv::Amf0Value::Type::kNumber ? transaction->number : 0, {}};
  while (auto argument = reader.read()) command.arguments.push_back(std::move(*argument));
  out.emplace_back(std::move(command));
}

}  // namespace rtmp
