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

  /// The next command; waits for it. Empty when there is none and nothing more will come.
  std::optional<Command> wait_for_command();
  std::optional<Command> take_command();

  /// What the server wants to hear.
  struct Due {
    std::vector<Ping> pings;
    std::optional<uint32_t> acknowledgement;  // bytes received
  };
  Due take_due();

  /// The server's last acknowledgement. Any thread.
  std::optional<uint32_t> acknowledged() const;

 private:
  void take(Event& event);
  std::optional<Command> next_command();
  bool acknowledgement_due() const { return window_ > 0 && received_ - reported_ >= window_; }

  Inbound inbound_;            // link's thread only
  std::vector<Event> events_;  // the same; kept for its memory

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Command> commands_;
  std::vector<Ping> pings_;
  std::optional<uint32_t> acknowledged_;
  uint64_t window_ = 0;
  uint64_t received_ = 0;
  uint64_t reported_ = 0;
  bool ended_ = false;
};

}  // namespace rtmp
