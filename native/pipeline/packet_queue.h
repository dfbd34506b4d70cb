// A Backlog with a lock around it: tracks push, one destination pops.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "media/packet.h"
#include "pipeline/backlog.h"

namespace pipeline {

/// What the queue tells on its own; called without the lock, from the thread that pushed or popped.
struct QueueEvents {
  std::function<void()> wants_keyframe;
  std::function<void(media::Time buffered, uint64_t dropped_frames)> congested;
  /// More waits than may: from then on overflowed() is true.
  std::function<void()> overflowed = {};
};

class PacketQueue {
 public:
  PacketQueue(Limits limits, QueueEvents events) : backlog_(limits), events_(std::move(events)) {}

  void start(const Plan& plan);
  /// Any thread.
  void limit_bytes(size_t bytes);
  /// Any track's thread. Never blocks.
  void push(media::Packet&& packet);
  void end(media::Track track);

  /// Waits for a packet. Empty when there is something else to look at: wake() was called, all is sent (finished()), or `until` has
  /// come. While the network has no room (`may_take` is false) no packet ends the wait: what stays here can still be dropped.
  std::optional<Outgoing> pop(bool may_take, media::Time until = media::Time::max());
  /// Ends a wait in pop(). Any thread.
  void wake();
  bool finished() const;
  bool overflowed() const;

  struct Level {
    media::Time duration;  // what was popped last counts until the next pop()
    size_t bytes;
    uint64_t dropped_frames;
  };
  Level level() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Backlog backlog_;
  bool woken_ = false;
  bool overflowed_ = false;
  std::optional<media::Time> popped_;  // when what was popped last had arrived, until it is sent
  const QueueEvents events_;
};

}  // namespace pipeline
