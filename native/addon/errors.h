// Native errors as plain objects for src/errors.ts, and as exceptions for calls that throw.
#pragma once

#include <napi.h>

#include <string>

#include "media/error.h"

namespace addon {

Napi::Object to_object(Napi::Env env, const media::Error& error, const std::string& destination = {});

/// A JS Error with the same properties.
Napi::Error to_exception(Napi::Env env, const media::Error& error);

/// ["ERR_DEVICE_NOT_FOUND", …], in the order of the table.
Napi::Array error_codes(Napi::Env env);

}  // namespace addon
