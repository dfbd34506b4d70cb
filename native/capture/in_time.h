// Work that may never end, given a time to end in. It runs on a thread of its own, which is left behind when it hangs: nothing ends
// a library's wait for a server. The work must own all that it uses.
#pragma once

#include <chrono>
#include <future>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "capture/library.h"
#include "media/time.h"

namespace capture {

/// What `work` returns, or throws. Empty when it does not end within `patience`, or not before `stop`; its result is then dropped.
template <typename Work>
auto in_time(Work work, media::Time patience, const std::stop_token& stop) -> std::optional<decltype(work())> {
  std::packaged_task<decltype(work())()> task(std::move(work));
  auto result = task.get_future();
  std::thread thread(std::move(task));
  const media::Time deadline = media::monotonic_now() + patience;
  while (result.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) {
    if (!stop.stop_requested() && media::monotonic_now() < deadline) continue;
    keep_this_code_loaded();
    thread.detach();
    return std::nullopt;
  }
  thread.join();
  return result.get();
}

}  // namespace capture
