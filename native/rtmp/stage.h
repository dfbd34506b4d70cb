// How far a connection has come: what a deadline's message names, and what the server's closing means.
#pragma once

#include <cstdint>
#include <string>
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

/// What to do when what is awaited does not come.
inline std::string advice_for(Stage stage) {
  switch (stage) {
    case Stage::kConnect: return "it speaks RTMP and ignores the application: check that";
    case Stage::kCreateStream:
    case Stage::kPublish:
      return "it took the connection and ignores the publisher: check that its application takes live streams (nginx-rtmp: live on), "
             "or that the service which it asks for leave answers";
    default: return "check host, port and network";
  }
}

}  // namespace rtmp
