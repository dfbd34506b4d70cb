// The key that this user has for an X server, as libXau finds it in $XAUTHORITY or ~/.Xauthority.
#pragma once

#include <sys/socket.h>

#include <string>

namespace capture {

struct Credentials {
  std::string protocol;  // "MIT-MAGIC-COOKIE-1"; empty: there is no key for that server
  std::string key;       // bytes
};

/// For the server at the other end of a connection to `peer`. libXau, on which libxcb stands, is loaded at run time; x11_credentials.cc
/// is the only file that knows it. Any thread.
Credentials find_credentials(const sockaddr_storage& peer, int display);

}  // namespace capture
