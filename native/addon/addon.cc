// What the addon exports: the shape in src/native.ts. Nothing here is static, so every worker thread may load it.
#include <napi.h>

#include <string>

#include "addon/capture.h"
#include "addon/controls.h"
#include "addon/errors.h"
#include "addon/inputs.h"
#include "addon/publisher.h"
#include "codec/codec.h"
#include "rtmp/rtmp.h"

namespace addon {

namespace {

Napi::Array modes_array(Napi::Env env, const std::vector<capture::CameraMode>& modes) {
  auto result = Napi::Array::New(env, modes.size());
  for (uint32_t i = 0; i < modes.size(); ++i) {
    auto rates = Napi::Array::New(env, modes[i].frame_rates.size());
    for (uint32_t k = 0; k < modes[i].frame_rates.size(); ++k) rates.Set(k, modes[i].frame_rates[k].value());
    auto mode = Napi::Object::New(env);
    mode.Set("format", modes[i].format);
    mode.Set("width", modes[i].width);
    mode.Set("height", modes[i].height);
    mode.Set("frameRates", rates);
    result.Set(i, mode);
  }
  return result;
}

class DeviceListing : public Napi::AsyncWorker {
 public:
  explicit DeviceListing(Napi::Env env) : AsyncWorker(env, "rtmp-pusher devices"), deferred_(env) {}
  Napi::Promise promise() { return deferred_.Promise(); }

 protected:
  void Execute() override { list_ = capture::list_devices(); }

  void OnOK() override {
    const Napi::Env env = Env();
    auto devices = Napi::Array::New(env, list_.devices.size());
    for (uint32_t i = 0; i < list_.devices.size(); ++i) {
      const capture::Device& device = list_.devices[i];
      auto object = Napi::Object::New(env);
      object.Set("kind", device.kind);
      object.Set("id", device.id);
      object.Set("label", device.label);
      object.Set("backend", device.backend);
      object.Set("width", device.width);
      object.Set("height", device.height);
      object.Set("sampleRate", device.sample_rate);
      object.Set("channels", device.channels);
      object.Set("modes", modes_array(env, device.modes));
      devices.Set(i, object);
    }
    auto notes = Napi::Array::New(env, list_.notes.size());
    for (uint32_t i = 0; i < list_.notes.size(); ++i) notes.Set(i, list_.notes[i]);
    auto result = Napi::Object::New(env);
    result.Set("devices", devices);
    result.Set("notes", notes);
    deferred_.Resolve(result);
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  capture::DeviceList list_;
};

Napi::Value list_devices(const Napi::CallbackInfo& info) {
  auto* listing = new DeviceListing(info.Env());  // deletes itself when it is done
  const Napi::Promise promise = listing->promise();
  listing->Queue();
  return promise;
}

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
