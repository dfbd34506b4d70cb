// The network side of a connection: a thread that resolves, connects and then carries bytes between a TCP socket and one end of
// a socket pair. librtmp holds the other end and never touches the network. Of the server's bytes librtmp gets those of the
// handshake, whose length is fixed; all others go to `received`, so that librtmp's reader never sees them.
// The link knows nothing of RTMP beyond the handshake's length, and never retries.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "media/error.h"
#include "media/time.h"
#include "rtmp/alarm.h"
#include "rtmp/fd.h"
#include "rtmp/rtmp.h"
#include "rtmp/stage.h"

namespace rtmp {

class Link {
 public:
  /// send() does not block below this: what waits here is media that nobody can drop any more.
  static constexpr uint64_t kWritableBelow = 16 * 1024;

  /// Both are called on the link's thread, with no lock held. `received` may throw media::Error: it ends the link. `changed`:
  /// the link has ended, or has become writable after writable() said no.
  struct Callbacks {
    std::function<void(std::span<const uint8_t>)> received;
    std::function<void()> changed;
  };

  Link(const Url& url, media::Time write_timeout, Callbacks callbacks);
  ~Link() { abort(); }  // and joins

  /// Once. The descriptor is librtmp's end of the pair, the caller's to close; closing it tells the link that no more follows.
  /// `timeout` is for all of opening: it holds until set_deadline().
  int start(media::Time timeout);

  // Any thread:
  void abort() noexcept { alarm_.abort(); }
  bool aborted() const { return alarm_.aborted(); }
  void enter(Stage stage) noexcept { stage_ = stage; }
  Stage stage() const noexcept { return stage_; }
  /// When it passes, the link ends: with ERR_RTMP_TIMEOUT, unless it was closing.
  void set_deadline(media::Time deadline) noexcept { alarm_.set_deadline(deadline); }
  bool writable() const;
  Counters counters() const;  // without bytes_acked
  uint64_t bytes_received() const { return received_; }

  bool ended() const { return ended_at() != Alarm::kNever; }
  media::Time ended_at() const;
  /// Why it ended, if it did not end as asked.
  std::optional<media::Error> failure() const;
  /// Of what is sent from now on, this many bytes at most are nothing that a viewer misses: a server may close on the first of them.
  void expect_farewell(uint64_t bytes) noexcept { farewell_ = bytes; }
  /// After the stage kClose: the server's host has acknowledged all that was sent before the farewell.
  bool delivered() const { return delivered_; }
  /// The server closed or reset the connection.
  bool closed_by_server() const { return closed_by_server_; }
  /// When it did, its host had acknowledged all that was sent, as far as can be told: a reset does not say it.
  bool heard_out() const { return last_unacked_ == 0 && unsent() == 0; }
  void wait_for_end();

 private:
  enum class Received { kNothing, kSome, kEnd };  // kEnd: the connection has ended as it should

  void run() noexcept;
  void pump();
  media::Time watch_progress();
  void take_from_librtmp();
  void send_to_server();
  void note_delivery();
  Received receive();
  size_t pass_handshake(std::span<const uint8_t> bytes);
  void end(std::optional<media::Error> failure) noexcept;
  uint64_t unsent() const;
  media::Error lost(const char* syscall, int number);
  media::Error timed_out() const;

  const std::string where_;  // host:port, for messages
  const std::string host_;
  const uint16_t port_;
  const media::Time write_timeout_;
  const Callbacks callbacks_;
  Alarm alarm_;
  std::atomic<Stage> stage_ = Stage::kResolve;
  media::Time opening_timeout_{};

  Fd theirs_;         // librtmp's end, until start() gives it away
  Fd pair_;           // open as long as the link, so that writable() may ask it
  bool pair_ended_ = false;  // librtmp has closed its end
  bool half_closed_ = false;
  bool saying_goodbye_ = false;  // all is delivered, and the server has a moment left to close its side
  size_t handshake_remaining_;
  std::vector<uint8_t> outgoing_;  // read from the pair, not yet taken by the kernel: outgoing_[begin_, end_)
  size_t begin_ = 0;
  size_t end_ = 0;
  bool due_ = false;        // something is to be acknowledged
  media::Time progress_{};  // when it became so, or when something last was
  uint64_t acknowledged_ = 0;
  bool trying_often_ = false;
  int tries_ = 0;        // in vain since then
  media::Time tried_{};  // the last of them

  std::atomic<uint64_t> waiting_ = 0;  // end_ - begin_
  std::atomic<uint64_t> sent_ = 0;
  std::atomic<uint64_t> received_ = 0;
  mutable std::atomic<bool> room_wanted_ = false;  // writable() said no and `changed` is owed
  std::atomic<bool> closed_by_server_ = false;
  std::atomic<uint64_t> last_unacked_ = 0;  // when the server closed its side
  bool was_reset_ = false;     // by the server
  uint64_t outstanding_ = UINT64_MAX;  // bytes that the server's host has not, as far as can be told, when the socket was closed
  std::atomic<uint64_t> farewell_ = 0;
  std::atomic<bool> delivered_ = false;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable ended_changed_;
  Fd socket_;
  Counters last_;  // the kernel's figures when the socket was closed
  media::Time ended_at_ = Alarm::kNever;
  std::optional<media::Error> failure_;

  std::jthread thread_;
};

}  // namespace rtmp
