// What ends a wait of the link's thread early: an abort, from any thread, and the deadline, which any thread may move.
#pragma once

#include <poll.h>

#include <atomic>
#include <vector>

#include "media/time.h"
#include "rtmp/fd.h"

namespace rtmp {

class Alarm {
 public:
  /// Thrown by poll(); never leaves the link's thread.
  struct Aborted {};
  struct DeadlinePassed {};

  static constexpr media::Time kNever = media::Time::max();

  Alarm();  // throws ERR_RTMP_CONNECT when there are no descriptors left

  /// Any thread.
  void abort() noexcept;
  bool aborted() const { return aborted_; }
  void set_deadline(media::Time deadline) noexcept;
  void bring_forward(media::Time deadline) noexcept;  // if it is earlier than the present one; link's thread

  /// Polls `fds`; returns when one of them is ready or at `until`. One thread.
  void poll(std::vector<pollfd>& fds, media::Time until = kNever);

 private:
  void ring() noexcept;

  Fd bell_;  // an eventfd: rings once for each abort and each new deadline
  std::atomic<bool> aborted_ = false;
  std::atomic<media::Time::rep> deadline_ = kNever.count();
};

}  // namespace rtmp
