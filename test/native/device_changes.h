// What a watch of the devices tells, of one backend. It is followed on a thread of its own, so that a test that waits in vain
// ends.
#pragma once

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "capture/capture.h"

namespace test {

class Changes {
 public:
  Changes(bool existing, std::string backend)
      : watch_(capture::watch_devices(existing)), backend_(std::move(backend)), thread_([this](const std::stop_token& stop) {
          while (const auto change = watch_->next(stop)) {
            if (change->device.backend != backend_) continue;
            const std::lock_guard lock(mutex_);
            told_.push_back((change->added ? "+ " : "- ") + change->device.id);
            more_.notify_one();
          }
        }) {}

  bool any() {
    const std::lock_guard lock(mutex_);
    return !told_.empty();
  }
  /// "+ id" or "- id".
  std::string next() {
    std::unique_lock lock(mutex_);
    REQUIRE_MESSAGE(more_.wait_for(lock, std::chrono::seconds(30), [this] { return !told_.empty(); }), "waited for 30 s in vain");
    const std::string told = told_.front();
    told_.pop_front();
    return told;
  }

 private:
  std::unique_ptr<capture::DeviceWatch> watch_;
  std::string backend_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::string> told_;
  std::jthread thread_;
};

}  // namespace test
