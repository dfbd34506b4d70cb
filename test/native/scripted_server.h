// A server on loopback that does what a test tells it, on a thread of its own. It answers to what has arrived, never to time.
#pragma once

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "server_bytes.h"

class ScriptedServer {
 public:
  class Peer {
   public:
    explicit Peer(int fd) : fd_(fd) {}

    void handshake() {
      while (received_.size() < 1 + 1536 && receive()) {}
      if (received_.size() < 1 + 1536) {
        met_ = false;
        return;
      }
      server_bytes::Bytes answer(1 + 1536, 0);
      answer[0] = 3;
      server_bytes::append(answer, std::span(received_).subspan(1, 1536));
      write(answer);
    }
    /// Waits until `text` has arrived after what was expected before. False when the connection ended first.
    bool expect(std::string_view text) {
      while (true) {
        const auto found = std::search(received_.begin() + from_, received_.end(), text.begin(), text.end());
        if (found != received_.end()) {
          from_ = found - received_.begin() + static_cast<ptrdiff_t>(text.size());
          return true;
        }
        if (!receive()) return met_ = false;
      }
    }
    /// Everything that was expected has come.
    bool met() const { return met_; }
    void write(std::span<const uint8_t> bytes) {
      while (!bytes.empty()) {
        const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return;
        bytes = bytes.subspan(static_cast<size_t>(count));
      }
    }
    /// Nothing follows it: the end is in the same segment.
    void write_last(std::span<const uint8_t> bytes) {
      const int on = 1;
      setsockopt(fd_, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
      write(bytes);
      shutdown(fd_, SHUT_RDWR);
    }
    void until_closed() {
      while (receive()) {}
    }
    /// Waits for the connection's end without taking a byte.
    void until_reset() {
      pollfd fd = {fd_, POLLRDHUP, 0};
      while (poll(&fd, 1, -1) >= 0 && (fd.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0) {}
    }
    /// Takes at most so many bytes that have come.
    void read_some(size_t bytes) {
      received_.resize(received_.size() + bytes);
      const ssize_t count = recv(fd_, received_.data() + received_.size() - bytes, bytes, MSG_DONTWAIT);
      received_.resize(received_.size() - bytes + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    }
    /// The network is interrupted: until restore() nothing that the client sends reaches even the kernel's TCP, nor is acknowledged.
    void interrupt() {
      sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
      const sock_fprog program = {1, &none};
      setsockopt(fd_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    }
    void restore() {
      const int unused = 0;
      setsockopt(fd_, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
    }
    /// As a server that accepts everything.
    void accept_publisher() {
      handshake();
      expect("connect");
      write(server_bytes::connect_result());
      expect("createStream");
      write(server_bytes::message(20, flv::Amf0Writer().string("_result").number(4).null().number(1).take(), 3, 4096));
      expect("publish");
      expect("live");
      write(status("status", "NetStream.Publish.Start", "Start publishing"));
    }
    /// onStatus, after connect_result() has raised the chunk size to 4096.
    static server_bytes::Bytes status(std::string_view level, std::string_view code, std::string_view description) {
      flv::Amf0Writer amf;
      amf.string("onStatus").number(0).null().begin_object().key("level").string(level).key("code").string(code);
      amf.key("description").string(description).end_object();
      return server_bytes::message(20, amf.take(), 3, 4096);
    }
    const server_bytes::Bytes& received() const { return received_; }

   private:
    bool receive() {
      uint8_t buffer[65536];
      const ssize_t count = recv(fd_, buffer, sizeof buffer, 0);
      if (count <= 0) return false;
      received_.insert(received_.end(), buffer, buffer + count);
      return true;
    }
    int fd_;
    server_bytes::Bytes received_;
    ptrdiff_t from_ = 0;
    bool met_ = true;
  };

  explicit ScriptedServer(std::function<void(Peer&)> script, int receive_buffer = 0) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 1);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, script = std::move(script)] {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      accepted_ = fd;
      Peer peer(fd);
      script(peer);
      if (accepted_.exchange(-1) == fd) ::close(fd);
    });
  }
  /// The client is gone by now: what it did not say, such as its kernel's giving up, is not waited for.
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);  // ends accept()
    const int fd = accepted_.exchange(-1);
    if (fd >= 0) shutdown(fd, SHUT_RDWR);
    thread_ = {};
    if (fd >= 0) ::close(fd);
    ::close(listener_);
  }

  std::string url(std::string_view key = "sekret-key") const {
    return "rtmp://127.0.0.1:" + std::to_string(port_) + "/app/" + std::string(key);
  }
  /// Waits until the script has ended.
  void join() { thread_.join(); }

 private:
  int listener_;
  std::atomic<int> accepted_ = -1;
  uint16_t port_;
  std::jthread thread_;
};
