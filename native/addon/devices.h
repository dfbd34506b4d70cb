// Devices as src/native.ts declares them. JS thread only.
#pragma once

#include <napi.h>

#include "capture/capture.h"

namespace addon {

/// listDevices().
Napi::Value list_devices(const Napi::CallbackInfo& info);

/// What DeviceWatch reads.
Napi::Value change_object(Napi::Env env, capture::DeviceChange&& change);

}  // namespace addon
