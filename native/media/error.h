// The one error of the native side. Thrown inside a thread, never across one; src/errors.ts has the same table of codes and a
// test compares the two.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "media/shortage.h"

namespace media {

enum class Code {
  kDeviceNotFound,
  kDeviceBusy,
  kDeviceFormat,
  kDevicePermission,
  kDeviceLost,
  kEncoderOpen,
  kEncoderFailed,
  kRtmpUrl,
  kRtmpResolve,
  kRtmpConnect,
  kRtmpTimeout,
  kRtmpTls,
  kRtmpHandshake,
  kRtmpAuth,
  kRtmpRejected,
  kRtmpBusy,
  kRtmpDisconnected,
  kRtmpCongested,
  kInputTimestamps,
  kInputLeftOut,
};

inline constexpr std::array kCodeNames = std::to_array<std::string_view>({
    "ERR_DEVICE_NOT_FOUND",
    "ERR_DEVICE_BUSY",
    "ERR_DEVICE_FORMAT",
    "ERR_DEVICE_PERMISSION",
    "ERR_DEVICE_LOST",
    "ERR_ENCODER_OPEN",
    "ERR_ENCODER_FAILED",
    "ERR_RTMP_URL",
    "ERR_RTMP_RESOLVE",
    "ERR_RTMP_CONNECT",
    "ERR_RTMP_TIMEOUT",
    "ERR_RTMP_TLS",
    "ERR_RTMP_HANDSHAKE",
    "ERR_RTMP_AUTH",
    "ERR_RTMP_REJECTED",
    "ERR_RTMP_BUSY",
    "ERR_RTMP_DISCONNECTED",
    "ERR_RTMP_CONGESTED",
    "ERR_INPUT_TIMESTAMPS",
    "ERR_INPUT_LEFT_OUT",
});
static_assert(kCodeNames.size() == static_cast<size_t>(Code::kInputLeftOut) + 1);

/// What a server said in `onStatus`, `_result` or `_error`, in its own words.
struct Status {
  std::string code;
  std::string level;
  std::string description;
  std::string redirect = {};  // the URL of another server that it sends the publisher to
};

/// The message says what happened, where, and what to do. It never holds a stream key.
class Error : public std::runtime_error {
 public:
  Error(Code code, const std::string& message) : std::runtime_error(message), code(code) {}

  /// `advice` is what to do about a failure of that kind, with what joins it to the message. Where the number tells of a shortage,
  /// that is told in its place.
  static Error from_errno(Code code, const std::string& message, const char* syscall, int number, const std::string& advice = {}) {
    const char* const lacking = shortage(number);
    const std::string rest = lacking != nullptr ? std::string(": ") + lacking : advice;
    Error error(code, message + rest + ": " + std::strerror(number) + " (" + syscall + ")");
    error.number = number;
    error.syscall = syscall;
    return error;
  }
  /// What pthread_create() had no thread for.
  static Error no_thread(Code code, int number) {
    return from_errno(code, "there is no thread left: this process, its user or its container has as many as it may", "pthread_create",
                      number);
  }
  Error&& with_device(std::string name) && {
    device = std::move(name);
    return std::move(*this);
  }
  Error&& with_status(Status words) && {
    status = std::move(words);
    return std::move(*this);
  }

  std::string_view code_name() const { return kCodeNames[static_cast<size_t>(code)]; }

  Code code;
  int number = 0;                // errno, 0 if none
  const char* syscall = nullptr;  // set with number
  std::string device;            // the device's id, for ERR_DEVICE_*
  std::optional<Status> status;  // the server's words, for ERR_RTMP_*
};

}  // namespace media
