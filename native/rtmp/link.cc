#include "rtmp/link.h"

#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "rtmp/dial.h"
#include "rtmp/resolve.h"
#include "rtmp/tcp.h"

namespace rtmp {
namespace {

constexpr uint8_t kVersion = 3;
constexpr size_t kHandshake = 1 + 1536 + 1536;  // S0, S1, S2
// What has left the queue can no longer be dropped: the pair and the link's buffer hold no more than a frame or two. The buffer
// is larger than what writable() allows, so that the pair is full only after writable() has said no.
constexpr int kPairBuffer = 16 * 1024;
constexpr size_t kBufferSize = 2 * Link::kWritableBelow;
constexpr media::Time kGoodbye = std::chrono::seconds(1);
constexpr media::Time kAnswer = std::chrono::milliseconds(300);  // within which an answer to a try would come
constexpr media::Time kDeliveryLook = std::chrono::milliseconds(20);  // the kernel tells nobody that all was acknowledged

bool is_transient(int number) { return number == EAGAIN || number == EWOULDBLOCK || number == EINTR; }

std::string milliseconds(media::Time time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

}  // namespace

Link::Link(const Url& url, media::Time write_timeout, Callbacks callbacks)
    : where_((url.host.find(':') == std::string::npos ? url.host : '[' + url.host + ']') + ':' + std::to_string(url.port)),
      host_(url.host),
      port_(url.port),
      write_timeout_(write_timeout),
      callbacks_(std::move(callbacks)),
      handshake_remaining_(kHandshake),
      outgoing_(kBufferSize) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    throw media::Error::from_errno(media::Code::kRtmpConnect, "a connection could not be set up", "socketpair", errno);
  }
  pair_ = Fd(pair[0]);
  theirs_ = Fd(pair[1]);
  setsockopt(theirs_.get(), SOL_SOCKET, SO_SNDBUF, &kPairBuffer, sizeof kPairBuffer);
}

int Link::start(media::Time timeout) {
  opening_timeout_ = timeout;
  alarm_.set_deadline(media::monotonic_now() + timeout);
  try {
    thread_ = std::jthread([this] { run(); });
  } catch (const std::system_error& error) {
    throw media::Error::no_thread(media::Code::kRtmpConnect, error.code().value());
  }
  return theirs_.release();
}

void Link::run() noexcept {
  pthread_setname_np(pthread_self(), "rtmp-link");
  try {
    const auto addresses = resolve(host_, port_, alarm_);
    enter(Stage::kDial);
    Fd connected = dial(addresses, where_, alarm_);
    configure_tcp(connected.get(), write_timeout_);
    {
      const std::lock_guard lock(mutex_);
      socket_ = std::move(connected);
    }
    enter(Stage::kHandshake);
    pump();
    end(std::nullopt);
  } catch (const media::Error& error) {
    end(error);
  } catch (const Alarm::Aborted&) {
    end(media::Error(media::Code::kRtmpDisconnected, "aborted"));
  } catch (const Alarm::DeadlinePassed&) {
    end(timed_out());
  } catch (const std::exception& error) {
    end(media::Error(media::Code::kRtmpDisconnected, error.what()));
  }
}

void Link::pump() {
  while (true) {
    const bool waiting = begin_ < end_;
    if (pair_ended_ && !waiting && !half_closed_) {
      if (stage_ != Stage::kClose) return;  // librtmp gave up
      half_closed_ = true;
      shutdown(socket_.get(), SHUT_WR);
    }
    const media::Time look = watch_progress();
    const bool delivering = half_closed_ && !saying_goodbye_;
    if (delivering) note_delivery();
    // The pair is left out while nothing can be taken from it: it would be ready for ever.
    const bool full = end_ - begin_ == outgoing_.size();
    std::vector<pollfd> fds = {
        {socket_.get(), static_cast<short>(waiting ? POLLIN | POLLOUT : POLLIN), 0},
        {full || pair_ended_ ? -1 : pair_.get(), POLLIN, 0},
    };
    alarm_.poll(fds, delivering ? media::monotonic_now() + kDeliveryLook : look);
    if ((fds[0].revents & ~POLLOUT) != 0 && receive() == Received::kEnd) return;
    if (fds[1].revents != 0) take_from_librtmp();
    if (begin_ < end_) send_to_server();
    if (unsent() < kWritableBelow && room_wanted_.exchange(false)) callbacks_.changed();
  }
}

void Link::take_from_librtmp() {
  std::copy(outgoing_.data() + begin_, outgoing_.data() + end_, outgoing_.data());
  end_ -= std::exchange(begin_, 0);
  const ssize_t count = recv(pair_.get(), outgoing_.data() + end_, outgoing_.size() - end_, MSG_DONTWAIT);
  if (count < 0 && is_transient(errno)) return;
  pair_ended_ = count <= 0;
  end_ += static_cast<size_t>(std::max<ssize_t>(count, 0));
  waiting_ = end_;
}

void Link::send_to_server() {
  const ssize_t count = send(socket_.get(), outgoing_.data() + begin_, end_ - begin_, MSG_NOSIGNAL);
  const int number = errno;
  if (count > 0) {
    begin_ += static_cast<size_t>(count);
    sent_ += static_cast<uint64_t>(count);
    waiting_ = end_ - begin_;
  } else if (!is_transient(number)) {
    while (receive() == Received::kSome) {}  // the server's last words, if it had any
    was_reset_ = true;
    throw lost("send", number);
  }
}

/// Ends the link when the server's host has taken nothing for the write timeout, and does not take what the kernel sends again after
/// that time either: an interruption may be over while the kernel still waits to try. Where it cannot be told to wait less, this
/// takes up to twice the time. Returns when to look again: the kernel tells nobody of what was acknowledged.
media::Time Link::watch_progress() {
  const media::Time now = media::monotonic_now();
  const uint64_t unacked = unacknowledged(socket_.get());
  const uint64_t acknowledged = sent_ - unacked;
  const bool was_due = std::exchange(due_, unacked > 0 || begin_ < end_);
  if (!was_due || !due_ || acknowledged != acknowledged_) progress_ = now;
  acknowledged_ = acknowledged;

  const media::Time stuck = now - progress_;
  const bool try_now = stuck > write_timeout_ / 4;
  if (try_now != std::exchange(trying_often_, try_now)) try_often(socket_.get(), try_now);
  const int tries = try_now ? tries_in_vain(socket_.get()) : 0;
  if (std::exchange(tries_, tries) != tries) tried_ = now;
  const bool tried = tries == 0 || (tried_ >= progress_ + write_timeout_ && now >= tried_ + kAnswer);
  if (stuck < write_timeout_ || (!tried && stuck < 2 * write_timeout_)) {
    return due_ ? now + std::max(write_timeout_ / 16, kDeliveryLook) : Alarm::kNever;
  }
  const std::string what = "the server at " + where_ + " took nothing for " + milliseconds(write_timeout_);
  throw media::Error(media::Code::kRtmpTimeout, what + ": the network or the server is stuck");
}

/// The server is given time for what is still on its way; only then a short moment to close its side.
void Link::note_delivery() {
  if (unacknowledged(socket_.get()) > 0) return;
  delivered_ = saying_goodbye_ = true;
  alarm_.bring_forward(media::monotonic_now() + kGoodbye);
}

Link::Received Link::receive() {
  uint8_t buffer[16 * 1024];
  const ssize_t count = recv(socket_.get(), buffer, sizeof buffer, 0);
  if (count < 0 && is_transient(errno)) return Received::kNothing;
  was_reset_ = count < 0;
  if (count <= 0 && stage_ == Stage::kClose) return Received::kEnd;
  if (count <= 0) throw lost("recv", count < 0 ? errno : 0);
  std::span<const uint8_t> bytes(buffer, static_cast<size_t>(count));
  received_ += bytes.size();
  if (stage_ < Stage::kLive) acknowledge_now(socket_.get());
  bytes = bytes.subspan(pass_handshake(bytes));
  if (!bytes.empty()) callbacks_.received(bytes);
  return Received::kSome;
}

/// Passes what belongs to the handshake on to librtmp; returns how much that was.
size_t Link::pass_handshake(std::span<const uint8_t> bytes) {
  if (handshake_remaining_ == kHandshake && bytes[0] != kVersion) {
    const bool http = bytes[0] == 'H';
    const bool tls = bytes[0] == 0x15 || bytes[0] == 0x16;
    const std::string guess = http  ? "it looks like an HTTP server"
                              : tls ? "it looks like a TLS server"
                                    : "its first byte is " + std::to_string(bytes[0]);
    const std::string what = "what listens at " + where_ + " does not speak RTMP, " + guess;
    throw media::Error(media::Code::kRtmpHandshake, what + ": check the port");
  }
  const size_t count = std::min(handshake_remaining_, bytes.size());
  handshake_remaining_ -= count;
  // 3,073 bytes in all always fit into the pair's buffer. A closed pair shows at the next look at it.
  if (count > 0 && send(pair_.get(), bytes.data(), count, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EPIPE) {
    throw media::Error::from_errno(media::Code::kRtmpHandshake, "the handshake could not be passed on", "send", errno);
  }
  return count;
}

void Link::end(std::optional<media::Error> failure) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (socket_) {
      read_tcp(socket_.get(), last_);
      // A reset acknowledges nothing, though the server may have heard all that was on the wire; what was not is lost for certain.
      outstanding_ = unsent() + (was_reset_ ? unsent_by_kernel(socket_.get()) : last_.bytes_unacked);
      if (failure) reset_on_close(socket_.get());  // the server learns at once that the stream key is free
      socket_.reset();
    }
    if (stage_ == Stage::kClose) {
      delivered_ = delivered_ || outstanding_ <= farewell_;
    } else {
      failure_ = std::move(failure);
    }
    ended_at_ = media::monotonic_now();
  }
  shutdown(pair_.get(), SHUT_RDWR);  // after failure_ is set: librtmp's calls fail now, and whoever made them asks why
  ended_changed_.notify_all();
  callbacks_.changed();
}

bool Link::writable() const {
  room_wanted_ = true;  // before the look: what the link sends after it is reported
  if (unsent() >= kWritableBelow) return false;
  room_wanted_ = false;
  return true;
}

uint64_t Link::unsent() const {
  int in_pair = 0;
  ioctl(pair_.get(), FIONREAD, &in_pair);
  return waiting_ + static_cast<uint64_t>(std::max(0, in_pair));
}

Counters Link::counters() const {
  Counters counters;
  {
    const std::lock_guard lock(mutex_);
    counters = last_;
    if (socket_) read_tcp(socket_.get(), counters);
  }
  counters.bytes_sent = sent_;
  counters.bytes_received = received_;
  counters.bytes_unsent = unsent();
  return counters;
}

media::Time Link::ended_at() const {
  const std::lock_guard lock(mutex_);
  return ended_at_;
}

std::optional<media::Error> Link::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Link::wait_for_end() {
  std::unique_lock lock(mutex_);
  ended_changed_.wait(lock, [this] { return ended_at_ != Alarm::kNever; });
}

media::Error Link::lost(const char* syscall, int number) {
  if (number == ETIMEDOUT) {
    const std::string what = "the server at " + where_ + " does not answer any more";
    return media::Error::from_errno(media::Code::kRtmpTimeout, what, syscall, number);
  }
  closed_by_server_ = number == 0 || number == ECONNRESET || number == EPIPE;
  if (number == 0) last_unacked_ = unacknowledged(socket_.get());
  const std::string what = closed_by_server_ ? "the server at " + where_ + " closed the connection"
                                             : "the connection to " + where_ + " broke";
  return number == 0 ? media::Error(media::Code::kRtmpDisconnected, what)
                     : media::Error::from_errno(media::Code::kRtmpDisconnected, what, syscall, number);
}

media::Error Link::timed_out() const {
  const std::string what = "no " + std::string(awaited_in(stage_)) + ' ' + where_ + " within " + milliseconds(opening_timeout_);
  return media::Error(media::Code::kRtmpTimeout, what + ": " + advice_for(stage_));
}

}  // namespace rtmp
