// A thread with one job and one end: the place where exceptions of the pipeline stop.
#pragma once

#include <pthread.h>

#include <cerrno>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <thread>

#include "media/error.h"
#include "pipeline/thread.h"

namespace pipeline {

class Worker {
 public:
  /// Runs `job` on a new thread, then `ended` on the same one, with what `job` threw. `name` has at most 15 characters: it is
  /// what top and gdb show. `code` stands for exceptions that are not a media::Error, such as bad_alloc, and is thrown if there is
  /// no thread.
  Worker(const char* name, media::Code code, std::function<void(std::stop_token)> job,
         std::function<void(std::optional<media::Error>)> ended)
      : thread_(start_thread(code, [name, code, job = std::move(job), ended = std::move(ended)](std::stop_token stop) {
          pthread_setname_np(pthread_self(), name);
          std::optional<media::Error> error;
          try {
            job(stop);
          } catch (const media::Error& thrown) {
            error = thrown;
          } catch (const std::bad_alloc&) {
            error = media::Error::from_errno(code, "it could not go on", "malloc", ENOMEM);
          } catch (const std::exception& thrown) {
            error = media::Error(code, std::string("unexpected: ") + thrown.what());
          }
          ended(std::move(error));
        })) {}

  void request_stop() { thread_.request_stop(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::jthread thread_;
};

}  // namespace pipeline
