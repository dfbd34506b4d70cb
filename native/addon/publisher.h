// NativePublisher of src/native.ts: the JS thread's hold on a publication. Keeps itself and the process alive from start() until
// `ended` was delivered; when the environment ends first, everything is cut and joined there, without JS.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "addon/channel.h"
#include "capture/input.h"
#include "pipeline/pipeline.h"

namespace addon {

class PublisherObject : public Napi::ObjectWrap<PublisherObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit PublisherObject(const Napi::CallbackInfo& info);
  ~PublisherObject() override;

 private:
  void start(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  void abort(const Napi::CallbackInfo& info);
  void set_video_bitrate(const Napi::CallbackInfo& info);
  void request_keyframe(const Napi::CallbackInfo& info);
  void replace_video_source(const Napi::CallbackInfo& info);
  void replace_audio_source(const Napi::CallbackInfo& info);
  void set_audio_gain(const Napi::CallbackInfo& info);
  void set_audio_muted(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);

  void deliver(Napi::Env env, Napi::Function on_event, pipeline::Event&& event);
  void end();
  static void on_environment_end(void* self);

  const Napi::Env env_;
  std::unique_ptr<Channel<pipeline::Event>> events_;
  std::shared_ptr<capture::InputClock> clock_;
  pipeline::Stats last_stats_;  // once publisher_ is gone
  bool started_ = false;
  std::unique_ptr<pipeline::Publisher> publisher_;
};

}  // namespace addon
