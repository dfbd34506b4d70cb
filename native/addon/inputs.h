// VideoInput and AudioInput of src/native.ts: the program's side of capture/input.h. JS thread only.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/channel.h"
#include "addon/external_memory.h"
#include "capture/input.h"

namespace addon {

struct Room {};  // what on_room has to say

class VideoInputObject : public Napi::ObjectWrap<VideoInputObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit VideoInputObject(const Napi::CallbackInfo& info);
  ~VideoInputObject() override;

  /// The input in a JS object; a TypeError when it is some other object.
  static std::shared_ptr<capture::VideoInput> of(Napi::Object object);

 private:
  Napi::Value write(const Napi::CallbackInfo& info);
  void end(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  std::shared_ptr<Channel<Room>> room_;  // shared with the input's callback, which a track may outlive this object with
  std::shared_ptr<capture::VideoInput> input_;
  ExternalMemory memory_;
};

class AudioInputObject : public Napi::ObjectWrap<AudioInputObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit AudioInputObject(const Napi::CallbackInfo& info);
  ~AudioInputObject() override;
  static std::shared_ptr<capture::AudioInput> of(Napi::Object object);

 private:
  Napi::Value write(const Napi::CallbackInfo& info);
  void end(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  std::shared_ptr<Channel<Room>> room_;  // as above
  std::shared_ptr<capture::AudioInput> input_;
  ExternalMemory memory_;
};

}  // namespace addon
