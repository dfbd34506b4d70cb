#include "capture/x11_knock.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

#include "capture/wake.h"
#include "media/error.h"

namespace capture {
namespace {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

Address local_address(int display, bool abstract) {
  const std::string path = local_socket(display);
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path + (abstract ? 1 : 0), path.data(), path.size());
  Address address;
  std::memcpy(&address.bytes, &local, sizeof local);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

std::vector<Address> addresses(const std::string& host, int display) {
  if (host.empty() || host == "unix") return {local_address(display, true), local_address(display, false)};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(6000L + display).c_str(), &hints, &first) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(first, freeaddrinfo);
  std::vector<Address> found;
  for (const addrinfo* entry = first; entry != nullptr; entry = entry->ai_next) {
    Address address;
    std::memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    found.push_back(address);
  }
  return found;
}

enum class Answer { kSome, kNone, kRefused, kStopped };

Answer greet(const Descriptor& socket, const Address& address, const Wake& wake, media::Time deadline) {
  const auto awaited = [&](short events) {
    const Wake::Outcome outcome = wake.wait(socket.get(), events, deadline);
    return outcome == Wake::Outcome::kReady ? Answer::kSome : outcome == Wake::Outcome::kLate ? Answer::kNone : Answer::kStopped;
  };
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) != 0) {
    if (errno == EAGAIN) return Answer::kNone;  // a local server's backlog is full
    if (errno != EINPROGRESS) return Answer::kRefused;
    if (const Answer answer = awaited(POLLOUT); answer != Answer::kSome) return answer;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return Answer::kRefused;
  }
  // Least significant byte first, protocol 11.0, no credentials.
  constexpr std::array<uint8_t, 12> kGreeting = {'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  if (send(socket.get(), kGreeting.data(), kGreeting.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kGreeting.size())) {
    return Answer::kRefused;
  }
  return awaited(POLLIN);
}

}  // namespace

std::string local_socket(int display) { return "/tmp/.X11-unix/X" + std::to_string(display); }

Descriptor knock(const std::string& name, const std::string& host, int display, std::stop_token stop, media::Time timeout) {
  const media::Time deadline = media::monotonic_now() + timeout;
  const Wake wake(stop);
  bool silent = false;
  for (const Address& address : addresses(host, display)) {
    Descriptor socket(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) continue;
    const Answer answer = greet(socket, address, wake, deadline);
    if (answer == Answer::kSome) return socket;
    if (answer == Answer::kStopped) {
      throw media::Error(media::Code::kDeviceLost, "opening screen " + name + " was stopped").with_device(name);
    }
    silent = silent || answer == Answer::kNone;
  }
  const std::string absent = "no X server listens at display " + name + "; start one (without a monitor: Xvfb) or name another";
  const std::string mute = "the X server of display " + name + " does not answer";
  throw media::Error(media::Code::kDeviceNotFound, silent ? mute : absent).with_device(name);
}

}  // namespace capture
