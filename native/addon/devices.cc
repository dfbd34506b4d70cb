#include "addon/devices.h"

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

Napi::Object device_object(Napi::Env env, const capture::Device& device) {
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
  return object;
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
    for (uint32_t i = 0; i < list_.devices.size(); ++i) devices.Set(i, device_object(env, list_.devices[i]));
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

}  // namespace

Napi::Value list_devices(const Napi::CallbackInfo& info) {
  auto* listing = new DeviceListing(info.Env());  // deletes itself when it is done
  const Napi::Promise promise = listing->promise();
  listing->Queue();
  return promise;
}

Napi::Value change_object(Napi::Env env, capture::DeviceChange&& change) {
  auto object = Napi::Object::New(env);
  object.Set("type", change.added ? "added" : "removed");
  object.Set("device", device_object(env, change.device));
  return object;
}

}  // namespace addon
