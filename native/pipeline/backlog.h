// What waits for one destination: the order in which packets of both tracks leave, the timestamps they leave with, and which
// of them go when the network is slow. Pure: no thread, no clock of its own. PacketQueue puts a lock around it.
//
// Order. The server must see timestamps that never go back over both tracks, and the picture must not wait for the sound. Sound
// reaches the backlog later than the picture of the same moment (an AAC frame has to fill, and the encoder looks ahead), so video
// is stamped that much earlier than it shows: its decoding time is put before its presentation time by the sound's lag, exactly
// as if it had B-frames. The players' presentation times stay the capture times; only the order of decoding moves. A picture
// therefore leaves the moment it is encoded, and sound at most a frame after it arrives.
//
// Drops. The encoder has been told to give way by then (throttle.h). The measure is the video that waits, in time and in bytes. At
// half the limit frames that nothing refers to go; at the limit every delta frame goes, and those that come, until a keyframe, which
// is asked for as soon as the backlog has drained. Sound and keyframes are never dropped; when they have come to four times the limits,
// in bytes or in time (of which 15 s are always allowed), the backlog is overflowed, and the connection is given up.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "media/packet.h"
#include "media/time.h"
#include "pipeline/recent_most.h"

namespace pipeline {

struct Limits {
  media::Time duration;
  size_t bytes;
};

/// What the tracks promise; known when both are open.
struct Plan {
  bool video = false;
  bool audio = false;
  media::Time video_frame_duration{};
  media::Time audio_frame_duration{};
  media::Time reorder_delay{};  // the video encoder's
  media::Time audio_lag{};      // from a sound's capture to its packet's arrival here, at most
};

struct Outgoing {
  media::Packet packet;
  media::Time stamp;  // the decoding time to send: never below the one before, over both tracks
  media::Time held;   // how long interleaving alone kept it
};

class Backlog {
 public:
  explicit Backlog(Limits limits) : limits_(limits) {}

  void start(const Plan& plan);

  enum class Pushed { kKept, kDropped, kDroppedMany };
  /// kDroppedMany: the limit was reached, for the first time since the backlog had drained.
  Pushed push(media::Packet&& packet, media::Time now);
  /// No more of this track will come.
  void end(media::Track track);

  /// The next packet to send, if one may go now.
  std::optional<Outgoing> pop(media::Time now);
  /// When pop() may give one although nothing new has come.
  std::optional<media::Time> retry_at() const;

  /// True once after each episode of dropping, when a keyframe would find room.
  bool take_keyframe_wish(media::Time now);

  /// Both tracks have ended and all of them is given out.
  bool finished() const { return video_ended_ && audio_ended_ && video_.empty() && audio_.empty(); }
  bool overflowed() const;
  bool drained(media::Time now) const { return waited(now) <= limits_.duration / 4 && bytes_ <= limits_.bytes / 4; }
  /// How old the oldest picture is that waits; without video, the oldest sound.
  media::Time waited(media::Time now) const;
  size_t bytes() const { return bytes_; }
  uint64_t dropped_frames() const { return dropped_frames_; }

 private:
  struct Entry {
    media::Packet packet;
    media::Time arrival;
  };
  media::Time wanted_stamp(const media::Packet& video) const;
  std::optional<media::Time> next_audio_stamp() const;
  bool audio_may_go(media::Time now) const;
  media::Time patience() const;
  std::optional<Outgoing> take(std::deque<Entry>& queue, media::Time stamp, media::Time now);
  void drop_if(bool (*unwanted)(const media::Packet&));

  Limits limits_;
  Plan plan_;
  std::deque<Entry> video_;
  std::deque<Entry> audio_;
  size_t bytes_ = 0;
  bool video_ended_ = false;
  bool audio_ended_ = false;
  std::optional<media::Time> first_stamp_;
  media::Time last_stamp_{};
  std::optional<media::Time> last_video_stamp_;   // as wanted, before any clamping
  std::optional<media::Time> last_audio_arrived_;  // pts
  RecentMost slowest_video_;                       // from capture to arrival
  bool awaiting_keyframe_ = false;
  bool congested_ = false;  // frames were dropped, and the backlog has not drained since
  bool keyframe_wished_ = false;
  uint64_t dropped_frames_ = 0;
};

}  // namespace pipeline
