#include "rtmp/tcp.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

namespace rtmp {
namespace {

constexpr int kKernelUnsent = 16 * 1024;
// The link sees for itself that a server takes nothing, and resets the connection. A kernel that gave up first would not tell the
// server, which would go on holding the stream key.
constexpr media::Time kAfterTheLink = std::chrono::seconds(1);

void set(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

}  // namespace

// Each option makes things better and none is needed: a refusal is ignored.
void configure_tcp(int fd, media::Time write_timeout) {
  const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(write_timeout + kAfterTheLink).count();
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(timeout));
  set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kKernelUnsent);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

void acknowledge_now(int fd) { set(fd, IPPROTO_TCP, TCP_QUICKACK, 1); }

void read_tcp(int fd, Counters& counters) {
  int unacked = 0;
  if (ioctl(fd, SIOCOUTQ, &unacked) == 0) counters.bytes_unacked = static_cast<uint64_t>(std::max(0, unacked));
  tcp_info tcp{};
  socklen_t size = sizeof tcp;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &tcp, &size) == 0) {
    counters.round_trip = media::Time(tcp.tcpi_rtt);
    counters.retransmits = tcp.tcpi_total_retrans;
  }
}

void reset_on_close(int fd) {
  const linger now = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace rtmp
