// A display of its own whose connections go on to a real X server's: bytes only, as over ssh, no descriptors. A thread of its own.
#pragma once

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace test {

class X11Relay {
 public:
  /// `display` is the real server's. The first `dropped` connections are closed without an answer.
  explicit X11Relay(std::string display, int dropped = 0) : real_(std::move(display)), dropped_(dropped) {
    do {
      REQUIRE(number_ < 8100);
      listener_ = socket_for(":" + std::to_string(++number_), &bind);
    } while (listener_ < 0);
    REQUIRE(listen(listener_, 10) == 0);
    thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }
  X11Relay(const X11Relay&) = delete;
  X11Relay& operator=(const X11Relay&) = delete;
  ~X11Relay() {
    thread_.request_stop();
    thread_.join();
    close(listener_);
  }
  std::string display() const { return ":" + std::to_string(number_); }
  int connections() const { return connections_; }

 private:
  /// In the abstract namespace, which leaves nothing behind.
  template <typename Call>
  static int socket_for(const std::string& display, Call call) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = "/tmp/.X11-unix/X" + display.substr(1);
    std::memcpy(address.sun_path + 1, path.data(), path.size());
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + path.size());
    if (call(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return fd;
    close(fd);
    return -1;
  }

  static bool pass(int from, int to) {
    std::vector<char> bytes(1 << 16);
    const ssize_t count = recv(from, bytes.data(), bytes.size(), 0);
    for (ssize_t sent = 0; sent < count;) {
      const ssize_t more = send(to, bytes.data() + sent, static_cast<size_t>(count - sent), MSG_NOSIGNAL);
      if (more <= 0) return false;
      sent += more;
    }
    return count > 0;
  }

  void run(const std::stop_token& stop) {
    std::vector<std::pair<int, int>> pairs;
    while (!stop.stop_requested()) {
      std::vector<pollfd> watched = {{listener_, POLLIN, 0}};
      for (const auto& [client, server] : pairs) watched.insert(watched.end(), {{client, POLLIN, 0}, {server, POLLIN, 0}});
      if (poll(watched.data(), watched.size(), 20) <= 0) continue;
      for (size_t i = pairs.size(); i-- > 0;) {
        const auto [client, server] = pairs[i];
        const bool lives = (watched[2 * i + 1].revents == 0 || pass(client, server)) &&
                           (watched[2 * i + 2].revents == 0 || pass(server, client));
        if (lives) continue;
        close(client);
        close(server);
        pairs.erase(pairs.begin() + static_cast<ptrdiff_t>(i));
      }
      if (watched[0].revents == 0) continue;
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int server = ++connections_ > dropped_ ? socket_for(real_, &connect) : -1;
      if (server >= 0) {
        pairs.emplace_back(client, server);
      } else {
        close(client);
      }
    }
    for (const auto& [client, server] : pairs) {
      close(client);
      close(server);
    }
  }

  const std::string real_;
  const int dropped_;
  int number_ = 8000;
  int listener_ = -1;
  std::atomic<int> connections_ = 0;
  std::jthread thread_;
};

}  // namespace test
