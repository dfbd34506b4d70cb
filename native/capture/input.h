// Frames and sound written by the program. One side is written by the JS thread, the other is read by a track (through
// open_video()/open_audio()); a mutex lies between. Never blocks the writing side.
//
// Time: what is written comes out of read() at its capture time, not earlier, and nothing is dropped, so a program that writes
// faster than real time is held back by has_room(). What is already late comes out at once. What is stamped earlier than what
// was read before it is kept, and gets the capture time of that.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "media/stages.h"

namespace capture {

/// Maps the program's timestamps (microseconds from any origin) to capture time. The first one that arrives is taken to be
/// captured at its arrival; picture and sound of one publication share one InputClock, so what the program stamped equal stays
/// together. Any timestamp is harmless: a capture time is within a year of the arrival. Any thread.
class InputClock {
 public:
  media::Time to_capture_time(int64_t timestamp_us, media::Time arrival);

 private:
  std::mutex mutex_;
  std::optional<int64_t> offset_us_;
};

/// A bounded mailbox of written frames: two at most. `on_room` is called, from the reading thread and with no lock held, each
/// time a written frame was taken.
class VideoInput {
 public:
  VideoInput(media::VideoFormat format, std::function<void()> on_room);

  /// Bytes of one frame: what write() insists on. Planes lie one after another without padding; I420, NV12 and YUY2 of an odd
  /// size have their chroma rounded up.
  size_t frame_size() const;
  const media::VideoFormat& format() const { return format_; }

  // The writing side.
  bool has_room() const;
  /// Copies one frame in; needs has_room(). False after end(). Throws std::invalid_argument when the size is another.
  bool write(std::span<const uint8_t> data, int64_t timestamp_us);
  /// No more will come: read() gives what is left, then ends.
  void end();
  /// As end(), and what is left is nobody's: it is freed at once, or when the present reader detaches.
  void close();
  /// Bytes that it keeps.
  size_t memory() const;

  // The reading side: one track at a time. What was written before attach() counts as arrived then; what was not read before
  // detach() is the next reader's.
  /// Throws media::Error while another is attached. Who has attached reads, and detaches; nobody else does.
  void attach(std::shared_ptr<InputClock> clock);
  void detach();
  std::optional<media::VideoFrame> read(std::stop_token stop, media::Time until = media::kForever);
  /// All that was written is read, and no more will come.
  bool ended() const;

 private:
  struct Slot {
    std::vector<uint8_t> bytes;
    int64_t timestamp_us = 0;
    media::Time arrival{};
  };
  void free_unless_read();

  media::VideoFormat format_;
  std::function<void()> on_room_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<Slot> written_;
  std::vector<Slot> free_;
  Slot current_;
  std::shared_ptr<InputClock> clock_;  // of who is attached
  media::Time attached_{};
  media::Time last_pts_ = media::Time::min();
  uint64_t sequence_ = 0;
  bool ended_ = false;
  bool closed_ = false;
};

/// As VideoInput, for interleaved samples: write() takes any number of frames; has_room() while less than 200 ms are held. read()
/// gives them in pieces of at most 20 ms, each at the capture time of its first sample.
class AudioInput {
 public:
  AudioInput(media::AudioFormat format, std::function<void()> on_room);

  const media::AudioFormat& format() const { return format_; }

  bool has_room() const;
  /// Throws std::invalid_argument when `samples` is not a whole number of frames.
  bool write(std::span<const uint8_t> samples, int64_t timestamp_us);
  void end();
  void close();
  size_t memory() const;

  /// As VideoInput's.
  void attach(std::shared_ptr<InputClock> clock);
  void detach();
  std::optional<media::AudioBuffer> read(std::stop_token stop, media::Time until = media::kForever);
  bool ended() const;

 private:
  struct Slot {
    std::vector<uint8_t> bytes;
    int64_t timestamp_us = 0;
    media::Time arrival{};
    size_t taken = 0;  // frames
  };
  void free_unless_read();
  media::Time duration(size_t frames) const;
  size_t frames_in(const Slot& slot) const { return slot.bytes.size() / format_.bytes_per_frame(); }

  media::AudioFormat format_;
  std::function<void()> on_room_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<Slot> written_;
  size_t held_frames_ = 0;
  std::vector<uint8_t> current_;
  std::shared_ptr<InputClock> clock_;  // of who is attached
  media::Time attached_{};
  media::Time last_pts_ = media::Time::min();
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace capture
