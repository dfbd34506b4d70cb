// A new thread, or a media::Error that says why there is none.
#pragma once

#include <system_error>
#include <thread>
#include <utility>

#include "media/error.h"

namespace pipeline {

template <class Job>
std::jthread start_thread(media::Code code, Job&& job) {
  try {
    return std::jthread(std::forward<Job>(job));
  } catch (const std::system_error& error) {
    throw media::Error::no_thread(code, error.code().value());
  }
}

}  // namespace pipeline
