// The threads that wait for the name service, a few for the whole process: a look-up cannot be ended, and who asks again and again
// while the service is silent may not fill the process with them.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rtmp/fd.h"

namespace rtmp {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// What getaddrinfo() said.
struct Answer {
  int error = 0;   // EAI_…
  int number = 0;  // errno, for EAI_SYSTEM
  std::vector<Address> addresses = {};
};

/// A question that is asked elsewhere. Any thread.
class Lookup {
 public:
  explicit Lookup(std::function<Answer()> ask);  // throws ERR_RTMP_RESOLVE when there are no descriptors left

  /// Readable when there is an answer.
  int descriptor() const { return done_.get(); }
  /// Empty before.
  std::optional<Answer> answer() const;
  // Once, by the thread that asks:
  Answer ask() const { return ask_(); }
  void settle(Answer answer);

 private:
  const std::function<Answer()> ask_;
  const Fd done_;  // an eventfd, never read
  mutable std::mutex mutex_;
  std::optional<Answer> answer_;
};

class Lookups {
 public:
  static constexpr size_t kMaxThreads = 8;

  /// Asks on one of the threads, in its turn. Who asks for the same name meanwhile gets the same look-up, and one that nobody holds any
  /// more is not begun. `ask` owns all that it uses and throws nothing. Any thread. Throws ERR_RTMP_RESOLVE when there is no thread and
  /// none is to be had.
  static std::shared_ptr<const Lookup> begin(const std::string& name, std::function<Answer()> ask);
};

}  // namespace rtmp
