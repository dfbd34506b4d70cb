#include "addon/errors.h"

namespace addon {

namespace {

void describe(Napi::Env env, Napi::Object object, const media::Error& error, const std::string& destination) {
  object.Set("code", std::string(error.code_name()));
  if (error.number != 0) object.Set("errno", error.number);
  if (error.syscall != nullptr) object.Set("syscall", error.syscall);
  if (!error.device.empty()) object.Set("device", error.device);
  if (!destination.empty()) object.Set("destination", destination);
  if (error.status) {
    auto status = Napi::Object::New(env);
    status.Set("code", error.status->code);
    status.Set("level", error.status->level);
    status.Set("description", error.status->description);
    object.Set("status", status);
  }
}

}  // namespace

Napi::Object to_object(Napi::Env env, const media::Error& error, const std::string& destination) {
  auto object = Napi::Object::New(env);
  object.Set("message", std::string(error.what()));
  describe(env, object, error, destination);
  return object;
}

Napi::Error to_exception(Napi::Env env, const media::Error& error) {
  auto exception = Napi::Error::New(env, error.what());
  describe(env, exception.Value(), error, {});
  return exception;
}

Napi::Array error_codes(Napi::Env env) {
  auto codes = Napi::Array::New(env, media::kCodeNames.size());
  for (uint32_t i = 0; i < media::kCodeNames.size(); ++i) codes.Set(i, std::string(media::kCodeNames[i]));
  return codes;
}

}  // namespace addon
