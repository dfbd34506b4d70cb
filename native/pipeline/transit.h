// What was handed to the network and has not been read by the server: how much it is, and how old. Pure; not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>

#include "media/time.h"
#include "pipeline/recent_most.h"
#include "pipeline/throttle.h"
#include "rtmp/rtmp.h"

namespace pipeline {

class Transit {
 public:
  /// `since`: when what is handed over had come to be sent.
  void add(size_t bytes, media::Time since) {
    entries_.push_back({bytes, since});
    bytes_ += bytes;
  }

  Throttle::Look look(const rtmp::Counters& counters, uint64_t dropped_frames, media::Time now) {
    const uint64_t unacked = counters.bytes_unsent + counters.bytes_unacked;
    const uint64_t outstanding = unacked + unread(counters, now);
    while (!entries_.empty() && bytes_ - entries_.front().bytes >= outstanding) {
      bytes_ -= entries_.front().bytes;
      entries_.pop_front();
    }
    const uint64_t accepted = counters.bytes_sent + counters.bytes_unsent;
    delivered_ = std::max(delivered_, accepted - std::min(accepted, outstanding));
    return {.age_unread = age(outstanding, now),
            .age_unacked = age(unacked, now),
            .round_trip = counters.round_trip,
            .least_round_trip = counters.least_round_trip,
            .outstanding = outstanding,
            .delivered = delivered_,
            .dropped_frames = dropped_frames,
            .window_open = counters.peer_window != 0};
  }

 private:
  /// Of the oldest of the newest `bytes`.
  media::Time age(uint64_t bytes, media::Time now) const {
    uint64_t newer = bytes_;
    for (const Entry& entry : entries_) {
      newer -= entry.bytes;
      if (newer < bytes) return now - entry.since;
    }
    return {};
  }
  /// What the server's host has acknowledged and keeps for a server that reads slowly: its window is so much narrower than of late.
  /// Only of one that was seen to: to one that reads nothing at all the stream goes on as it is, until its host takes no more, which
  /// shows that it is stuck.
  uint64_t unread(const rtmp::Counters& counters, media::Time now) {
    if (!counters.peer_window) return 0;
    const uint64_t window = *counters.peer_window;
    widest_.note(window, now);
    reads_slowly_ = reads_slowly_ || (window > window_ && window_ < widest_.value() / 2);
    window_ = window;
    return reads_slowly_ ? widest_.value() - window : 0;
  }

  struct Entry {
    size_t bytes;
    media::Time since;
  };
  std::deque<Entry> entries_;
  uint64_t bytes_ = 0;  // of all entries
  uint64_t delivered_ = 0;
  RecentMostOf<uint64_t> widest_;
  uint64_t window_ = std::numeric_limits<uint64_t>::max();  // at the last look
  bool reads_slowly_ = false;  // the window was narrow, and has opened
};

}  // namespace pipeline
