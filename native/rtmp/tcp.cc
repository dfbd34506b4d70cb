#include "rtmp/tcp.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>

namespace rtmp {
namespace {

using std::chrono::milliseconds;

constexpr int kKernelUnsent = 16 * 1024;
constexpr int kKeepAliveProbes = 3;
// Linux 6.15; older headers do not have it, older kernels refuse it.
constexpr int kRtoMax = 44;  // TCP_RTO_MAX_MS
constexpr milliseconds kUsualRtoMax = std::chrono::minutes(2);
constexpr milliseconds kLeastRtoMax = std::chrono::seconds(1);

void set(int fd, int level, int option, int64_t value) {
  const int given = static_cast<int>(value);
  setsockopt(fd, level, option, &given, sizeof given);
}

/// What the kernel does not know is 0.
tcp_info read_info(int fd, socklen_t& size) {
  tcp_info tcp{};
  size = sizeof tcp;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &tcp, &size) != 0) size = 0;
  return tcp;
}

}  // namespace

// Each option makes things better and none is needed: a refusal is ignored.
//
// The link sees for itself that a server takes nothing, and none of the kernel's clocks is to be faster: TCP_USER_TIMEOUT, for one,
// is not for a server that reads slowly, as it counts on while a window opens in steps that are smaller than what is to be sent. A
// kernel that gave up first would not tell the server either, which would go on holding the stream key. Keepalive sees the death of
// a connection on which nothing is under way.
void configure_tcp(int fd, media::Time write_timeout) {
  using std::chrono::seconds;
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kKernelUnsent);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, std::chrono::ceil<seconds>(write_timeout / kKeepAliveProbes).count());
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
}

void acknowledge_now(int fd) { set(fd, IPPROTO_TCP, TCP_QUICKACK, 1); }

void try_often(int fd, bool often) { set(fd, IPPROTO_TCP, kRtoMax, (often ? kLeastRtoMax : kUsualRtoMax).count()); }

int tries_in_vain(int fd) {
  socklen_t size;
  return read_info(fd, size).tcpi_retransmits;
}

uint64_t unacknowledged(int fd) {
  int bytes = 0;
  ioctl(fd, SIOCOUTQ, &bytes);
  return static_cast<uint64_t>(std::max(0, bytes));
}

void read_tcp(int fd, Counters& counters) {
  socklen_t size;
  const tcp_info tcp = read_info(fd, size);
  counters.bytes_unacked = unacknowledged(fd);
  counters.round_trip = media::Time(tcp.tcpi_rtt);
  counters.least_round_trip = media::Time(std::min(tcp.tcpi_min_rtt, tcp.tcpi_rtt));
  counters.retransmits = tcp.tcpi_total_retrans;
  if (size >= offsetof(tcp_info, tcpi_snd_wnd) + sizeof tcp.tcpi_snd_wnd) counters.peer_window = tcp.tcpi_snd_wnd;
}

uint64_t unsent_by_kernel(int fd) {
  int unsent = 0;
  return ioctl(fd, SIOCOUTQNSD, &unsent) == 0 ? static_cast<uint64_t>(std::max(0, unsent)) : 0;
}

void reset_on_close(int fd) {
  const linger now = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace rtmp
