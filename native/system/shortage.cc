#include "system/shortage.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "media/shortage.h"

namespace sys {
namespace {

// What failed has given back what it had: files within files when settings are read, a socket for each name server.
constexpr int kHeldAtOnce = 8;

}  // namespace

int shortage_now() {
  std::array<int, kHeldAtOnce> held{};
  int number = 0;
  size_t count = 0;
  while (count < held.size() && (held[count] = eventfd(0, EFD_CLOEXEC)) >= 0) ++count;
  if (count < held.size()) number = errno;
  while (count > 0) close(held[--count]);
  return number == EMFILE || number == ENFILE ? number : 0;
}

int shortage_behind(int number) { return media::shortage(number) != nullptr ? number : shortage_now(); }

}  // namespace sys
