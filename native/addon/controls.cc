#include "addon/controls.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "addon/errors.h"
#include "addon/options.h"
#include "capture/capture.h"
#include "media/error.h"

namespace addon {

namespace {

Napi::Object to_object(Napi::Env env, const capture::CameraControl& control) {
  auto items = Napi::Array::New(env, control.items.size());
  for (uint32_t i = 0; i < control.items.size(); ++i) {
    auto item = Napi::Object::New(env);
    item.Set("value", static_cast<double>(control.items[i].value));
    item.Set("label", control.items[i].label);
    items.Set(i, item);
  }
  auto object = Napi::Object::New(env);
  object.Set("name", control.name);
  object.Set("label", control.label);
  object.Set("type", control.type);
  object.Set("min", static_cast<double>(control.min));
  object.Set("max", static_cast<double>(control.max));
  object.Set("step", static_cast<double>(control.step));
  object.Set("default", static_cast<double>(control.preset));
  object.Set("value", static_cast<double>(control.value));
  object.Set("items", items);
  object.Set("readOnly", control.read_only);
  object.Set("inactive", control.inactive);
  object.Set("volatile", control.is_volatile);
  return object;
}

/// On a thread of the pool: a camera on USB may take its time to answer. Deletes itself when it is done.
class ControlsRequest : public Napi::AsyncWorker {
 public:
  ControlsRequest(Napi::Env env, std::string device, capture::ControlValues values)
      : AsyncWorker(env, "rtmp-pusher controls"), deferred_(env), device_(std::move(device)), values_(std::move(values)) {}
  Napi::Promise promise() { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      controls_ = capture::camera_controls(device_, values_);
    } catch (const media::Error& error) {
      refusal_ = error;
    }
  }

  void OnOK() override {
    if (refusal_) return deferred_.Reject(to_exception(Env(), *refusal_).Value());
    auto result = Napi::Array::New(Env(), controls_.size());
    for (uint32_t i = 0; i < controls_.size(); ++i) result.Set(i, to_object(Env(), controls_[i]));
    deferred_.Resolve(result);
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  std::string device_;
  capture::ControlValues values_;
  std::vector<capture::CameraControl> controls_;
  std::optional<media::Error> refusal_;
};

}  // namespace

Napi::Value camera_controls(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) throw Napi::TypeError::New(info.Env(), "device must be a string");
  auto* request = new ControlsRequest(info.Env(), info[0].As<Napi::String>().Utf8Value(), control_values(info[1]));
  const Napi::Promise promise = request->promise();
  request->Queue();
  return promise;
}

}  // namespace addon
