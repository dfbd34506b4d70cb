// Finds out, within a bounded time, whether an X server is there and answers: libxcb's own way to connect waits forever for a
// server that hangs.
#pragma once

#include <stop_token>
#include <string>

#include "capture/descriptor.h"
#include "media/time.h"

namespace capture {

/// Sends a connection's greeting without credentials and waits for any answer, a refusal too. `host` is empty for the local
/// socket. The connection is to be kept until the real one is made: some servers reset when their last client leaves.
/// Throws ERR_DEVICE_NOT_FOUND; after `stop`, ERR_DEVICE_LOST.
Descriptor knock(const std::string& name, const std::string& host, int display, std::stop_token stop, media::Time timeout);

/// Where the server of a local display has its socket.
std::string local_socket(int display);

}  // namespace capture
