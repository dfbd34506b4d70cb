// Bytes as an RTMP server writes them, for tests.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "flv/flv.h"

namespace server_bytes {

using Bytes = std::vector<uint8_t>;

inline void append(Bytes& out, std::span<const uint8_t> more) { out.insert(out.end(), more.begin(), more.end()); }

inline Bytes big_endian(uint32_t value, int size) {
  Bytes bytes;
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(value >> shift));
  return bytes;
}

/// One message with a full header, cut into chunks.
inline Bytes message(uint8_t type, std::span<const uint8_t> body, uint8_t chunk_stream = 3, size_t chunk_size = 128) {
  Bytes out = {chunk_stream, 0, 0, 0};
  append(out, big_endian(static_cast<uint32_t>(body.size()), 3));
  append(out, Bytes{type, 0, 0, 0, 0});
  for (size_t at = 0; at < body.size(); at += chunk_size) {
    if (at > 0) out.push_back(static_cast<uint8_t>(0xc0 | chunk_stream));
    append(out, body.subspan(at, std::min(chunk_size, body.size() - at)));
  }
  return out;
}

inline Bytes status_command(std::string_view name, double transaction, std::string_view level, std::string_view code,
                            std::string_view description) {
  flv::Amf0Writer amf;
  amf.string(name).number(transaction).null().begin_object();
  amf.key("level").string(level).key("code").string(code);
  if (!description.empty()) amf.key("description").string(description);
  amf.end_object();
  return message(20, amf.take());
}

inline Bytes on_status(std::string_view level, std::string_view code, std::string_view description) {
  return status_command("onStatus", 0, level, code, description);
}

inline Bytes connect_result() {
  Bytes out = message(5, big_endian(5'000'000, 4), 2);
  append(out, message(6, Bytes{0, 0x4c, 0x4b, 0x40, 2}, 2));
  append(out, message(1, big_endian(4096, 4), 2));
  Bytes result;
  flv::Amf0Writer amf;
  amf.string("_result").number(1);
  amf.begin_object().key("fmsVer").string("FMS/3,0,1,123").key("capabilities").number(31).end_object();
  amf.begin_object().key("level").string("status").key("code").string("NetConnection.Connect.Success");
  amf.key("description").string("Connection succeeded.").key("objectEncoding").number(0).end_object();
  append(out, message(20, amf.take(), 3, 4096));
  return out;
}

inline Bytes create_stream_result() {
  flv::Amf0Writer amf;
  amf.string("_result").number(4).null().number(1);
  return message(20, amf.take());
}

inline Bytes ping(uint32_t timestamp) {
  Bytes body = {0, 6};
  append(body, big_endian(timestamp, 4));
  return message(4, body, 2);
}

}  // namespace server_bytes
