// What the kernel can be told, and asked, about a TCP connection.
#pragma once

#include "media/time.h"
#include "rtmp/rtmp.h"

namespace rtmp {

/// No delay, no silent death, and little that the kernel takes ahead: a backlog stays where it is counted and can be dropped.
void configure_tcp(int fd, media::Time write_timeout);

/// Acknowledges what came at once instead of some 40 ms later. The kernel forgets it soon: to be repeated after each recv(). A
/// server that writes its answer in pieces and has not turned Nagle's algorithm off waits for it between any two.
void acknowledge_now(int fd);

/// Fills in bytes_unacked, round_trip and retransmits.
void read_tcp(int fd, Counters& counters);

/// Makes close() forget what was not sent yet and tell the peer at once (RST).
void reset_on_close(int fd);

}  // namespace rtmp
