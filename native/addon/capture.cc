#include "addon/capture.h"

#include <algorithm>
#include <span>
#include <variant>

#include "addon/devices.h"
#include "addon/errors.h"
#include "addon/options.h"

namespace addon {

namespace {

Napi::ArrayBuffer to_array_buffer(Napi::Env env, std::span<const uint8_t> bytes) {
  auto buffer = Napi::ArrayBuffer::New(env, bytes.size());
  std::ranges::copy(bytes, static_cast<uint8_t*>(buffer.Data()));
  return buffer;
}

/// Pixels become JS memory without a copy, and are used again when the program has let go of it. V8 counts them as its own. Where
/// the runtime (Electron) has no memory but its own they are copied.
Napi::ArrayBuffer to_array_buffer(Napi::Env env, pipeline::Pixels&& pixels) {
  auto owned = std::make_unique<pipeline::Pixels>(std::move(pixels));
  const auto bytes = owned->bytes();
  const auto let_go = [](napi_env, void*, void* pixels) { delete static_cast<pipeline::Pixels*>(pixels); };
  napi_value value = nullptr;
  const napi_status status = napi_create_external_arraybuffer(env, bytes.data(), bytes.size(), let_go, owned.get(), &value);
  if (status == napi_ok) {
    owned.release();
    return {env, value};
  }
  if (status != napi_no_external_buffers_allowed) throw Napi::Error::New(env);
  return to_array_buffer(env, bytes);
}

Napi::Value frame_object(Napi::Env env, pipeline::CapturedFrame&& frame) {
  auto object = Napi::Object::New(env);
  object.Set("format", to_string(frame.format.pixel_format));
  object.Set("width", frame.format.width);
  object.Set("height", frame.format.height);
  object.Set("timestamp", static_cast<double>(frame.pts.count()));
  object.Set("sequence", static_cast<double>(frame.sequence));
  const size_t size = frame.pixels.bytes().size();
  object.Set("data", Napi::Uint8Array::New(env, size, to_array_buffer(env, std::move(frame.pixels)), 0));
  return object;
}

Napi::Value buffer_object(Napi::Env env, pipeline::CapturedBuffer&& buffer) {
  auto object = Napi::Object::New(env);
  const bool s16 = buffer.format.sample_format == media::SampleFormat::kS16;
  object.Set("format", to_string(buffer.format.sample_format));
  object.Set("sampleRate", buffer.format.sample_rate);
  object.Set("channels", buffer.format.channels);
  object.Set("timestamp", static_cast<double>(buffer.pts.count()));
  const size_t samples = buffer.bytes.size() / (s16 ? 2 : 4);
  const auto bytes = to_array_buffer(env, buffer.bytes);
  if (s16) {
    object.Set("data", Napi::Int16Array::New(env, samples, bytes, 0));
  } else {
    object.Set("data", Napi::Float32Array::New(env, samples, bytes, 0));
  }
  return object;
}

Napi::Object source_of(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "source must be an object");
  return info[0].As<Napi::Object>();
}

template <class Written, class Settings>
Settings device_of(const Napi::CallbackInfo& info, Settings settings) {
  if (std::holds_alternative<Written>(settings)) {
    throw Napi::TypeError::New(info.Env(), "source must be a device or a synthetic source: an input is the program's own");
  }
  return settings;
}

}  // namespace

template <class Native, class Item>
CaptureObject<Native, Item>::CaptureObject(Napi::Env env, Open open, ToObject to_object)
    : env_(env),
      open_(std::move(open)),
      to_object_(to_object),
      items_(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "rtmp-pusher capture",
             [this](Napi::Env env, Napi::Function, pipeline::Captured<Item>&& item) { deliver(env, std::move(item)); }) {
  napi_add_env_cleanup_hook(env_, &CaptureObject::on_environment_end, this);
}

template <class Native, class Item>
CaptureObject<Native, Item>::~CaptureObject() {
  napi_remove_env_cleanup_hook(env_, &CaptureObject::on_environment_end, this);
}

template <class Native, class Item>
void CaptureObject<Native, Item>::read(Napi::Env env, Napi::Value done) {
  if (!done.IsFunction()) throw Napi::TypeError::New(env, "done must be a function");
  if (!done_.IsEmpty()) throw Napi::Error::New(env, "one read at a time");
  done_ = Napi::Persistent(done.As<Napi::Function>());
  items_.ref();
  if (closed_) return items_.post({});
  try {
    if (!native_) native_ = open_();
  } catch (const media::Error& error) {
    return items_.post({.item = {}, .error = error});
  }
  native_->read([items = &items_](pipeline::Captured<Item> captured) { items->post(std::move(captured)); });
}

template <class Native, class Item>
void CaptureObject<Native, Item>::close() {
  closed_ = true;
  if (native_) native_->close();
}

template <class Native, class Item>
void CaptureObject<Native, Item>::deliver(Napi::Env env, pipeline::Captured<Item>&& captured) {
  items_.unref();
  const Napi::FunctionReference done = std::move(done_);
  done_.Reset();
  const Napi::Value error = captured.error ? Napi::Value(addon::to_object(env, *captured.error)) : env.Undefined();
  const Napi::Value item = captured.item ? to_object_(env, std::move(*captured.item)) : env.Null();
  done.Call({error, item});
}

Napi::Function VideoCaptureObject::define(Napi::Env env) {
  return DefineClass(
      env, "VideoCapture",
      {InstanceMethod<&VideoCaptureObject::read>("read"), InstanceMethod<&VideoCaptureObject::close>("close")});
}

VideoCaptureObject::VideoCaptureObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  auto settings = device_of<capture::WrittenVideo>(info, video_source(source_of(info), nullptr));
  capture_ = std::make_unique<CaptureObject<pipeline::VideoCapture, pipeline::CapturedFrame>>(
      info.Env(), [settings, rgba = info[1].ToBoolean().Value()] { return pipeline::capture_video(settings, rgba); },
      &frame_object);
}

void VideoCaptureObject::read(const Napi::CallbackInfo& info) { capture_->read(info.Env(), info[0]); }
void VideoCaptureObject::close(const Napi::CallbackInfo&) { capture_->close(); }

Napi::Function AudioCaptureObject::define(Napi::Env env) {
  return DefineClass(
      env, "AudioCapture",
      {InstanceMethod<&AudioCaptureObject::read>("read"), InstanceMethod<&AudioCaptureObject::close>("close")});
}

AudioCaptureObject::AudioCaptureObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  auto settings = device_of<capture::WrittenAudio>(info, audio_source(source_of(info), nullptr));
  capture_ = std::make_unique<CaptureObject<pipeline::AudioCapture, pipeline::CapturedBuffer>>(
      info.Env(), [settings] { return pipeline::capture_audio(settings); }, &buffer_object);
}

void AudioCaptureObject::read(const Napi::CallbackInfo& info) { capture_->read(info.Env(), info[0]); }
void AudioCaptureObject::close(const Napi::CallbackInfo&) { capture_->close(); }

Napi::Function DeviceWatchObject::define(Napi::Env env) {
  return DefineClass(
      env, "DeviceWatch",
      {InstanceMethod<&DeviceWatchObject::read>("read"), InstanceMethod<&DeviceWatchObject::close>("close")});
}

DeviceWatchObject::DeviceWatchObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  watch_ = std::make_unique<CaptureObject<pipeline::DeviceWatch, capture::DeviceChange>>(
      info.Env(), [existing = info[0].ToBoolean().Value()] { return pipeline::watch_devices(existing); }, &change_object);
}

void DeviceWatchObject::read(const Napi::CallbackInfo& info) { watch_->read(info.Env(), info[0]); }
void DeviceWatchObject::close(const Napi::CallbackInfo&) { watch_->close(); }

}  // namespace addon
