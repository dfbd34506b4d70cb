// VideoCapture, AudioCapture and DeviceWatch of src/native.ts: raw frames, sound, and devices that come and go, for the program.
// JS thread only.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <utility>

#include "addon/channel.h"
#include "pipeline/pipeline.h"

namespace addon {

/// `Native` is one of the pipeline's captures, `Item` what it reads. Opens the device at the first read(); keeps the
/// process alive while a read is pending; when the environment ends first, it is closed and joined there.
template <class Native, class Item>
class CaptureObject {
 public:
  using Open = std::function<std::unique_ptr<Native>()>;
  using ToObject = Napi::Value (*)(Napi::Env, Item&&);

  CaptureObject(Napi::Env env, Open open, ToObject to_object);
  ~CaptureObject();

  void read(Napi::Env env, Napi::Value done);
  void close();

 private:
  void deliver(Napi::Env env, pipeline::Captured<Item>&& captured);
  static void on_environment_end(void* self) { static_cast<CaptureObject*>(self)->close(); }

  const Napi::Env env_;
  const Open open_;
  const ToObject to_object_;
  Napi::FunctionReference done_;
  bool closed_ = false;
  Channel<pipeline::Captured<Item>> items_;
  std::unique_ptr<Native> native_;
};

class VideoCaptureObject : public Napi::ObjectWrap<VideoCaptureObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit VideoCaptureObject(const Napi::CallbackInfo& info);

 private:
  void read(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  std::unique_ptr<CaptureObject<pipeline::VideoCapture, pipeline::CapturedFrame>> capture_;
};

class AudioCaptureObject : public Napi::ObjectWrap<AudioCaptureObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit AudioCaptureObject(const Napi::CallbackInfo& info);

 private:
  void read(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  std::unique_ptr<CaptureObject<pipeline::AudioCapture, pipeline::CapturedBuffer>> capture_;
};

class DeviceWatchObject : public Napi::ObjectWrap<DeviceWatchObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit DeviceWatchObject(const Napi::CallbackInfo& info);

 private:
  void read(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  std::unique_ptr<CaptureObject<pipeline::DeviceWatch, capture::DeviceChange>> watch_;
};

}  // namespace addon
