#include "capture/input.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "media/error.h"
#include "media/picture_layout.h"

namespace capture {
namespace {

using media::Time;

constexpr Time kPiece = std::chrono::milliseconds(20);
// How often a place that is not settled is looked at again.
constexpr Time kLook = std::chrono::milliseconds(20);

/// What was written before anybody read counts as written when the reader came.
Stamped seen_from(Time attached, Stamped item) {
  item.arrival = std::max(item.arrival, attached);
  return item;
}

/// Waits until what lies at `place()` is due, and gives its capture time, which is not before `earliest`. Empty when it is not due by
/// `until`, and on `stop`.
template <class Place>
std::optional<Time> wait_until_due(const Place& place, Time earliest, Time until, std::unique_lock<std::mutex>& lock,
                                   std::condition_variable_any& news, const std::stop_token& stop) {
  for (;;) {
    const InputTimeline::Place found = place();
    const Time pts = std::max(earliest, found.at);
    const Time now = media::monotonic_now();
    if (pts <= now) return pts;
    if (now >= until) return std::nullopt;
    const Time wake = std::min({pts, until, found.settled ? media::kForever : now + kLook});
    news.wait_until(lock, stop, media::to_time_point(wake), [] { return false; });
    if (stop.stop_requested()) return std::nullopt;
  }
}

media::Error already_read() {
  return media::Error(media::Code::kDeviceBusy,
                      "the input feeds another track: an input feeds one at a time; make one for each, or let the other go of it first");
}

}  // namespace

// --- pictures ----------------------------------------------------------------------------------------------------------------

VideoInput::VideoInput(media::VideoFormat format, std::function<void()> on_room)
    : format_(format), on_room_(std::move(on_room)), pace_(kMostHeld * interval()) {}

Time VideoInput::interval() const { return Time(int64_t{1'000'000} * format_.frame_rate.den / format_.frame_rate.num); }

size_t VideoInput::frame_size() const { return media::picture_layout(format_.pixel_format, format_.width, format_.height).size; }

bool VideoInput::has_room() {
  const std::lock_guard lock(mutex_);
  room_wanted_ = full();
  return !room_wanted_;
}

bool VideoInput::write(std::span<const uint8_t> data, int64_t timestamp_us) {
  if (data.size() != frame_size()) throw std::invalid_argument("a written frame must have exactly frame_size() bytes");
  Slot slot;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    if (!free_.empty()) {
      slot = std::move(free_.back());
      free_.pop_back();
    }
  }
  slot.bytes.assign(data.begin(), data.end());  // with no lock held: a large copy must not hold up the track
  slot.stamped = {timestamp_us, media::monotonic_now(), interval(), {}};
  const std::lock_guard lock(mutex_);
  written_.push_back(std::move(slot));
  Stamped& stamped = written_.back().stamped;
  stamped.held_back = pace_.wrote(stamped.arrival, stamped.length, full());
  ready_.notify_all();
  return true;
}

void VideoInput::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ready_.notify_all();
}

void VideoInput::close() {
  const std::lock_guard lock(mutex_);
  ended_ = closed_ = true;
  free_unless_read();
  ready_.notify_all();
}

size_t VideoInput::memory() const {
  const std::lock_guard lock(mutex_);
  size_t bytes = current_.bytes.capacity();
  for (const Slot& slot : written_) bytes += slot.bytes.capacity();
  for (const Slot& slot : free_) bytes += slot.bytes.capacity();
  return bytes;
}

/// With the lock held.
void VideoInput::free_unless_read() {
  if (timeline_) return;
  free_.clear();
  current_ = {};
  if (closed_) written_.clear();
}

void VideoInput::attach(std::shared_ptr<InputClock> clock) {
  const std::lock_guard lock(mutex_);
  if (timeline_) throw already_read();
  timeline_.emplace(std::move(clock), 0);
  pace_.forget();
  attached_ = media::monotonic_now();
  last_pts_ = Time::min();
  sequence_ = 0;
}

void VideoInput::detach() {
  const std::lock_guard lock(mutex_);
  timeline_.reset();
  free_unless_read();
}

bool VideoInput::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_ && written_.empty();
}

uint64_t VideoInput::timestamp_jumps() const {
  const std::lock_guard lock(mutex_);
  return timeline_ ? timeline_->jumps() : 0;
}

std::optional<std::string> VideoInput::take_report() {
  const std::lock_guard lock(mutex_);
  return timeline_ ? timeline_->take_report() : std::nullopt;
}

std::optional<media::VideoFrame> VideoInput::read(std::stop_token stop, Time until) {
  Time pts;
  bool room;
  {
    std::unique_lock lock(mutex_);
    ready_.wait_until(lock, stop, media::to_time_point(until), [this] { return !written_.empty() || ended_; });
    if (stop.stop_requested() || written_.empty()) return std::nullopt;
    const Stamped item = seen_from(attached_, written_.front().stamped);
    const auto place = [&] { return timeline_->place(item, pace_.unhurried()); };
    const auto due = wait_until_due(place, last_pts_, until, lock, ready_, stop);
    if (!due) return std::nullopt;
    pts = last_pts_ = *due;
    timeline_->taken();
    if (!current_.bytes.empty()) free_.push_back(std::move(current_));
    current_ = std::move(written_.front());
    written_.pop_front();
    pace_.freed(media::monotonic_now());
    room = std::exchange(room_wanted_, false);
  }
  if (room) on_room_();

  media::VideoFrame frame = media::laid_out(format_, current_.bytes.data());
  frame.pts = pts;
  frame.sequence = sequence_++;
  return frame;
}

// --- sound -------------------------------------------------------------------------------------------------------------------

AudioInput::AudioInput(media::AudioFormat format, std::function<void()> on_room)
    : format_(format), on_room_(std::move(on_room)), pace_(kMostHeld) {}

Time AudioInput::duration(size_t frames) const {
  return Time(static_cast<int64_t>(frames) * 1'000'000 / format_.sample_rate);
}

bool AudioInput::has_room() {
  const std::lock_guard lock(mutex_);
  room_wanted_ = full();
  return !room_wanted_;
}

bool AudioInput::write(std::span<const uint8_t> samples, int64_t timestamp_us) {
  const bool whole = samples.size() % format_.bytes_per_frame() == 0;
  if (!whole) throw std::invalid_argument("written sound must be a whole number of frames");
  Slot slot{{samples.begin(), samples.end()}, {}};
  const size_t frames = frames_in(slot);
  slot.stamped = {timestamp_us, media::monotonic_now(), duration(frames), {}};
  const std::lock_guard lock(mutex_);
  if (ended_) return false;
  if (samples.empty()) return true;
  held_frames_ += frames;
  slot.stamped.held_back = pace_.wrote(slot.stamped.arrival, slot.stamped.length, full());
  written_.push_back(std::move(slot));
  ready_.notify_all();
  return true;
}

void AudioInput::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ready_.notify_all();
}

void AudioInput::close() {
  const std::lock_guard lock(mutex_);
  ended_ = closed_ = true;
  free_unless_read();
  ready_.notify_all();
}

size_t AudioInput::memory() const {
  const std::lock_guard lock(mutex_);
  size_t bytes = current_.capacity();
  for (const Slot& slot : written_) bytes += slot.bytes.capacity();
  return bytes;
}

/// With the lock held.
void AudioInput::free_unless_read() {
  if (timeline_) return;
  current_ = std::vector<uint8_t>();  // "= {}" would keep its memory
  if (!closed_) return;
  written_.clear();
  held_frames_ = 0;
}

void AudioInput::attach(std::shared_ptr<InputClock> clock) {
  const std::lock_guard lock(mutex_);
  if (timeline_) throw already_read();
  timeline_.emplace(std::move(clock), format_.sample_rate);
  pace_.forget();
  attached_ = media::monotonic_now();
  last_pts_ = Time::min();
  if (!written_.empty()) leave_out_taken(written_.front());
}

/// What another reader has left of it is all that there is.
void AudioInput::leave_out_taken(Slot& slot) {
  const size_t taken = std::exchange(slot.taken, 0);
  slot.bytes.erase(slot.bytes.begin(), slot.bytes.begin() + static_cast<ptrdiff_t>(taken * format_.bytes_per_frame()));
  slot.stamped.timestamp_us += duration(taken).count();
  slot.stamped.length = duration(frames_in(slot));
}

void AudioInput::detach() {
  const std::lock_guard lock(mutex_);
  timeline_.reset();
  free_unless_read();
}

bool AudioInput::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_ && written_.empty();
}

uint64_t AudioInput::timestamp_jumps() const {
  const std::lock_guard lock(mutex_);
  return timeline_ ? timeline_->jumps() : 0;
}

std::optional<std::string> AudioInput::take_report() {
  const std::lock_guard lock(mutex_);
  return timeline_ ? timeline_->take_report() : std::nullopt;
}

Time AudioInput::held() const {
  const std::lock_guard lock(mutex_);
  return duration(held_frames_);
}

std::optional<media::AudioBuffer> AudioInput::read(std::stop_token stop, Time until) {
  media::AudioBuffer buffer;
  buffer.format = format_;
  bool room = false;
  {
    std::unique_lock lock(mutex_);
    ready_.wait_until(lock, stop, media::to_time_point(until), [this] { return !written_.empty() || ended_; });
    if (stop.stop_requested() || written_.empty()) return std::nullopt;
    Slot& next = written_.front();
    const Stamped item = seen_from(attached_, next.stamped);
    const auto place = [&]() -> InputTimeline::Place {
      if (next.taken > 0) return {next.at + duration(next.taken), true};
      const InputTimeline::Place first = timeline_->place(item, pace_.unhurried());
      next.at = first.at;
      return first;
    };
    const auto due = wait_until_due(place, last_pts_, until, lock, ready_, stop);
    if (!due) return std::nullopt;
    buffer.pts = last_pts_ = *due;
    if (next.taken == 0) timeline_->taken();

    const size_t piece = std::max<size_t>(1, static_cast<size_t>(format_.sample_rate) * kPiece.count() / 1'000'000);
    buffer.frames = std::min(piece, frames_in(next) - next.taken);
    buffer.samples = next.bytes.data() + next.taken * format_.bytes_per_frame();
    next.taken += buffer.frames;
    held_frames_ -= buffer.frames;
    if (next.taken == frames_in(next)) {
      current_ = std::move(next.bytes);  // what `samples` points into stays where it is
      written_.pop_front();
    }
    if (!full()) {
      pace_.freed(media::monotonic_now());
      room = std::exchange(room_wanted_, false);
    }
  }
  if (room) on_room_();
  return buffer;
}

}  // namespace capture
