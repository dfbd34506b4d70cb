// Plays one live stream of a server by librtmp and gives its FLV tags as they come. Owns the session; one thread; SIGTERM ends
// the wait in next().
#pragma once

#include <librtmp/rtmp.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace bench {

class Player {
 public:
  /// Connects and asks to play; returns when the server has answered. The stream need not exist yet.
  explicit Player(const std::string& url);
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  struct Tag {
    bool video;
    int64_t timestamp;              // milliseconds
    std::span<const uint8_t> body;  // until the next call
  };
  /// Empty when the connection ended or end() was called.
  std::optional<Tag> next();
  /// From a signal handler.
  static void end();

 private:
  RTMP* rtmp_;
  std::string url_;  // librtmp keeps pointers into it
  RTMPPacket packet_{};
};

}  // namespace bench
