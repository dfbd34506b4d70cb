// Waiting for a descriptor in a way that a stop ends at once. An object serves one wait after another of one thread, for as long
// as one stop token lives.
#pragma once

#include <poll.h>

#include <span>
#include <stop_token>
#include <vector>

#include "capture/descriptor.h"
#include "media/time.h"

namespace capture {

class Wake {
 public:
  /// Throws media::Error when the process is out of descriptors.
  explicit Wake(const std::stop_token& stop);

  enum class Outcome { kReady, kStopped, kLate };
  /// Until poll(2) reports one of `events`, a hang-up or an error on `fd`.
  Outcome wait(int fd, short events, media::Time deadline) const;
  /// The same for several, whose `revents` are set; the vector is its own again afterwards.
  Outcome wait(std::vector<pollfd>& descriptors, media::Time deadline) const;

 private:
  /// The last one is event_.
  static Outcome wait_for_any(std::span<pollfd> watched, media::Time deadline);

  struct Raise {
    int fd;
    void operator()() const noexcept;
  };

  Descriptor event_;
  std::stop_callback<Raise> raise_;  // last: it uses event_ until it is gone
};

}  // namespace capture
