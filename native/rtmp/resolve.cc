#include "rtmp/resolve.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "media/error.h"
#include "system/shortage.h"

namespace rtmp {
namespace {

constexpr size_t kMaxAddresses = 8;

Answer ask(const std::string& host, const std::string& port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  Answer answer;
  answer.error = getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  answer.number = answer.error == EAI_SYSTEM ? errno : 0;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_addrlen > sizeof(sockaddr_storage)) continue;
    Address address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    answer.addresses.push_back(address);
  }
  return answer;
}

// getaddrinfo() can neither be cancelled nor be given a deadline (resolv.conf decides: 10 s and more), so another thread asks it, and
// who asked may leave.
Answer ask_elsewhere(const std::string& host, const std::string& port, Alarm& alarm) {
  const auto lookup = Lookups::begin(host + ':' + port, [=] { return ask(host, port, 0); });
  std::vector<pollfd> fds = {{lookup->descriptor(), POLLIN, 0}};
  alarm.poll(fds);
  return *lookup->answer();
}

void take_turns(std::vector<Address>& addresses) {
  if (addresses.empty()) return;
  const auto first = addresses.front().storage.ss_family;
  std::vector<Address> other;
  std::erase_if(addresses, [&](const Address& address) {
    if (address.storage.ss_family == first) return false;
    other.push_back(address);
    return true;
  });
  for (size_t i = 0; i < other.size(); ++i) {
    addresses.insert(addresses.begin() + static_cast<ptrdiff_t>(std::min(2 * i + 1, addresses.size())), other[i]);
  }
  addresses.resize(std::min(addresses.size(), kMaxAddresses));
}

}  // namespace

std::vector<Address> resolve(const std::string& host, uint16_t port, Alarm& alarm) {
  const std::string service = std::to_string(port);
  Answer answer = ask(host, service, AI_NUMERICHOST);  // an address is read without any wait
  if (answer.error == EAI_NONAME) answer = ask_elsewhere(host, service, alarm);
  // Where the files and sockets that it takes cannot be had, the resolver speaks of the name.
  if (answer.error == EAI_MEMORY) answer.number = ENOMEM;
  if (const int lacking = answer.error != 0 ? sys::shortage_behind(answer.number) : 0; lacking != 0) {
    throw media::Error::from_errno(media::Code::kRtmpResolve, "cannot look up " + host, "getaddrinfo", lacking);
  }
  if (answer.error == EAI_SYSTEM) {
    throw media::Error::from_errno(media::Code::kRtmpResolve, "cannot look up " + host, "getaddrinfo", answer.number);
  }
  if (answer.error != 0 || answer.addresses.empty()) {
    const std::string reason = answer.error != 0 ? gai_strerror(answer.error) : "it has no address";
    throw media::Error(media::Code::kRtmpResolve,
                       "the host name " + host + " cannot be resolved (" + reason + "): check its spelling and the name service");
  }
  take_turns(answer.addresses);
  return std::move(answer.addresses);
}

}  // namespace rtmp
