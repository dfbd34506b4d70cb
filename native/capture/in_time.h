// Work that may never end, given a time to end in. It runs on a thread of its own, which is left behind when it hangs: nothing
// ends a library's wait for a server. The work must own all that it uses. Who tries again and again leaves one thread behind, not
// many.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "capture/library.h"
#include "media/error.h"
#include "media/time.h"

namespace capture {

/// The works that were left behind, by name. Any thread.
class LeftBehind {
 public:
  static bool lives(const std::string& name);
  /// `ended` becomes true when all that it held is let go. Shared, because either may outlive the other.
  static void add(const std::string& name, std::shared_ptr<const std::atomic<bool>> ended);
};

/// What `work` returns, or throws. Empty when it does not end within `patience`, or not before `stop`; its result is then dropped.
/// It begins when what was left behind under this name has ended.
template <typename Work>
auto in_time(const std::string& name, Work work, media::Time patience, const std::stop_token& stop)
    -> std::optional<decltype(work())> {
  constexpr auto kPause = std::chrono::milliseconds(10);
  const media::Time deadline = media::monotonic_now() + patience;
  const auto is_over = [&] { return stop.stop_requested() || media::monotonic_now() >= deadline; };
  while (LeftBehind::lives(name)) {
    if (is_over()) return std::nullopt;
    std::this_thread::sleep_for(kPause);
  }
  std::packaged_task<decltype(work())()> task(std::move(work));
  auto result = task.get_future();
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  std::thread thread;
  try {
    thread = std::thread([task = std::move(task), ended]() mutable {
      std::exchange(task, {})();  // with the task goes a result that nobody waits for
      *ended = true;
    });
  } catch (const std::system_error& error) {
    throw media::Error::no_thread(media::Code::kDeviceLost, error.code().value());
  }
  while (result.wait_for(kPause) != std::future_status::ready) {
    if (!is_over()) continue;
    keep_this_code_loaded();
    LeftBehind::add(name, ended);
    thread.detach();
    return std::nullopt;
  }
  thread.join();
  return result.get();
}

}  // namespace capture
