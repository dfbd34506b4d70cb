#include "rtmp/alarm.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>

#include "media/error.h"

namespace rtmp {

Alarm::Alarm() : bell_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!bell_) throw media::Error::from_errno(media::Code::kRtmpConnect, "a connection could not be set up", "eventfd", errno);
}

void Alarm::ring() noexcept {
  [[maybe_unused]] const int result = eventfd_write(bell_.get(), 1);
}

void Alarm::abort() noexcept {
  aborted_ = true;
  ring();
}

void Alarm::set_deadline(media::Time deadline) noexcept {
  deadline_ = deadline.count();
  ring();
}

void Alarm::bring_forward(media::Time deadline) noexcept {
  if (deadline.count() < deadline_) set_deadline(deadline);
}

void Alarm::poll(std::vector<pollfd>& fds, media::Time until) {
  fds.push_back({bell_.get(), POLLIN, 0});
  while (true) {
    if (aborted_) throw Aborted();
    const media::Time deadline(deadline_);
    const media::Time now = media::monotonic_now();
    if (now >= deadline) throw DeadlinePassed();
    const media::Time end = std::min(until, deadline);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::max(end - now, media::Time(0)));
    const timespec wait = {seconds.count(), std::chrono::nanoseconds(std::max(end - now, media::Time(0)) - seconds).count()};
    const int ready = ppoll(fds.data(), fds.size(), end == kNever ? nullptr : &wait, nullptr);
    const bool rung = ready > 0 && fds.back().revents != 0;
    if (rung) {
      eventfd_t count = 0;
      eventfd_read(bell_.get(), &count);
    }
    if (ready > (rung ? 1 : 0) || media::monotonic_now() >= until) break;
  }
  fds.pop_back();
  if (aborted_) throw Aborted();
}

}  // namespace rtmp
