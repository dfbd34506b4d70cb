// A source that a track can rely on: it is read like a source, but the device behind it may be lost and come back, or be exchanged
// for another, and the reading goes on. Opening and closing a device take time that a track has not, so both are done by a thread
// of this object, which exists from the first such need on.
//
// One thread reads; replace() may be called by any. Callbacks come with no lock held.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "media/error.h"
#include "media/time.h"
#include "pipeline/thread.h"

namespace pipeline {

/// `Source` is a media::VideoSource or media::AudioSource, `Settings` says how to open one.
template <class Source, class Settings>
class Feed {
 public:
  using Item = typename decltype(std::declval<Source&>().read({}))::value_type;
  /// May write into the settings what finds the same device again.
  using Open = std::function<std::unique_ptr<Source>(Settings&, std::stop_token)>;
  /// Without an error: the new source is read and the one before is closed, so that another may have it. With one: the source that was
  /// to come is closed, if it ever was open. Called once; not at all when close() comes before the new source is read.
  using Replaced = std::function<void(std::optional<media::Error>)>;

  struct Events {
    // The reading thread.
    /// Empty: a lost device ends the reading with its error.
    std::function<void(const media::Error&)> lost = {};
    std::function<void(const std::string& device, media::Time away)> back = {};
    /// Another device stands for what was asked for, and is read from now on.
    std::function<void(const std::string& device, const std::string& previous)> changed = {};
    std::function<void(const media::Error&)> warned = {};
  };

  Feed(Settings settings, Open open, Events events)
      : open_(std::move(open)), events_(std::move(events)), settings_(std::move(settings)) {}

  ~Feed() { close(); }

  /// Opens the first source, on this thread. Throws media::Error.
  void open(const std::stop_token& stop) {
    source_ = open_(settings_, stop);
    present_ = true;
  }

  /// As Source::read(); gives nothing while no source is present. An item is valid until the next call.
  std::optional<Item> read(const std::stop_token& stop, media::Time until) {
    const bool at_end = source_ && source_->ended();
    std::stop_source interruption{std::nostopstate};
    {
      const std::lock_guard lock(mutex_);
      if (present_ && !at_end && !ready_ && !release_wanted_) interruption = interruption_;
    }
    if (!interruption.stop_possible()) {
      change(stop, until);
      return std::nullopt;
    }
    try {
      const std::stop_callback chain(stop, [&interruption] { interruption.request_stop(); });
      auto item = source_->read(interruption.get_token(), until);
      if (const auto warning = source_->take_warning()) warn(*warning);
      follow();
      return item;
    } catch (const media::Error& error) {
      give_up(error);
      return std::nullopt;
    }
  }

  /// What was read is of use: a device that was lost is back. One that opens again but gives nothing, or nothing but rubbish, never was.
  void confirm() {
    if (!loss_) return;
    const Loss loss = *std::exchange(loss_, std::nullopt);
    events_.back(loss.device, media::monotonic_now() - loss.moment);
  }
  /// What is read is of no use: as if reading it had failed. Throws `error` where a loss ends the reading.
  void give_up(const media::Error& error) {
    if (!events_.lost) throw error;
    lose(error);
  }

  /// The program is told, and the reading goes on.
  void warn(const media::Error& warning) const {
    if (events_.warned) events_.warned(warning);
  }

  /// A written input is at its end, and nothing is to follow it: then finish() is due.
  bool ended() const {
    if (!source_ || !source_->ended()) return false;
    const std::lock_guard lock(mutex_);
    return wishes_.empty() && !ready_ && !opening_;
  }
  /// There is a source: neither is the device lost, nor closed for a moment so that another may open it.
  bool present() const { return source_ != nullptr; }
  bool lost() const { return !source_ && loss_; }
  /// Only while it is present.
  const Source& source() const { return *source_; }
  /// Counts the sources that there were.
  uint64_t generation() const { return generation_; }

  /// Closes the device and joins; tells who has replaced what is closed only now. From then on replace() alone calls back. Idempotent.
  void close() { shut(); }
  /// As close(), for a reading that ends while the publication goes on: who waits for another source is told that none can follow.
  void finish() {
    for (const Replaced& replaced : shut()) replaced(over());
  }

  /// Any thread. The present source goes on until the new one is open, and if that cannot be opened; only when both need the same
  /// device it is closed before.
  void replace(Settings settings, Replaced replaced) {
    media::Error refusal = over();
    try {
      const std::lock_guard lock(mutex_);
      if (!closed_) {
        need_opener();
        wishes_.push_back({std::move(settings), std::move(replaced)});
        return;
      }
    } catch (const media::Error& error) {
      refusal = error;
    }
    replaced(std::move(refusal));
  }

 private:
  static constexpr media::Time kRetryInterval = std::chrono::milliseconds(500);
  static constexpr media::Time kWarmUp = std::chrono::seconds(2);

  struct Wish {
    Settings settings;
    Replaced replaced;
  };
  struct Opened {
    std::unique_ptr<Source> source;
    Settings settings;
    Replaced replaced;  // empty: the device that was there before
  };
  struct Retired {
    std::unique_ptr<Source> source;
    Replaced replaced;  // who waits for its end; empty: nobody
  };

  static media::Error over() {
    return media::Error(media::Code::kDeviceLost,
                        "another source cannot follow: the input that was read here has ended, and its place in the stream with it; "
                        "replace an input before its end()");
  }

  /// Gives what was not answered.
  std::vector<Replaced> shut() {
    std::jthread opener;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      opener = std::move(opener_);
    }
    opener.request_stop();
    if (opener.joinable()) opener.join();
    std::vector<Replaced> unanswered;
    if (ready_ && ready_->replaced) unanswered.push_back(std::move(ready_->replaced));
    for (Wish& wish : wishes_) unanswered.push_back(std::move(wish.replaced));
    ready_.reset();
    wishes_.clear();
    close_all(std::exchange(retired_, {}));
    source_.reset();
    return unanswered;
  }

  // --- the reading thread ------------------------------------------------------------------------------------------------------

  void change(const std::stop_token& stop, media::Time until) {
    std::unique_lock lock(mutex_);
    const auto is_news = [this] { return ready_ || release_wanted_ || (!opening_ && wishes_.empty() && present_); };
    changed_.wait_until(lock, stop, media::to_time_point(until), is_news);
    if (stop.stop_requested()) return;
    if (!ready_) {
      const bool release = release_wanted_;
      lock.unlock();
      if (release) retire();
      return;
    }
    // At once: the opener, who may turn to the next wish now, never sees the source before as the present one.
    Opened opened = std::move(*ready_);
    ready_.reset();
    const bool succeeds = source_ && !opened.replaced;
    const std::string previous = succeeds ? source_->opened().device : std::string();
    if (opened.replaced) loss_.reset();
    if (source_ || opened.replaced) retired_.push_back({std::move(source_), std::move(opened.replaced)});
    source_ = std::move(opened.source);
    ++generation_;
    superseded_ = false;
    present_ = true;
    missing_ = false;  // one that was lost meanwhile is not to be found any more
    interruption_ = {};
    settings_ = std::move(opened.settings);
    changed_.notify_all();
    lock.unlock();
    if (!succeeds || !events_.changed) return;
    const std::string device = source_->opened().device;
    if (device != previous) events_.changed(device, previous);
  }

  /// What was asked for is another device by now: the opener gets it, while the present one goes on.
  void follow() {
    if constexpr (requires { source_->superseded(); }) {
      if (source_->superseded() == superseded_) return;
      superseded_ = !superseded_;
      const std::lock_guard lock(mutex_);
      missing_ = superseded_;
      if (missing_) need_opener();
    }
  }

  void lose(const media::Error& error) {
    retire();
    if (!loss_) {
      loss_ = {error.device, media::monotonic_now()};
      events_.lost(error);
    }
    superseded_ = false;
    const std::lock_guard lock(mutex_);
    missing_ = true;
    need_opener();
  }

  /// Gives the source to the opener's thread to close.
  void retire() {
    const std::lock_guard lock(mutex_);
    retired_.push_back({std::move(source_), {}});
    present_ = false;
    release_wanted_ = false;
    changed_.notify_all();
  }

  // --- the opener's thread -----------------------------------------------------------------------------------------------------

  /// With the lock held, which lets the opener look once it is given back.
  void need_opener() {
    if (closed_) return;
    if (!opener_.joinable()) opener_ = start_thread(media::Code::kDeviceLost, [this](std::stop_token stop) { serve(stop); });
    changed_.notify_all();
  }

  void serve(const std::stop_token& stop) {
    const auto has_work = [this] { return !retired_.empty() || (!ready_ && (missing_ || !wishes_.empty())); };
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, has_work) && !stop.stop_requested()) {
      if (!retired_.empty()) {
        close_retired(lock);
      } else if (!wishes_.empty()) {
        Wish wish = std::move(wishes_.front());
        wishes_.pop_front();
        opening_ = true;
        exchange(lock, std::move(wish), stop);
        opening_ = false;
        changed_.notify_all();
      } else if (!find(lock, stop)) {
        changed_.wait_for(lock, stop, kRetryInterval, [this] { return !wishes_.empty(); });
      }
    }
  }

  void close_retired(std::unique_lock<std::mutex>& lock) {
    auto gone = std::exchange(retired_, {});
    lock.unlock();
    close_all(std::move(gone));
    lock.lock();
  }

  static void close_all(std::vector<Retired> gone) {
    for (Retired& each : gone) {
      each.source.reset();
      if (each.replaced) each.replaced(std::nullopt);
    }
  }

  bool find(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
    Settings settings = settings_;
    auto found = try_open(lock, settings, stop, present_);
    if (std::holds_alternative<media::Error>(found)) return false;
    missing_ = false;
    hand_over({std::move(std::get<0>(found)), std::move(settings), {}});
    return true;
  }

  void exchange(std::unique_lock<std::mutex>& lock, Wish wish, const std::stop_token& stop) {
    auto made = try_open(lock, wish.settings, stop);
    const auto* error = std::get_if<media::Error>(&made);
    if (error != nullptr && error->code == media::Code::kDeviceBusy && present_) {
      // Perhaps it is the present source that has it.
      release_wanted_ = true;
      interruption_.request_stop();
      changed_.wait(lock, stop, [this] { return !present_; });
      close_retired(lock);
      missing_ = true;
      made = try_open(lock, wish.settings, stop);
      error = std::get_if<media::Error>(&made);
    }
    if (error != nullptr && stop.stop_requested()) {  // it failed because of that
      wishes_.push_front(std::move(wish));
      return;
    }
    if (error != nullptr) {
      lock.unlock();
      wish.replaced(*error);
      lock.lock();
      return;
    }
    missing_ = false;
    hand_over({std::move(std::get<0>(made)), std::move(wish.settings), std::move(wish.replaced)});
  }

  /// `warm`: its first sound, which may be long in coming, is waited for.
  std::variant<std::unique_ptr<Source>, media::Error> try_open(std::unique_lock<std::mutex>& lock, Settings& settings,
                                                               const std::stop_token& stop, bool warm = false) {
    lock.unlock();
    std::variant<std::unique_ptr<Source>, media::Error> result;
    try {
      auto source = open_(settings, stop);
      if (warm) source->read(stop, media::monotonic_now() + kWarmUp);
      result = std::move(source);
    } catch (const media::Error& error) {
      result = error;
    } catch (const std::exception& error) {  // out of memory: it may be had later
      result = media::Error(media::Code::kDeviceLost, std::string("the device could not be opened: ") + error.what());
    }
    lock.lock();
    return result;
  }

  void hand_over(Opened opened) {
    ready_ = std::move(opened);
    interruption_.request_stop();
    changed_.notify_all();
  }

  const Open open_;
  const Events events_;

  // The reading thread's.
  struct Loss {
    std::string device;
    media::Time moment;
  };
  std::unique_ptr<Source> source_;
  uint64_t generation_ = 0;
  std::optional<Loss> loss_;
  bool superseded_ = false;  // the source says so, and the opener knows

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  Settings settings_;  // of the present source, or of the one that is missing
  bool closed_ = false;
  bool present_ = false;
  bool missing_ = false;         // the opener is to find it, or what stands in its place
  bool opening_ = false;         // a wish is being fulfilled
  bool release_wanted_ = false;  // the reading thread is to give the source up
  std::deque<Wish> wishes_;
  std::optional<Opened> ready_;
  std::vector<Retired> retired_;
  std::stop_source interruption_;  // of the reading that is going on

  std::jthread opener_;
};

}  // namespace pipeline
