// What the server said and nobody has dealt with yet: filled by the link's thread, emptied by the destination's. Bounded: what
// only the latest of counts is kept once, and a server that says too much is cut off.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "rtmp/inbound.h"

namespace rtmp {

class Inbox {
 public:
  static constexpr size_t kMaxCommands = 64;
  static constexpr size_t kMaxPings = 16;  // more are forgotten

  /// Link's thread. `total` is the link's count, these bytes included. True when there is something to take. Throws what
  /// Inbound throws.
  bool receive(std::span<const uint8_t> bytes, uint64_t total);
  /// Link's thread: nothing more will come.
  void end();

  /// Waits until there is something to take. False when there is nothing and nothing more will come.
  bool wait();
  /// The next command, if there is one.
  std::optional<Command> take_command();

  /// What the server wants to hear.
  struct Due {
    std::vector<Ping> pings;
    std::optional<uint32_t> acknowledgement;  // bytes received
  };
  Due take_due();

  /// Bytes that the server has acknowledged since the connection began. Any thread.
  uint64_t acknowledged() const;

 private:
  void take(Event& event);
  void take(const Acknowledgement& acknowledgement);
  bool something() const { return !commands_.empty() || !pings_.empty() || acknowledgement_due(); }
  bool acknowledgement_due() const { return window_ > 0 && received_ - reported_ >= window_; }

  Inbound inbound_;            // link's thread only
  std::vector<Event> events_;  // the same; kept for its memory

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Command> commands_;
  std::vector<Ping> pings_;
  uint64_t acknowledged_ = 0;
  uint32_t last_acknowledgement_ = 0;
  uint64_t window_ = 0;
  uint64_t received_ = 0;
  uint64_t reported_ = 0;
  bool ended_ = false;
};

}  // namespace rtmp
