#include "capture/pulse_log.h"

#include <dlfcn.h>

#include <cstdlib>

#include "system/library.h"

namespace capture {

void silence_pulse() {
  if (std::getenv("PULSE_LOG") != nullptr) return;
  sys::LoadFailure none;
  void* const library = sys::load("libpulse.so.0", RTLD_LOCAL | RTLD_NODELETE, none);
  if (library == nullptr) return;
  const auto parse = reinterpret_cast<void* (*)(const char*)>(dlsym(library, "pa_log_parse_target"));
  const auto set = reinterpret_cast<int (*)(void*)>(dlsym(library, "pa_log_set_target"));
  const auto release = reinterpret_cast<void (*)(void*)>(dlsym(library, "pa_log_target_free"));
  if (parse != nullptr && set != nullptr && release != nullptr) {
    if (void* const nowhere = parse("null")) {
      set(nowhere);
      release(nowhere);
    }
  }
  dlclose(library);
}

}  // namespace capture
