// How much of the wanted bitrate a network takes. Pure; not thread-safe.
//
// A network is too narrow when what is sent waits here: for longer than a round trip explains, all the time, or until pictures are
// nearly dropped; or when ever more of it waits on its way. While something waits, what arrives is what the network can carry. The
// bitrate is then lowered to somewhat less than that, by three tenths a step, so that the queues drain. When nothing has waited for
// a while it grows, hardly at first and then ever faster: a narrow network is tried at its limit three or four times a minute, and
// one that is wide again is used in full within some half a minute.
// Three things are no narrow network: a keyframe that waits for a moment; a round trip that is long, or that others make longer;
// an interruption, in which nothing at all arrives. The last is one only when it makes pictures be dropped.
// Below kFloor pictures are of no use, and too much still: then they are dropped (backlog.h).
#pragma once

#include <cstdint>
#include <deque>
#include <limits>

#include "media/time.h"

namespace pipeline {

class Throttle {
 public:
  static constexpr int kFloor = 50'000;  // bit/s

  /// What can be seen of the network at one moment.
  struct Look {
    media::Time age_unread;   // how old the oldest byte is that was sent and not read by the server
    media::Time age_unacked;  // and the oldest that its host has not acknowledged
    media::Time round_trip;
    media::Time least_round_trip;
    uint64_t outstanding = 0;  // bytes that were sent and not read
    uint64_t delivered = 0;    // bytes that were read, since the beginning
    uint64_t dropped_frames = 0;
    bool window_open = true;  // the server's host would take more: if nothing arrives, it is the network
  };

  /// `max_wait`: how long pictures may wait before they are dropped. `sound`: bit/s that are sent beside them.
  Throttle(media::Time max_wait, int sound);

  /// The bitrate to encode with when this one is `wanted`. To be asked for with every picture.
  int allow(int wanted, const Look& look, media::Time now);

 private:
  struct Sample {
    media::Time at;
    uint64_t delivered;
    uint64_t outstanding;
  };
  void measure(const Look& look, media::Time now);
  bool too_narrow(const Look& look, bool dropped, media::Time now);
  double grown(media::Time now) const;

  const media::Time max_wait_;
  const media::Time little_;  // a wait that is none
  const int others_;          // bit/s of all that is no picture

  double rate_ = std::numeric_limits<double>::infinity();  // bit/s; it grows from `grows_from_` on
  media::Time grows_from_{};
  media::Time lowered_{};
  int told_ = 0;

  media::Time here_little_{};   // when little last waited here
  media::Time there_little_{};  // and on its way
  uint64_t dropped_frames_ = 0;

  std::deque<Sample> busy_;   // since something waits: what arrives is what the network can carry
  double carried_ = 0;        // bit/s, of that
  bool piling_up_ = false;    // more is sent than arrives
  bool interrupted_ = false;  // nothing at all arrives
  media::Time arrived_{};
  uint64_t delivered_ = 0;
};

}  // namespace pipeline
