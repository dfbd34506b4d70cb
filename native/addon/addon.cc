// What the addon exports: the shape in src/native.ts. Nothing here is static, so every worker thread may load it.
#include <napi.h>

#include <string>

#include "addon/capture.h"
#include "addon/controls.h"
#include "addon/devices.h"
#include "addon/errors.h"
#include "addon/inputs.h"
#include "addon/publisher.h"
#include "codec/codec.h"
#include "rtmp/rtmp.h"

namespace addon {

namespace {

Napi::Value parse_url(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsString()) throw Napi::TypeError::New(env, "url must be a string");
  try {
    const rtmp::Url url = rtmp::Url::parse(info[0].As<Napi::String>().Utf8Value());
    auto object = Napi::Object::New(env);
    object.Set("masked", url.masked());
    object.Set("host", url.host);
    object.Set("port", url.port);
    object.Set("app", url.app);
    return object;
  } catch (const media::Error& error) {
    throw to_exception(env, error);
  }
}

Napi::Value versions(const Napi::CallbackInfo& info) {
  auto object = Napi::Object::New(info.Env());
  object.Set("x264", codec::x264_version());
  object.Set("faac", codec::faac_version());
  return object;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Publisher", PublisherObject::define(env));
  exports.Set("VideoInput", VideoInputObject::define(env));
  exports.Set("AudioInput", AudioInputObject::define(env));
  exports.Set("VideoCapture", VideoCaptureObject::define(env));
  exports.Set("AudioCapture", AudioCaptureObject::define(env));
  exports.Set("DeviceWatch", DeviceWatchObject::define(env));
  exports.Set("listDevices", Napi::Function::New<list_devices>(env, "listDevices"));
  exports.Set("cameraControls", Napi::Function::New<camera_controls>(env, "cameraControls"));
  exports.Set("parseUrl", Napi::Function::New<parse_url>(env, "parseUrl"));
  exports.Set("errorCodes", error_codes(env));
  // A getter: looking for libfaac takes time that only who asks should spend.
  exports.DefineProperty(Napi::PropertyDescriptor::Accessor<versions>("versions", napi_enumerable));
  return exports;
}

}  // namespace

}  // namespace addon

using addon::init;
NODE_API_MODULE(NODE_GYP_MODULE_NAME, init)
