#include "rtmp/dial.h"

#include <cerrno>

#include "media/error.h"

namespace rtmp {
namespace {

constexpr media::Time kHeadStart = std::chrono::milliseconds(200);

struct Failure {
  int number = 0;
  const char* syscall = "connect";
};

std::string reason(int number) {
  switch (number) {
    case ECONNREFUSED:
      return "no server listens at ";
    case ENETUNREACH:
    case EHOSTUNREACH:
      return "there is no route to ";
    default:
      return "cannot connect to ";
  }
}

class Race {
 public:
  Fd run(const std::vector<Address>& addresses, const std::string& where, Alarm& alarm) {
    for (size_t next = 0; next < addresses.size() || !runners_.empty();) {
      if (next < addresses.size()) {
        Fd fd = start(addresses[next++]);
        if (connected_) return fd;
        if (fd) runners_.push_back(std::move(fd));
        if (runners_.empty()) continue;
      }
      if (Fd winner = wait(next < addresses.size() ? media::monotonic_now() + kHeadStart : Alarm::kNever, alarm)) return winner;
    }
    throw media::Error::from_errno(media::Code::kRtmpConnect, reason(failure_.number) + where, failure_.syscall, failure_.number,
                                   ", check host and port");
  }

 private:
  Fd start(const Address& address) {
    Fd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) {
      note(errno, "socket");
      return fd;
    }
    connected_ = connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0;
    if (connected_ || errno == EINPROGRESS) return fd;
    note(errno, "connect");
    return Fd();
  }

  // Returns the winner, or nothing when it is time for the next start.
  Fd wait(media::Time until, Alarm& alarm) {
    std::vector<pollfd> fds;
    for (const Fd& runner : runners_) fds.push_back({runner.get(), POLLOUT, 0});
    alarm.poll(fds, until);
    for (size_t i = fds.size(); i-- > 0;) {
      if (fds[i].revents == 0) continue;
      Fd fd = std::move(runners_[i]);
      runners_.erase(runners_.begin() + static_cast<ptrdiff_t>(i));
      int number = 0;
      socklen_t size = sizeof number;
      getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &number, &size);
      if (number == 0) return fd;
      note(number, "connect");
    }
    return Fd();
  }

  void note(int number, const char* syscall) {
    if (failure_.number == 0) failure_ = {number, syscall};
  }

  std::vector<Fd> runners_;
  bool connected_ = false;
  Failure failure_;
};

}  // namespace

Fd dial(const std::vector<Address>& addresses, const std::string& where, Alarm& alarm) {
  return Race().run(addresses, where, alarm);
}

}  // namespace rtmp
