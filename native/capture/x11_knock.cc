#include "capture/x11_knock.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

#include "capture/wake.h"
#include "media/error.h"
#include "system/shortage.h"

namespace capture {
namespace {

using media::Code;
using media::Error;

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

/// The first words of a connection (X Window System Protocol, 8): least significant byte first, protocol 11.0.
std::string greeting(const Credentials& credentials) {
  std::string words = {'l', 0, 11, 0, 0, 0};
  for (const size_t size : {credentials.protocol.size(), credentials.key.size(), size_t{0}}) {
    words += static_cast<char>(size & 0xFF);
    words += static_cast<char>(size >> 8 & 0xFF);
  }
  for (const std::string& each : {credentials.protocol, credentials.key}) {
    words += each;
    words.resize((words.size() + 3) / 4 * 4);
  }
  return words;
}

class Knock {
 public:
  Knock(const std::string& name, int display, const std::stop_token& stop, media::Time deadline)
      : name_(name), display_(display), wake_(stop), deadline_(deadline) {}

  enum class Answer { kWelcome, kDropped, kSilent, kAbsent };

  Answer ask(const Address& address, Admission& admission);
  Error failure(Code code, const std::string& message) const { return Error(code, message).with_device(name_); }

 private:
  Descriptor connect_to(const Address& address, Answer& failed) const;
  bool ready(int fd, short events) const;
  size_t read(int fd, char* into, size_t size) const;
  Error refused(int fd, size_t length) const;
  Error short_of(const char* syscall, int number) const {
    return Error::from_errno(Code::kDeviceLost, "screen " + name_ + " could not be opened", syscall, number).with_device(name_);
  }

  const std::string& name_;
  int display_;
  Wake wake_;
  media::Time deadline_;
};

/// False when it is too late.
bool Knock::ready(int fd, short events) const {
  switch (wake_.wait(fd, events, deadline_)) {
    case Wake::Outcome::kReady: return true;
    case Wake::Outcome::kLate: return false;
    case Wake::Outcome::kStopped: break;
  }
  throw failure(Code::kDeviceLost, "opening screen " + name_ + " was stopped");
}

Descriptor Knock::connect_to(const Address& address, Answer& failed) const {
  failed = Answer::kAbsent;
  Descriptor socket(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) {
    if (const int number = errno; media::shortage(number) != nullptr) throw short_of("socket", number);
    return {};
  }
  if (address.bytes.ss_family != AF_UNIX) {  // as libxcb does
    const int on = 1;
    setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) == 0) return socket;
  if (errno == EAGAIN) failed = Answer::kSilent;  // a local server's backlog is full
  if (errno != EINPROGRESS) return {};
  if (!ready(socket.get(), POLLOUT)) {
    failed = Answer::kSilent;
    return {};
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return {};
  return socket;
}

/// How much came before the server closed, or it was too late.
size_t Knock::read(int fd, char* into, size_t size) const {
  size_t have = 0;
  while (have < size && ready(fd, POLLIN)) {
    const ssize_t count = recv(fd, into + have, size - have, 0);
    if (count > 0) have += static_cast<size_t>(count);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) break;
  }
  return have;
}

/// `length` bytes of the server's reason are to be read yet.
Error Knock::refused(int fd, size_t length) const {
  // Without a descriptor no key could be read.
  if (const int number = sys::shortage_now(); number != 0) return short_of("open", number);
  std::string words(length, '\0');
  words.resize(read(fd, words.data(), length));
  std::erase_if(words, [](char letter) { return letter < ' ' || letter > '~'; });
  const std::string quoted = words.empty() ? "" : " (it says: " + words + ")";
  return failure(Code::kDevicePermission, "the X server of display " + name_ + " refused the connection" + quoted +
                                              "; $XAUTHORITY must name a file with its key");
}

Knock::Answer Knock::ask(const Address& address, Admission& admission) {
  Answer failed;
  admission.asked = connect_to(address, failed);
  if (!admission.asked) return failed;
  const int fd = admission.asked.get();
  admission.credentials = find_credentials(address.bytes, display_);
  const std::string words = greeting(admission.credentials);
  if (send(fd, words.data(), words.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(words.size())) return Answer::kDropped;
  // Whether, the length of a reason, the version, and the length of all that follows in words of four bytes.
  char head[8];
  const size_t count = read(fd, head, sizeof head);
  if (count == 0 && media::monotonic_now() >= deadline_) return Answer::kSilent;
  if (count < sizeof head) return Answer::kDropped;
  enum : char { kFailed = 0, kSuccess = 1, kAuthenticate = 2 };
  if (head[0] == kFailed) throw refused(fd, static_cast<unsigned char>(head[1]));
  if (head[0] == kAuthenticate) throw refused(fd, 0);
  if (head[0] != kSuccess) {
    throw failure(Code::kDeviceNotFound, "what answers at display " + name_ + " is no X server; name another display");
  }
  admission.socket = connect_to(address, failed);
  return admission.socket ? Answer::kWelcome : Answer::kDropped;
}

}  // namespace

std::string local_socket(int display) { return "/tmp/.X11-unix/X" + std::to_string(display); }

std::optional<Admission> knock(const std::string& name, const std::string& host, int display, const std::stop_token& stop,
                               media::Time deadline) {
  Knock knock(name, display, stop, deadline);
  bool silent = false;
  bool dropped = false;
  for (const Address& address : addresses(host, display)) {
    Admission admission;
    const Knock::Answer answer = knock.ask(address, admission);
    if (answer == Knock::Answer::kWelcome) return admission;
    silent = silent || answer == Knock::Answer::kSilent;
    dropped = dropped || answer == Knock::Answer::kDropped;
  }
  if (dropped) return std::nullopt;
  if (const int number = sys::shortage_now(); number != 0) {
    throw Error::from_errno(Code::kDeviceLost, "screen " + name + " could not be opened", "getaddrinfo", number).with_device(name);
  }
  if (silent) throw knock.failure(Code::kDeviceNotFound, "the X server of display " + name + " does not answer");
  throw knock.failure(Code::kDeviceNotFound,
                      "no X server listens at display " + name + "; start one (without a monitor: Xvfb) or name another");
}

}  // namespace capture
