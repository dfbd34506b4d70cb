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

/// While nothing is acknowledged the kernel waits ever longer before it sends again. `often`: a second at most, where it can.
void try_often(int fd, bool often);

/// How often in vain the kernel has sent again what is not acknowledged. 0: the peer's host answers, even if it takes nothing.
int tries_in_vain(int fd);

/// Bytes that the kernel holds: sent or waiting, not acknowledged by the peer's host.
uint64_t unacknowledged(int fd);

/// Fills in what the kernel knows.
void read_tcp(int fd, Counters& counters);

/// Bytes that the kernel has taken and not put on the wire yet.
uint64_t unsent_by_kernel(int fd);

/// Makes close() forget what was not sent yet and tell the peer at once (RST).
void reset_on_close(int fd);

}  // namespace rtmp
