// How far a connection has come: what a deadline's message names, and what the server's closing means.
#pragma once

#include <cstdint>
#include <string_view>

namespace rtmp {

enum class Stage : uint8_t { kResolve, kDial, kHandshake, kConnect, kCreateStream, kPublish, kLive, kClose };

/// As in "no … live.example:1935 within 10000 ms".
inline constexpr std::string_view awaited_in(Stage stage) {
  switch (stage) {
    case Stage::kResolve: return "address for";
    case Stage::kDial: return "TCP connection to";
    case Stage::kHandshake: return "answer to the RTMP handshake from";
    case Stage::kConnect: return "answer to the connect command from";
    case Stage::kCreateStream: return "answer to the createStream command from";
    case Stage::kPublish: return "answer to the publish command from";
    case Stage::kLive: return "progress of";
    case Stage::kClose: return "end of the connection to";
  }
  return "answer from";
}

}  // namespace rtmp
