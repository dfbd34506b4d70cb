#include "addon/publisher.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "addon/errors.h"
#include "addon/options.h"
#include "addon/stats.h"

namespace addon {

namespace {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

const char* to_string(media::Track track) { return track == media::Track::kVideo ? "video" : "audio"; }

Napi::Object event_object(Napi::Env env, const pipeline::Event& event) {
  auto object = Napi::Object::New(env);
  std::visit(Match{[&](const pipeline::Started&) { object.Set("type", "started"); },
                   [&](const pipeline::Ended& ended) {
                     object.Set("type", "ended");
                     if (ended.error) object.Set("error", to_object(env, *ended.error, ended.destination));
                   },
                   [&](const pipeline::Congestion& congestion) {
                     object.Set("type", "congestion");
                     object.Set("buffered", static_cast<double>(congestion.buffered.count()) / 1000);
                     object.Set("droppedFrames", static_cast<double>(congestion.dropped_frames));
                   },
                   [&](const pipeline::Warning& warning) {
                     object.Set("type", "warning");
                     object.Set("error", to_object(env, warning.error));
                   },
                   [&](const pipeline::DeviceLost& lost) {
                     object.Set("type", "device-lost");
                     object.Set("track", to_string(lost.track));
                     object.Set("input", static_cast<uint32_t>(lost.input));
                     object.Set("error", to_object(env, lost.error));
                   },
                   [&](const pipeline::DeviceBack& back) {
                     object.Set("type", "device-back");
                     object.Set("track", to_string(back.track));
                     object.Set("input", static_cast<uint32_t>(back.input));
                     object.Set("device", back.device);
                     object.Set("away", static_cast<double>(back.away.count()) / 1000);
                   },
                   [&](const pipeline::DeviceChanged& changed) {
                     object.Set("type", "device-changed");
                     object.Set("track", to_string(changed.track));
                     object.Set("input", static_cast<uint32_t>(changed.input));
                     object.Set("device", changed.device);
                     object.Set("previous", changed.previous);
                   },
                   [&](const pipeline::SourceReplaced& replaced) {
                     object.Set("type", "replaced");
                     object.Set("ticket", replaced.ticket);
                     if (replaced.error) object.Set("error", to_object(env, *replaced.error));
                   }},
             event);
  return object;
}

/// Which of the sound's inputs a call is about.
size_t audio_input(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), "input must be a number");
  return info[0].As<Napi::Number>().Uint32Value();
}

}  // namespace

Napi::Function PublisherObject::define(Napi::Env env) {
  return DefineClass(env, "Publisher",
                     {InstanceMethod<&PublisherObject::start>("start"), InstanceMethod<&PublisherObject::stop>("stop"),
                      InstanceMethod<&PublisherObject::abort>("abort"), InstanceMethod<&PublisherObject::stats>("stats"),
                      InstanceMethod<&PublisherObject::set_video_bitrate>("setVideoBitrate"),
                      InstanceMethod<&PublisherObject::request_keyframe>("requestKeyframe"),
                      InstanceMethod<&PublisherObject::replace_video_source>("replaceVideoSource"),
                      InstanceMethod<&PublisherObject::replace_audio_source>("replaceAudioSource"),
                      InstanceMethod<&PublisherObject::set_audio_gain>("setAudioGain"),
                      InstanceMethod<&PublisherObject::set_audio_muted>("setAudioMuted")});
}

PublisherObject::PublisherObject(const Napi::CallbackInfo& info) : ObjectWrap(info), env_(info.Env()), clock_(std::make_shared<capture::InputClock>()) {
  if (!info[0].IsObject()) throw Napi::TypeError::New(env_, "options must be an object");
  if (!info[1].IsFunction()) throw Napi::TypeError::New(env_, "onEvent must be a function");
  const pipeline::Settings settings = publish_settings(info[0].As<Napi::Object>(), clock_);
  events_ = std::make_unique<Channel<pipeline::Event>>(
      env_, info[1].As<Napi::Function>(), "rtmp-pusher events",
      [this](Napi::Env env, Napi::Function on_event, pipeline::Event&& event) { deliver(env, on_event, std::move(event)); });
  try {
    publisher_ = std::make_unique<pipeline::Publisher>(
        settings, [events = events_.get()](pipeline::Event event) { events->post(std::move(event)); });
  } catch (const media::Error& error) {
    throw to_exception(env_, error);
  }
  napi_add_env_cleanup_hook(env_, &PublisherObject::on_environment_end, this);
}

PublisherObject::~PublisherObject() {
  napi_remove_env_cleanup_hook(env_, &PublisherObject::on_environment_end, this);
}

void PublisherObject::on_environment_end(void* self) { static_cast<PublisherObject*>(self)->publisher_.reset(); }

void PublisherObject::start(const Napi::CallbackInfo& info) {
  if (started_) throw Napi::Error::New(info.Env(), "start() may be called once");
  started_ = true;
  try {
    publisher_->start();
  } catch (const media::Error& error) {
    events_->close();
    throw to_exception(env_, error);
  } catch (const std::exception&) {
    events_->close();
    throw;
  }
  Ref();
  events_->ref();
}

void PublisherObject::stop(const Napi::CallbackInfo&) {
  if (publisher_) publisher_->stop();
}

void PublisherObject::abort(const Napi::CallbackInfo&) {
  if (publisher_) publisher_->abort();
}

void PublisherObject::set_video_bitrate(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber() || !info[1].IsNumber()) {
    throw Napi::TypeError::New(info.Env(), "bitrate and maxBufferBytes must be numbers");
  }
  if (!publisher_) return;
  publisher_->set_video_bitrate(info[0].As<Napi::Number>().Int32Value(),
                                static_cast<size_t>(std::max(0.0, info[1].As<Napi::Number>().DoubleValue())));
}

void PublisherObject::request_keyframe(const Napi::CallbackInfo&) {
  if (publisher_) publisher_->request_keyframe();
}

void PublisherObject::replace_video_source(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "source must be an object");
  if (!info[1].IsNumber()) throw Napi::TypeError::New(info.Env(), "ticket must be a number");
  if (!publisher_) return;
  publisher_->replace_video_source(video_source(info[0].As<Napi::Object>(), clock_), info[1].As<Napi::Number>().Uint32Value());
}

void PublisherObject::replace_audio_source(const Napi::CallbackInfo& info) {
  const size_t input = audio_input(info);
  if (!info[1].IsObject()) throw Napi::TypeError::New(info.Env(), "source must be an object");
  if (!info[2].IsNumber()) throw Napi::TypeError::New(info.Env(), "ticket must be a number");
  if (!publisher_) return;
  const uint32_t ticket = info[2].As<Napi::Number>().Uint32Value();
  publisher_->replace_audio_source(input, audio_source(info[1].As<Napi::Object>(), clock_), ticket);
}

void PublisherObject::set_audio_gain(const Napi::CallbackInfo& info) {
  if (!info[1].IsNumber()) throw Napi::TypeError::New(info.Env(), "gain must be a number");
  if (publisher_) publisher_->set_audio_gain(audio_input(info), info[1].As<Napi::Number>().DoubleValue());
}

void PublisherObject::set_audio_muted(const Napi::CallbackInfo& info) {
  if (publisher_) publisher_->set_audio_muted(audio_input(info), info[1].ToBoolean());
}

Napi::Value PublisherObject::stats(const Napi::CallbackInfo& info) {
  return to_object(info.Env(), publisher_ ? publisher_->stats() : last_stats_);
}

void PublisherObject::deliver(Napi::Env env, Napi::Function on_event, pipeline::Event&& event) {
  if (!std::holds_alternative<pipeline::Ended>(event)) {
    on_event.Call({event_object(env, event)});
    return;
  }
  [[maybe_unused]] const Napi::Object alive = Value();  // until this returns
  // Before the program is told: it may look at the statistics, start anew or exit from within its listener.
  end();
  // After it was told: who holds the program's function holds the publication, and this object through it.
  const struct Closing {
    Channel<pipeline::Event>& events;
    ~Closing() { events.close(); }
  } closing{*events_};
  on_event.Call({event_object(env, event)});
}

void PublisherObject::end() {
  last_stats_ = publisher_->stats();
  publisher_.reset();
  events_->unref();
  Unref();
}

}  // namespace addon
