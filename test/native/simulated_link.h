// A stream over a network in simulated time, a millisecond at a step: an encoder with a VBV, the real Backlog, Transit and
// Throttle, the link's and the kernel's buffers, TCP's window, a router with a queue, and a server that may read slowly.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "pipeline/backlog.h"
#include "pipeline/transit.h"
#include "pipeline/throttle.h"

namespace simulated {

using media::Packet;
using media::Time;
using media::Track;
using namespace std::chrono_literals;

inline double seconds(Time time) { return static_cast<double>(time.count()) / 1e6; }

struct Random {
  uint32_t state = 1;
  double next() {  // 0 to 1
    state = state * 1664525 + 1013904223;
    return (state >> 8) / 16777216.0;
  }
};

/// Bytes over a path: what the kernel of the sender, a router and the kernel of the server do with them.
class Tcp {
 public:
  static constexpr size_t kUnsentLow = 16 * 1024;  // TCP_NOTSENT_LOWAT

  std::function<double(Time)> rate;  // bit/s of the narrowest hop
  size_t router = 64'000;            // bytes that wait there at most
  Time round_trip = 40ms;            // when nothing waits
  double reads = 0;                  // bytes/s that the server takes; 0: all at once
  size_t receive_buffer = 64'000;
  size_t mss = 1448;

  size_t unsent() const { return unsent_; }
  uint64_t unacked() const { return unsent_ + (next_ - first_unacked_); }
  uint64_t taken() const { return next_ + unsent_; }
  Time smoothed_round_trip() const { return srtt_; }
  double window() const { return window_; }
  size_t peer_window() const { return peer_window_; }
  bool has_room() const { return unsent_ < kUnsentLow; }
  void take(size_t bytes) { unsent_ += bytes; }

  void step(Time now, Time length) {
    transmit(now);
    budget_ = std::min(budget_ + rate(now) * seconds(length) / 8, rate(now) * 0.005 / 8 + static_cast<double>(mss));
    while (!queue_.empty() && budget_ >= static_cast<double>(queue_.front().bytes)) {
      budget_ -= static_cast<double>(queue_.front().bytes);
      arriving_.push_back({now + round_trip / 2, queue_.front()});
      queued_ -= queue_.front().bytes;
      queue_.pop_front();
    }
    while (!arriving_.empty() && arriving_.front().first <= now) {
      receive(arriving_.front().second);
      arriving_.pop_front();
      acks_.push_back({now + round_trip / 2, received_, advertise()});
    }
    if (reads > 0) {
      read_ = std::min(static_cast<double>(received_), read_ + reads * seconds(length));
      if (advertised_ == 0 && advertise() > 0) acks_.push_back({now + round_trip / 2, received_, advertised_});
    }
    while (!acks_.empty() && acks_.front().at <= now) {
      acknowledge(acks_.front(), now);
      acks_.pop_front();
    }
    while (!lost_.empty() && lost_.front().first <= now) {
      const Segment again = lost_.front().second;
      lost_.pop_front();
      enqueue(again, now);
    }
  }

 private:
  struct Segment {
    uint64_t begin;
    size_t bytes;
    Time sent;
  };
  struct Ack {
    Time at;
    uint64_t received;
    size_t window;
  };

  void transmit(Time now) {
    while (unsent_ > 0) {
      const size_t bytes = std::min(unsent_, mss);
      const uint64_t flying = next_ - first_unacked_;
      if (static_cast<double>(flying + bytes) > window_ && flying > 0) limited_ = true;
      if ((static_cast<double>(flying + bytes) > window_ && flying > 0) || next_ + bytes > right_edge_) return;
      enqueue({next_, bytes, now}, now);
      sent_at_[next_ + bytes] = now;
      next_ += bytes;
      unsent_ -= bytes;
    }
  }
  void enqueue(Segment segment, Time now) {
    if (queued_ + segment.bytes > router) {
      if (now - cut_ > std::max(srtt_, round_trip)) {
        cut_ = now;
        threshold_ = window_ = std::max(window_ * 0.7, 2.0 * static_cast<double>(mss));
      }
      lost_.push_back({now + std::max(srtt_, round_trip), segment});
      std::sort(lost_.begin(), lost_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      return;
    }
    queued_ += segment.bytes;
    queue_.push_back(segment);
  }
  void receive(const Segment& segment) {
    ahead_[segment.begin] = segment.bytes;
    while (!ahead_.empty() && ahead_.begin()->first <= received_) {
      received_ = std::max(received_, ahead_.begin()->first + ahead_.begin()->second);
      ahead_.erase(ahead_.begin());
    }
  }
  size_t advertise() {
    if (reads == 0) return advertised_ = 8 << 20;
    const size_t held = received_ - static_cast<uint64_t>(read_);
    const size_t space = receive_buffer > held ? receive_buffer - held : 0;
    return advertised_ = space < std::max(receive_buffer / 16, mss) ? 0 : space;
  }
  void acknowledge(const Ack& ack, Time now) {
    right_edge_ = std::max(right_edge_, ack.received + ack.window);
    peer_window_ = ack.window;
    if (ack.received <= first_unacked_) return;
    const auto bytes = static_cast<double>(ack.received - first_unacked_);
    first_unacked_ = ack.received;
    for (auto at = sent_at_.begin(); at != sent_at_.end() && at->first <= first_unacked_; at = sent_at_.erase(at)) {
      const Time sample = now - at->second;
      srtt_ = srtt_ == Time{} ? sample : srtt_ + (sample - srtt_) / 8;
      if (sample > round_trip + std::clamp(round_trip / 8, Time(4ms), Time(16ms))) threshold_ = std::min(threshold_, window_);
    }
    if (limited_) window_ += window_ < threshold_ ? bytes : bytes * static_cast<double>(mss) / window_;
    limited_ = false;
  }

  size_t unsent_ = 0;
  uint64_t next_ = 0, first_unacked_ = 0, right_edge_ = 64'000;
  double window_ = 14'480, threshold_ = 1e9;
  bool limited_ = false;
  Time srtt_{}, cut_{};
  std::map<uint64_t, Time> sent_at_;
  std::deque<Segment> queue_;
  size_t queued_ = 0;
  double budget_ = 0;
  std::deque<std::pair<Time, Segment>> arriving_, lost_;
  std::deque<Ack> acks_;
  std::map<uint64_t, size_t> ahead_;
  uint64_t received_ = 0;
  double read_ = 0;
  size_t advertised_ = 64'000, peer_window_ = 0;
};

/// A stream of 30 pictures/s and sound.
class Stream {
 public:
  int wanted = 2'500'000;
  int sound = 128'000;
  Time bound = 700ms;
  Time keyframe_interval = 2s;
  double keyframe = 0.35;   // of the VBV's second
  double scene_change = 0;  // chance of a picture to be as large as a keyframe
  double ease = 1;          // of the target: what the pictures need
  Tcp tcp;

  struct Second {
    int pictures = 0, dropped = 0;
    int least = 1 << 30, most = 0;  // target
    Time oldest{};                  // age
    double window = 0;
  };
  std::vector<Second> run(Time length) {
    const Time end = now_ + length;
    std::vector<Second> all;
    Time begun = now_;
    Second second;
    for (; now_ < end; now_ += kStep) {
      if (!throttle_) start();
      if (now_ >= next_picture_) picture(second), next_picture_ += kFrame;
      if (now_ >= next_sound_) {
        Packet packet(Track::kAudio, static_cast<size_t>(sound * seconds(kSound) / 8));
        packet.pts = packet.dts = now_ - kLag;
        backlog_->push(std::move(packet), now_);
        next_sound_ += kSound;
      }
      while (held_ < 16 * 1024) {
        backlog_->take_keyframe_wish(now_) ? void(wished_ = true) : void();
        auto out = backlog_->pop(now_);
        if (!out) break;
        const size_t bytes = out->packet.size() + 17;
        transit_.add(bytes, now_ - out->waited);
        held_ += bytes;
      }
      if (held_ > 0 && tcp.has_room()) {
        const size_t part = std::min<size_t>(held_, 32 * 1024);
        tcp.take(part);
        held_ -= part;
      }
      tcp.step(now_, kStep);
      if (now_ - begun >= 1s) all.push_back(second), second = {}, begun = now_;
    }
    return all;
  }
  int target() const { return target_; }
  Time now() const { return now_; }
  bool overflowed() const { return backlog_->overflowed(); }

 private:
  static constexpr Time kStep = 1ms;
  static constexpr Time kFrame = 33'333us;
  static constexpr Time kSound = 21'333us;
  static constexpr Time kLag = 60ms;

  void start() {
    throttle_.emplace(bound, sound);
    backlog_.emplace(pipeline::Limits{bound, std::max<size_t>(4 << 20, static_cast<size_t>(wanted / 2 * seconds(bound)))});
    backlog_->start({.video = true, .audio = true, .video_frame_duration = kFrame, .audio_frame_duration = kSound,
                     .reorder_delay = {}, .audio_lag = kLag});
    full_ = wanted / 8.0;
  }
  void picture(Second& second) {
    const rtmp::Counters counters = {.bytes_sent = tcp.taken(),
                                     .bytes_unsent = held_,
                                     .bytes_unacked = tcp.unacked(),
                                     .round_trip = tcp.smoothed_round_trip(),
                                     .least_round_trip = tcp.round_trip,
                                     .peer_window = tcp.peer_window()};
    const pipeline::Throttle::Look look = transit_.look(counters, backlog_->dropped_frames(), now_);
    const Time age = look.age_unread;
    target_ = throttle_->allow(wanted, look, now_);
    second.oldest = std::max(second.oldest, age);
    second.least = std::min(second.least, target_);
    second.most = std::max(second.most, target_);
    second.window = tcp.window();
    // The VBV: what a decoder of one second's buffer has got so far.
    const double vbv = target_ / 8.0;
    full_ = std::min(full_ + target_ / 8.0 * seconds(kFrame), vbv);
    const bool key = now_ >= next_keyframe_ || wished_;
    const bool large = key || random_.next() < scene_change;
    const double rest = target_ / 8.0 * seconds(kFrame) * (1 - keyframe / seconds(keyframe_interval));
    double bytes = large ? keyframe * vbv * (0.8 + 0.4 * random_.next()) : rest * ease * (0.6 + 0.8 * random_.next());
    if (!large && full_ > 0.9 * vbv) bytes *= 1.2;
    bytes = std::max(40.0, std::min(bytes, full_ * 0.9));
    full_ -= bytes;
    if (key) next_keyframe_ = now_ + keyframe_interval, wished_ = false;
    Packet packet(Track::kVideo, static_cast<size_t>(bytes));
    packet.pts = packet.dts = now_ - 15ms;
    packet.keyframe = key;
    const uint64_t before = backlog_->dropped_frames();
    backlog_->push(std::move(packet), now_);
    second.dropped += static_cast<int>(backlog_->dropped_frames() - before);
    ++second.pictures;
  }

  std::optional<pipeline::Backlog> backlog_;
  pipeline::Transit transit_;
  std::optional<pipeline::Throttle> throttle_;
  Random random_;
  Time now_ = 1s;
  Time next_picture_ = 1s, next_sound_ = 1s, next_keyframe_{};
  bool wished_ = false;
  double full_ = 0;   // bytes
  size_t held_ = 0;   // in the link
  int target_ = 0;
};

}  // namespace simulated
