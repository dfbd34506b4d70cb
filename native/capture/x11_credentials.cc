#include "capture/x11_credentials.h"

#include <X11/X.h>
#include <X11/Xauth.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>

#include "capture/library.h"

namespace capture {
namespace {

struct Xau {
  Library library{"libXau.so.6", "libxau6"};
  decltype(&::XauGetBestAuthByAddr) get_best = library.symbol<decltype(&::XauGetBestAuthByAddr)>("XauGetBestAuthByAddr");
  decltype(&::XauDisposeAuth) dispose = library.symbol<decltype(&::XauDisposeAuth)>("XauDisposeAuth");
};

std::mutex one_at_a_time;  // libXau keeps the file's name in memory of its own

struct Place {
  unsigned short family = FamilyLocal;
  std::string address;
};

/// A server on this machine is filed under the machine's name, however it is reached.
Place here() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return {FamilyLocal, name.data()};
}

template <typename Value>
std::string bytes_of(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

Place place_of(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, &peer, sizeof address);
    return address.sin_addr.s_addr == htonl(INADDR_LOOPBACK) ? here() : Place{FamilyInternet, bytes_of(address.sin_addr)};
  }
  if (peer.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &peer, sizeof address);
    if (IN6_IS_ADDR_LOOPBACK(&address.sin6_addr)) return here();
    const std::string bytes = bytes_of(address.sin6_addr);
    if (!IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) return {FamilyInternet6, bytes};
    return {FamilyInternet, bytes.substr(12)};
  }
  return here();
}

}  // namespace

Credentials find_credentials(const sockaddr_storage& peer, int display) {
  const Xau xau;
  const Place place = place_of(peer);
  const std::string number = std::to_string(display);
  std::string wanted = "MIT-MAGIC-COOKIE-1";
  char* name = wanted.data();
  const int length = static_cast<int>(wanted.size());
  const std::lock_guard lock(one_at_a_time);
  const std::unique_ptr<Xauth, decltype(xau.dispose)> found(
      xau.get_best(place.family, static_cast<unsigned short>(place.address.size()), place.address.data(),
                   static_cast<unsigned short>(number.size()), number.data(), 1, &name, &length),
      xau.dispose);
  if (!found) return {};
  return {std::string(found->name, found->name_length), std::string(found->data, found->data_length)};
}

}  // namespace capture
