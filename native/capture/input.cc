#include "capture/input.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "media/error.h"
#include "media/picture_layout.h"

namespace capture {
namespace {

using media::Time;

constexpr size_t kHeldFrames = 2;
constexpr Time kHeldSound = std::chrono::milliseconds(200);
constexpr Time kPiece = std::chrono::milliseconds(20);
constexpr Time kFarthest = std::chrono::hours(24 * 365);

media::Error already_read() {
  return media::Error(media::Code::kDeviceBusy,
                      "the input feeds another track: an input feeds one at a time; make one for each, or let the other go of it first");
}

}  // namespace

Time InputClock::to_capture_time(int64_t timestamp_us, Time arrival) {
  const int64_t stamp = std::clamp(timestamp_us, INT64_MIN / 4, INT64_MAX / 4);  // so that no sum here can overflow
  const std::lock_guard lock(mutex_);
  if (!offset_us_) offset_us_ = arrival.count() - stamp;
  return std::clamp(Time(stamp + *offset_us_), arrival - kFarthest, arrival + kFarthest);
}

// --- pictures ----------------------------------------------------------------------------------------------------------------

VideoInput::VideoInput(media::VideoFormat format, std::function<void()> on_room)
    : format_(format), on_room_(std::move(on_room)) {}

size_t VideoInput::frame_size() const { return media::picture_layout(format_.pixel_format, format_.width, format_.height).size; }

bool VideoInput::has_room() const {
  const std::lock_guard lock(mutex_);
  return written_.size() < kHeldFrames;
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
  slot.timestamp_us = timestamp_us;
  slot.arrival = media::monotonic_now();
  const std::lock_guard lock(mutex_);
  written_.push_back(std::move(slot));
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
  if (clock_) return;
  free_.clear();
  current_ = {};
  if (closed_) written_.clear();
}

void VideoInput::attach(std::shared_ptr<InputClock> clock) {
  const std::lock_guard lock(mutex_);
  if (clock_) throw already_read();
  clock_ = std::move(clock);
  attached_ = media::monotonic_now();
  last_pts_ = Time::min();
  sequence_ = 0;
}

void VideoInput::detach() {
  const std::lock_guard lock(mutex_);
  clock_.reset();
  free_unless_read();
}

bool VideoInput::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_ && written_.empty();
}

std::optional<media::VideoFrame> VideoInput::read(std::stop_token stop, Time until) {
  Time pts;
  {
    std::unique_lock lock(mutex_);
    ready_.wait_until(lock, stop, media::to_time_point(until), [this] { return !written_.empty() || ended_; });
    if (stop.stop_requested() || written_.empty()) return std::nullopt;
    const Slot& next = written_.front();
    pts = std::max(last_pts_, clock_->to_capture_time(next.timestamp_us, std::max(next.arrival, attached_)));
    ready_.wait_until(lock, stop, media::to_time_point(std::min(pts, until)), [] { return false; });
    if (stop.stop_requested() || pts > media::monotonic_now()) return std::nullopt;
    last_pts_ = pts;
    if (!current_.bytes.empty()) free_.push_back(std::move(current_));
    current_ = std::move(written_.front());
    written_.pop_front();
  }
  on_room_();

  media::VideoFrame frame = media::laid_out(format_, current_.bytes.data());
  frame.pts = pts;
  frame.sequence = sequence_++;
  return frame;
}

// --- sound -------------------------------------------------------------------------------------------------------------------

AudioInput::AudioInput(media::AudioFormat format, std::function<void()> on_room)
    : format_(format), on_room_(std::move(on_room)) {}

Time AudioInput::duration(size_t frames) const {
  return Time(static_cast<int64_t>(frames) * 1'000'000 / format_.sample_rate);
}

bool AudioInput::has_room() const {
  const std::lock_guard lock(mutex_);
  return duration(held_frames_) < kHeldSound;
}

bool AudioInput::write(std::span<const uint8_t> samples, int64_t timestamp_us) {
  const bool whole = samples.size() % format_.bytes_per_frame() == 0;
  if (!whole) throw std::invalid_argument("written sound must be a whole number of frames");
  Slot slot{std::vector<uint8_t>(samples.begin(), samples.end()), timestamp_us, media::monotonic_now()};
  const std::lock_guard lock(mutex_);
  if (ended_) return false;
  if (samples.empty()) return true;
  held_frames_ += frames_in(slot);
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
  if (clock_) return;
  current_ = std::vector<uint8_t>();  // "= {}" would keep its memory
  if (!closed_) return;
  written_.clear();
  held_frames_ = 0;
}

void AudioInput::attach(std::shared_ptr<InputClock> clock) {
  const std::lock_guard lock(mutex_);
  if (clock_) throw already_read();
  clock_ = std::move(clock);
  attached_ = media::monotonic_now();
  last_pts_ = Time::min();
}

void AudioInput::detach() {
  const std::lock_guard lock(mutex_);
  clock_.reset();
  free_unless_read();
}

bool AudioInput::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_ && written_.empty();
}

std::optional<media::AudioBuffer> AudioInput::read(std::stop_token stop, Time until) {
  media::AudioBuffer buffer;
  buffer.format = format_;
  {
    std::unique_lock lock(mutex_);
    ready_.wait_until(lock, stop, media::to_time_point(until), [this] { return !written_.empty() || ended_; });
    if (stop.stop_requested() || written_.empty()) return std::nullopt;
    Slot& next = written_.front();
    const Time first = clock_->to_capture_time(next.timestamp_us, std::max(next.arrival, attached_));
    buffer.pts = std::max(last_pts_, first + duration(next.taken));
    ready_.wait_until(lock, stop, media::to_time_point(std::min(buffer.pts, until)), [] { return false; });
    if (stop.stop_requested() || buffer.pts > media::monotonic_now()) return std::nullopt;
    last_pts_ = buffer.pts;

    const size_t piece = std::max<size_t>(1, static_cast<size_t>(format_.sample_rate) * kPiece.count() / 1'000'000);
    buffer.frames = std::min(piece, frames_in(next) - next.taken);
    buffer.samples = next.bytes.data() + next.taken * format_.bytes_per_frame();
    next.taken += buffer.frames;
    held_frames_ -= buffer.frames;
    if (next.taken == frames_in(next)) {
      current_ = std::move(next.bytes);  // what `samples` points into stays where it is
      written_.pop_front();
    }
  }
  on_room_();
  return buffer;
}

}  // namespace capture
