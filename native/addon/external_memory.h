// Memory outside V8's heap that an object of that heap keeps: V8 is told of it, so that garbage is collected in time. JS thread only.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>

namespace addon {

class ExternalMemory {
 public:
  explicit ExternalMemory(Napi::Env env) : env_(env) {}
  ~ExternalMemory() { note(0); }
  ExternalMemory(const ExternalMemory&) = delete;
  ExternalMemory& operator=(const ExternalMemory&) = delete;

  /// What there is now.
  void note(size_t bytes) {
    const auto now = static_cast<int64_t>(bytes);
    if (now != told_) Napi::MemoryManagement::AdjustExternalMemory(env_, now - told_);
    told_ = now;
  }

 private:
  const Napi::Env env_;
  int64_t told_ = 0;
};

}  // namespace addon
