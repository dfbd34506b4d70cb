#include "capture/wake.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "media/error.h"

namespace capture {
namespace {

Descriptor make_event() {
  Descriptor event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) throw media::Error::from_errno(media::Code::kDeviceLost, "capture could not wait", "eventfd", errno);
  return event;
}

}  // namespace

Wake::Wake(const std::stop_token& stop) : event_(make_event()), raise_(stop, Raise{event_.get()}) {}

void Wake::Raise::operator()() const noexcept { eventfd_write(fd, 1); }

Wake::Outcome Wake::wait(int fd, short events, media::Time deadline) const {
  std::array<pollfd, 2> watched = {{{fd, events, 0}, {event_.get(), POLLIN, 0}}};
  return wait_for_any(watched, deadline);
}

Wake::Outcome Wake::wait(std::vector<pollfd>& descriptors, media::Time deadline) const {
  descriptors.push_back({event_.get(), POLLIN, 0});
  const Outcome outcome = wait_for_any(descriptors, deadline);
  descriptors.pop_back();
  return outcome;
}

Wake::Outcome Wake::wait_for_any(std::span<pollfd> watched, media::Time deadline) {
  for (;;) {
    const auto left = std::max(media::Time::zero(), deadline - media::monotonic_now());
    const timespec timeout{left.count() / 1'000'000, left.count() % 1'000'000 * 1000};
    const int count = ppoll(watched.data(), watched.size(), &timeout, nullptr);
    if (count < 0 && errno != EINTR) {
      throw media::Error::from_errno(media::Code::kDeviceLost, "capture could not wait", "ppoll", errno);
    }
    if (count < 0) continue;
    if (watched.back().revents != 0) return Outcome::kStopped;
    return count > 0 ? Outcome::kReady : Outcome::kLate;
  }
}

}  // namespace capture
