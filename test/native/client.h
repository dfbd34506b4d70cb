// A connection under test, and what tests ask of it.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>

#include "rtmp/rtmp.h"
#include "server_bytes.h"

namespace client {

using namespace std::chrono_literals;
using media::Error;
using server_bytes::Bytes;

inline constexpr media::Time kLong = 60s;  // never reached: a test that waits for it hangs

inline rtmp::Options options(media::Time connect_timeout = kLong, media::Time write_timeout = kLong) {
  return {connect_timeout, write_timeout, "FMLE/3.0 (compatible; test)"};
}

/// A connection, and a semaphore that its wake-ups release.
struct Client {
  explicit Client(const std::string& url, rtmp::Options settings = options())
      : connection(rtmp::Url::parse(url), settings, [this] { woken.release(); }) {}

  std::optional<Error> open(std::stop_token stop = {}) {
    try {
      connection.open(stop);
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("sekret") == std::string::npos);
      return error;
    }
    return std::nullopt;
  }
  void until_taken() {
    while (!connection.taken()) std::this_thread::sleep_for(1ms);
  }
  /// Serves until the connection ends.
  Error end() {
    try {
      while (true) {
        woken.acquire();
        connection.service();
      }
    } catch (const Error& error) {
      return error;
    }
  }
  /// Sends until that fails.
  Error send_until_failure() {
    const Bytes frame(30'000, 7);
    try {
      for (uint32_t time = 0;; ++time) connection.send_track(media::Track::kVideo, frame, time);
    } catch (const Error& error) {
      return error;
    }
  }

  std::counting_semaphore<> woken{0};
  rtmp::Connection connection;
};

inline bool says(const Error& error, std::string_view text) {
  return std::string_view(error.what()).find(text) != std::string_view::npos;
}

}  // namespace client
