#include "pipeline/packet_queue.h"

#include <algorithm>
#include <utility>

namespace pipeline {

using media::Track;

void PacketQueue::start(const Plan& plan) {
  std::lock_guard lock(mutex_);
  backlog_.start(plan);
}

void PacketQueue::limit_bytes(size_t bytes) {
  std::lock_guard lock(mutex_);
  backlog_.limit_bytes(bytes);
}

void PacketQueue::push(media::Packet&& packet) {
  Backlog::Pushed pushed;
  Level now{};
  bool overflowed = false;
  {
    std::lock_guard lock(mutex_);
    const media::Time arrival = media::monotonic_now();
    const media::Time waited = backlog_.waited(arrival);  // before frames are dropped for it
    pushed = backlog_.push(std::move(packet), arrival);
    now = {waited, backlog_.bytes(), backlog_.dropped_frames()};
    overflowed = !overflowed_ && backlog_.overflowed();
    overflowed_ = overflowed_ || overflowed;
  }
  changed_.notify_one();
  if (overflowed) events_.overflowed();
  if (pushed == Backlog::Pushed::kDroppedMany) events_.congested(now.duration, now.dropped_frames);
}

void PacketQueue::end(Track track) {
  {
    std::lock_guard lock(mutex_);
    backlog_.end(track);
  }
  changed_.notify_one();
}

std::optional<Outgoing> PacketQueue::pop(bool may_take, media::Time until) {
  std::optional<Outgoing> next;
  bool keyframe = false;
  {
    std::unique_lock lock(mutex_);
    popped_.reset();
    while (!woken_) {
      const media::Time now = media::monotonic_now();
      if (may_take && (keyframe = backlog_.take_keyframe_wish(now))) break;
      if (may_take && ((next = backlog_.pop(now)) || backlog_.finished())) break;
      if (now >= until) break;
      const auto retry = may_take ? backlog_.retry_at() : std::nullopt;
      if (retry || until != media::Time::max()) {
        changed_.wait_until(lock, media::to_time_point(std::min(retry.value_or(until), until)));
      } else {
        changed_.wait(lock);
      }
    }
    woken_ = false;
    if (next) popped_ = media::monotonic_now() - next->waited;
  }
  if (keyframe) events_.wants_keyframe();
  return next;
}

void PacketQueue::wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

bool PacketQueue::finished() const {
  std::lock_guard lock(mutex_);
  return backlog_.finished();
}

bool PacketQueue::overflowed() const {
  std::lock_guard lock(mutex_);
  return overflowed_;
}

PacketQueue::Level PacketQueue::level() const {
  std::lock_guard lock(mutex_);
  const media::Time now = media::monotonic_now();
  const media::Time sending = popped_ ? now - *popped_ : media::Time{};
  return {std::max(backlog_.oldest(now), sending), backlog_.bytes(), backlog_.dropped_frames()};
}

}  // namespace pipeline
