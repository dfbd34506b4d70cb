// Statistics as NativeStats of src/native.ts.
#pragma once

#include <napi.h>

#include "pipeline/pipeline.h"

namespace addon {

Napi::Object to_object(Napi::Env env, const pipeline::Stats& stats);

}  // namespace addon
