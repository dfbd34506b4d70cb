// A camera's controls for JS: (device, values) → a promise of what they are, once the values are set.
#pragma once

#include <napi.h>

namespace addon {

Napi::Value camera_controls(const Napi::CallbackInfo& info);

}  // namespace addon
