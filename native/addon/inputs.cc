#include "addon/inputs.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "addon/options.h"

namespace addon {

namespace {

/// Keeps an object of another class, of another addon, or of another copy of this one from being taken for one of ours.
napi_type_tag tag_of(uint64_t name) {
  static const char copy = 0;  // has an address of its own in each copy that is loaded
  return {name, reinterpret_cast<uintptr_t>(&copy)};
}
// Chosen at random once.
const napi_type_tag kVideoInputTag = tag_of(0x6d1f0b7a52c94e1bULL);
const napi_type_tag kAudioInputTag = tag_of(0x2b97c3e1048f4d6aULL);

/// `took`: the reader has taken something.
std::shared_ptr<Channel<Room>> open_room(const Napi::CallbackInfo& info, std::function<void()> took) {
  if (!info[1].IsFunction()) throw Napi::TypeError::New(info.Env(), "onRoom must be a function");
  return std::make_shared<Channel<Room>>(info.Env(), info[1].As<Napi::Function>(), "rtmp-pusher room",
                                         [took = std::move(took)](Napi::Env, Napi::Function on_room, Room) {
                                           took();
                                           on_room.Call({});
                                         });
}

Napi::Object format_of(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "format must be an object");
  return info[0].As<Napi::Object>();
}

int64_t timestamp_of(const Napi::CallbackInfo& info) {
  const double timestamp = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(std::abs(timestamp) <= 9e15)) throw Napi::RangeError::New(info.Env(), "timestamp must be microseconds");
  return static_cast<int64_t>(timestamp);
}

template <class Object>
Object& unwrap(Napi::Object object, const napi_type_tag& tag, const char* name) {
  if (!object.CheckTypeTag(&tag)) throw Napi::TypeError::New(object.Env(), std::string("input must be a native ") + name);
  return *Napi::ObjectWrap<Object>::Unwrap(object);
}

}  // namespace

Napi::Function VideoInputObject::define(Napi::Env env) {
  return DefineClass(env, "VideoInput",
                     {InstanceMethod<&VideoInputObject::write>("write"), InstanceMethod<&VideoInputObject::end>("end"),
                      InstanceMethod<&VideoInputObject::close>("close")});
}

VideoInputObject::VideoInputObject(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      room_(open_room(info, [this] { memory_.note(input_->memory()); })),
      input_(std::make_shared<capture::VideoInput>(video_format(format_of(info)), [room = room_] { room->post({}); })),
      memory_(info.Env()) {
  info.This().As<Napi::Object>().TypeTag(&kVideoInputTag);
}

VideoInputObject::~VideoInputObject() {
  room_->close();   // on the JS thread, as only a Channel that is closed may die on another
  input_->close();  // a publication that has let go of the input keeps it among its settings
}

std::shared_ptr<capture::VideoInput> VideoInputObject::of(Napi::Object object) {
  return unwrap<VideoInputObject>(object, kVideoInputTag, "VideoInput").input_;
}

Napi::Value VideoInputObject::write(const Napi::CallbackInfo& info) {
  const auto data = bytes(info[0], "data");
  const int64_t timestamp = timestamp_of(info);
  if (data.size() != input_->frame_size()) {
    throw Napi::RangeError::New(info.Env(), "data must have " + std::to_string(input_->frame_size()) + " bytes, received " +
                                                std::to_string(data.size()));
  }
  input_->write(data, timestamp);
  memory_.note(input_->memory());
  return Napi::Boolean::New(info.Env(), input_->has_room());
}

void VideoInputObject::end(const Napi::CallbackInfo&) { input_->end(); }

void VideoInputObject::close(const Napi::CallbackInfo&) {
  input_->close();
  memory_.note(input_->memory());
}

Napi::Function AudioInputObject::define(Napi::Env env) {
  return DefineClass(env, "AudioInput",
                     {InstanceMethod<&AudioInputObject::write>("write"), InstanceMethod<&AudioInputObject::end>("end"),
                      InstanceMethod<&AudioInputObject::close>("close")});
}

AudioInputObject::AudioInputObject(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      room_(open_room(info, [this] { memory_.note(input_->memory()); })),
      input_(std::make_shared<capture::AudioInput>(audio_format(format_of(info)), [room = room_] { room->post({}); })),
      memory_(info.Env()) {
  info.This().As<Napi::Object>().TypeTag(&kAudioInputTag);
}

AudioInputObject::~AudioInputObject() {
  room_->close();
  input_->close();
}

std::shared_ptr<capture::AudioInput> AudioInputObject::of(Napi::Object object) {
  return unwrap<AudioInputObject>(object, kAudioInputTag, "AudioInput").input_;
}

Napi::Value AudioInputObject::write(const Napi::CallbackInfo& info) {
  const auto data = bytes(info[0], "data");
  const int64_t timestamp = timestamp_of(info);
  if (data.size() % input_->format().bytes_per_frame() != 0) {
    throw Napi::RangeError::New(info.Env(), "data must hold whole frames of " + std::to_string(input_->format().channels) +
                                                " samples");
  }
  input_->write(data, timestamp);
  memory_.note(input_->memory());
  return Napi::Boolean::New(info.Env(), input_->has_room());
}

void AudioInputObject::end(const Napi::CallbackInfo&) { input_->end(); }

void AudioInputObject::close(const Napi::CallbackInfo&) {
  input_->close();
  memory_.note(input_->memory());
}

}  // namespace addon
