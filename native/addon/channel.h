// A function of the program that any thread may have called. Owns the thread-safe function below it; closes it when the
// environment ends, whatever the order in which objects die, so that a late post() is a no-op and never reaches freed memory.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace addon {

template <class Data>
class Channel {
 public:
  /// Runs on the JS thread, in the order of the posts. What the program's function throws becomes an uncaughtException.
  using Deliver = std::function<void(Napi::Env, Napi::Function, Data&&)>;

  /// Does not keep the process alive until ref().
  Channel(Napi::Env env, Napi::Function function, const char* name, Deliver deliver)
      : env_(env), deliver_(std::move(deliver)) {
    function_ = Function::New(env, function, name, 0, 1, this);
    function_.Unref(env);
    napi_add_env_cleanup_hook(env, &Channel::on_environment_end, this);
  }
  ~Channel() { close(); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Any thread. Never blocks.
  void post(Data data) {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    auto owned = std::make_unique<Data>(std::move(data));
    if (function_.NonBlockingCall(owned.get()) == napi_ok) owned.release();
  }

  // The JS thread.
  void ref() { function_.Ref(env_); }
  void unref() { function_.Unref(env_); }
  /// Posts that were not delivered yet are dropped.
  void close() {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    napi_remove_env_cleanup_hook(env_, &Channel::on_environment_end, this);
    function_.Abort();
  }

 private:
  static void on_environment_end(void* self) { static_cast<Channel*>(self)->close(); }

  static void call(Napi::Env env, Napi::Function function, Channel* channel, Data* data) {
    const std::unique_ptr<Data> owned(data);
    if (env == nullptr || channel->closed_) return;  // the environment ends, or close() came first
    try {
      channel->deliver_(env, function, std::move(*owned));
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env, error.Value());
    }
  }
  using Function = Napi::TypedThreadSafeFunction<Channel, Data, &Channel::call>;

  const Napi::Env env_;
  const Deliver deliver_;
  std::mutex mutex_;
  bool closed_ = false;  // written on the JS thread only
  Function function_;
};

}  // namespace addon
