#include "pipeline/backlog.h"

#include <algorithm>
#include <utility>

namespace pipeline {

using media::Packet;
using media::Time;
using media::Track;
using namespace std::chrono_literals;

namespace {

// How much earlier than planned a picture may be stamped to stay behind sound that is late: somewhat more than a sound device is
// waited for at most (strip.cc).
constexpr Time kSlack = 1100ms;
constexpr Time kLeastStep = 1ms;  // RTMP's timestamps have no less
// How long sound waits for a picture that has not come yet: a device that starts slowly, an encoder that looks far ahead.
constexpr Time kLongestWait = 5s;
constexpr Time kShortestWait = 100ms;
// What is never dropped may pile up for this long before the connection is given up: longer than a usual writeTimeout, whose error
// says more.
constexpr Time kMostHeld = 15s;

}  // namespace

void Backlog::start(const Plan& plan) {
  plan_ = plan;
  video_ended_ = !plan.video;
  audio_ended_ = !plan.audio;
}

Backlog::Pushed Backlog::push(Packet&& packet, Time now) {
  settle_withheld(now);
  if (packet.track == Track::kAudio) {
    last_audio_arrived_ = packet.pts;
    bytes_ += packet.size();
    audio_.push_back({std::move(packet), now, withheld_});
    return Pushed::kKept;
  }
  slowest_video_.note(now - packet.pts, now);
  if (awaiting_keyframe_) {
    if (!packet.keyframe) {
      ++dropped_frames_;
      return Pushed::kDropped;
    }
    awaiting_keyframe_ = false;
    keyframe_wished_ = false;
  }
  bytes_ += packet.size();
  video_.push_back({std::move(packet), now, withheld_});

  // By arrival, not by dts: what an encoder that looks ahead gives out all at once at the end is no slow network.
  const Time waiting = waited(now);
  if (waiting > limits_.duration || bytes_ > limits_.bytes) {
    const uint64_t before = dropped_frames_;
    drop_if([](const Packet& each) { return !each.keyframe; });
    if (dropped_frames_ == before) return Pushed::kKept;
    awaiting_keyframe_ = true;
    keyframe_wished_ = true;
    return std::exchange(congested_, true) ? Pushed::kDropped : Pushed::kDroppedMany;
  }
  if (waiting > limits_.duration / 2) drop_if([](const Packet& each) { return each.disposable; });
  return Pushed::kKept;
}

void Backlog::end(Track track) { (track == Track::kVideo ? video_ended_ : audio_ended_) = true; }

void Backlog::drop_if(bool (*unwanted)(const Packet&)) {
  dropped_frames_ += std::erase_if(video_, [&](const Entry& entry) {
    if (!unwanted(entry.packet)) return false;
    bytes_ -= entry.packet.size();
    return true;
  });
}

Time Backlog::planned_stamp(const Packet& video) const {
  const Time lead = plan_.audio ? std::max(Time{}, plan_.audio_lag - plan_.reorder_delay - limits_.spread) : Time{};
  return video.dts - lead;
}

Time Backlog::video_stamp(const Packet& video, Time planned) const {
  Time wanted = planned;
  if (const auto next = next_audio_stamp()) wanted = std::min(planned, std::max(*next + limits_.spread, planned - kSlack));
  const Time floor = last_audio_ ? std::min(*last_audio_ - limits_.spread, video.dts) : wanted;  // sound that is ahead of it
  if (!last_video_) return std::max(wanted, floor);
  const Time pace = planned - last_video_->planned;
  // Where nothing may go back, pictures come nearly to a halt before sound that is late.
  const Time least = last_video_->stamp + std::max(kLeastStep, limits_.spread > 0ms ? pace / 2 : Time{});
  return std::max({least, floor, std::min(wanted, last_video_->stamp + 2 * pace)});
}

std::optional<Time> Backlog::next_audio_stamp() const {
  if (!audio_.empty()) return audio_.front().packet.pts;
  if (audio_ended_ || !last_audio_arrived_) return std::nullopt;
  return *last_audio_arrived_ + plan_.audio_frame_duration;
}

Time Backlog::patience() const {
  if (!last_video_) return kLongestWait;
  return std::clamp(2 * slowest_video_.value() + 2 * plan_.video_frame_duration, kShortestWait, kLongestWait);
}

bool Backlog::audio_may_go(Time now) const {
  if (video_ended_ || awaiting_keyframe_) return true;
  const Entry& head = audio_.front();
  if (last_video_ && head.packet.pts <= last_video_->planned + std::max(plan_.video_frame_duration, limits_.spread)) return true;
  return now >= head.arrival + patience();
}

Time Backlog::withheld(Time now) const { return withheld_ + (withholding_since_ ? now - *withholding_since_ : Time{}); }

void Backlog::settle_withheld(Time now) {
  withheld_ = withheld(now);
  withholding_since_.reset();
}

std::optional<Outgoing> Backlog::pop(Time now) {
  settle_withheld(now);
  if (congested_ && drained(now)) congested_ = false;
  // Sound from before the first picture would only push the beginning forward.
  while (first_stamp_ && !audio_.empty() && audio_.front().packet.pts < *first_stamp_) {
    bytes_ -= audio_.front().packet.size();
    audio_.pop_front();
  }
  if (!video_.empty()) {
    const Packet& packet = video_.front().packet;
    const Time planned = planned_stamp(packet);
    const Time stamp = video_stamp(packet, planned);
    if (audio_.empty() || stamp <= audio_.front().packet.pts) {
      last_video_ = {planned, stamp};
      return take(video_, stamp, now);
    }
  }
  if (audio_.empty()) return std::nullopt;
  if (video_.empty() && !audio_may_go(now)) {
    withholding_since_ = now;
    return std::nullopt;
  }
  const Time pts = audio_.front().packet.pts;
  last_audio_ = last_audio_ ? std::max(pts, *last_audio_ + kLeastStep) : pts;
  return take(audio_, *last_audio_, now);
}

Outgoing Backlog::take(std::deque<Entry>& queue, Time stamp, Time now) {
  Entry entry = std::move(queue.front());
  queue.pop_front();
  bytes_ -= entry.packet.size();
  if (!first_stamp_) first_stamp_ = stamp;
  const Time interleaved = withheld_ - entry.withheld;
  return {std::move(entry.packet), stamp, now - entry.arrival - interleaved, interleaved};
}

std::optional<Time> Backlog::retry_at() const {
  if (audio_.empty() || !video_.empty()) return std::nullopt;
  return audio_.front().arrival + patience();
}

bool Backlog::take_keyframe_wish(Time now) {
  if (!keyframe_wished_ || !drained(now)) return false;
  keyframe_wished_ = false;
  return true;
}

bool Backlog::overflowed() const {
  if (bytes_ > 4 * limits_.bytes) return true;
  const Time most = std::max(kMostHeld, 4 * limits_.duration);
  // By arrival: sound that a program stopped writing for long is no slow network when it goes on.
  const auto piled = [most](const std::deque<Entry>& queue) {
    return !queue.empty() && queue.back().arrival - queue.front().arrival > most;
  };
  return piled(audio_) || piled(video_);
}

Time Backlog::waited(Time now) const {
  const auto& queue = plan_.video ? video_ : audio_;
  return queue.empty() ? Time{} : now - queue.front().arrival;
}

Time Backlog::oldest(Time now) const {
  const auto age = [&](const std::deque<Entry>& queue) {
    if (queue.empty()) return Time{};
    return now - queue.front().arrival - (withheld(now) - queue.front().withheld);
  };
  return std::max(age(video_), age(audio_));
}

}  // namespace pipeline
