// Whether an X server is there, answers and lets this user in, found out within a bounded time: libxcb's own way to connect waits
// forever for a server that hangs, and writes a refusal's words to stderr.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "capture/descriptor.h"
#include "capture/x11_credentials.h"
#include "media/time.h"

namespace capture {

/// A server that let this user in. `asked` is the connection that found out, and is to be kept until the real one is made: some
/// servers begin anew when their last client leaves. `socket` is connected and has said nothing yet.
struct Admission {
  Descriptor asked;
  Descriptor socket;
  Credentials credentials;
};

/// `host` is empty for the local socket. Empty when the server closed the connection without an answer, as one does that begins
/// anew. Throws ERR_DEVICE_NOT_FOUND; ERR_DEVICE_PERMISSION with the server's words; after `stop`, ERR_DEVICE_LOST.
std::optional<Admission> knock(const std::string& name, const std::string& host, int display, const std::stop_token& stop,
                               media::Time deadline);

/// Where the server of a local display has its socket.
std::string local_socket(int display);

}  // namespace capture
