// What waits for one destination: the order in which packets of both tracks leave, the timestamps they leave with, and which
// of them go when the network is slow. Pure: no thread, no clock of its own. PacketQueue puts a lock around it.
//
// Order. Each packet leaves as soon as it is there. Sound reaches the backlog later than the picture of the same moment (an AAC
// frame has to fill, and the encoder looks ahead), so on the wire it lies some 110 ms behind: timestamps may go back from one track
// to the other, by `spread`. Servers and players order each track by itself, and a picture's decoding time stays its presentation
// time, less what B-frames need. What would be further apart is brought together: sound that is ahead waits for the picture; where
// sound is behind, the picture is stamped earlier than it shows, exactly as if it had B-frames. Presentation times are always the
// capture times. With a spread of 0, for servers that bear nothing else, every picture is stamped earlier by the sound's lag, and
// timestamps do not go back while sound keeps to it. In neither case does a picture wait.
//
// Stamps. Each track's own rise by a millisecond at least, whatever comes late or in a burst. A picture's lead over sound that
// does not come grows by half its pace at most, and shrinks by as much again, so that pictures are never piled on one moment.
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
  media::Time spread{};  // how far timestamps may go back from one track to the other
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
  media::Time stamp;        // the decoding time to send: above the one before of its track
  media::Time waited;       // for the network
  media::Time interleaved;  // how long the order of the tracks alone kept it
};

class Backlog {
 public:
  explicit Backlog(Limits limits) : limits_(limits) {}

  void start(const Plan& plan);
  /// Another bound in bytes from now on.
  void limit_bytes(size_t bytes) { limits_.bytes = bytes; }

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
  /// How long the oldest of all that waits has waited for the network.
  media::Time oldest(media::Time now) const;
  size_t bytes() const { return bytes_; }
  uint64_t dropped_frames() const { return dropped_frames_; }

 private:
  struct Entry {
    media::Packet packet;
    media::Time arrival;
    media::Time withheld;  // withheld_ at its arrival
  };
  struct Sent {
    media::Time planned;  // where it would be stamped if sound kept its lag
    media::Time stamp;
  };
  media::Time planned_stamp(const media::Packet& video) const;
  media::Time video_stamp(const media::Packet& video, media::Time planned) const;
  std::optional<media::Time> next_audio_stamp() const;
  bool audio_may_go(media::Time now) const;
  media::Time patience() const;
  media::Time withheld(media::Time now) const;
  void settle_withheld(media::Time now);
  Outgoing take(std::deque<Entry>& queue, media::Time stamp, media::Time now);
  void drop_if(bool (*unwanted)(const media::Packet&));

  Limits limits_;
  Plan plan_;
  std::deque<Entry> video_;
  std::deque<Entry> audio_;
  size_t bytes_ = 0;
  bool video_ended_ = false;
  bool audio_ended_ = false;
  std::optional<media::Time> first_stamp_;
  std::optional<Sent> last_video_;
  std::optional<media::Time> last_audio_;          // stamp
  std::optional<media::Time> last_audio_arrived_;  // pts
  RecentMost slowest_video_;                       // from capture to arrival
  media::Time withheld_{};                         // how long in all there was room in the network, and only the order kept sound
  std::optional<media::Time> withholding_since_;
  bool awaiting_keyframe_ = false;
  bool congested_ = false;  // frames were dropped, and the backlog has not drained since
  bool keyframe_wished_ = false;
  uint64_t dropped_frames_ = 0;
};

}  // namespace pipeline
