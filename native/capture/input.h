// Frames and sound written by the program. One side is written by the JS thread, the other is read by a track (through
// open_video()/open_audio()); a mutex lies between. Never blocks the writing side.
//
// Time: what is written comes out of read() at its capture time (capture/input_clock.h), not earlier, and nothing is dropped, so a
// program that writes faster than real time is held back by has_room(). What is already late comes out at once. What is stamped
// earlier than what was read before it is kept, and gets the capture time of that.
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
#include <string>
#include <vector>

#include "capture/input_clock.h"
#include "capture/writing_pace.h"
#include "media/stages.h"

namespace capture {

/// A bounded mailbox of written frames: two at most. `on_room` is called, from the reading thread and with no lock held, when there
/// is room after has_room() has said that there is none.
class VideoInput {
 public:
  VideoInput(media::VideoFormat format, std::function<void()> on_room);

  /// Bytes of one frame: what write() insists on. Planes lie one after another without padding; I420, NV12 and YUY2 of an odd
  /// size have their chroma rounded up.
  size_t frame_size() const;
  const media::VideoFormat& format() const { return format_; }

  // The writing side.
  bool has_room();
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
  /// Of the present reader: how often timestamps were not believed, and why they were not the first time, given once.
  uint64_t timestamp_jumps() const;
  std::optional<std::string> take_report();

 private:
  struct Slot {
    std::vector<uint8_t> bytes;
    Stamped stamped;
  };
  void free_unless_read();
  media::Time interval() const;
  bool full() const { return written_.size() >= kMostHeld; }

  static constexpr size_t kMostHeld = 2;
  media::VideoFormat format_;
  std::function<void()> on_room_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<Slot> written_;
  std::vector<Slot> free_;
  Slot current_;
  std::optional<InputTimeline> timeline_;  // of who is attached
  WritingPace pace_;
  bool room_wanted_ = false;
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

  bool has_room();
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
  uint64_t timestamp_jumps() const;
  std::optional<std::string> take_report();
  /// How much is held that was not read.
  media::Time held() const;

 private:
  struct Slot {
    std::vector<uint8_t> bytes;
    Stamped stamped;
    size_t taken = 0;  // frames
    media::Time at{};  // capture time of its first sample, once some are taken
  };
  void free_unless_read();
  media::Time duration(size_t frames) const;
  void leave_out_taken(Slot& slot);
  bool full() const { return duration(held_frames_) >= kMostHeld; }
  size_t frames_in(const Slot& slot) const { return slot.bytes.size() / format_.bytes_per_frame(); }

  static constexpr media::Time kMostHeld = std::chrono::milliseconds(200);
  media::AudioFormat format_;
  std::function<void()> on_room_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<Slot> written_;
  size_t held_frames_ = 0;
  std::vector<uint8_t> current_;
  std::optional<InputTimeline> timeline_;  // of who is attached
  WritingPace pace_;
  bool room_wanted_ = false;
  media::Time attached_{};
  media::Time last_pts_ = media::Time::min();
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace capture
