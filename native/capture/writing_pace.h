// How a program writes: as fast as it is let, as from a file, or in its own time, as from a live source. The one uses room as soon
// as there is any, the other leaves it unused for as long as what it wrote lasts. Pure; the input's lock is held.
#pragma once

#include <algorithm>
#include <optional>

#include "media/time.h"

namespace capture {

class WritingPace {
 public:
  /// `most`: how much of what is written makes a difference to the room.
  explicit WritingPace(media::Time most) : most_(most) {}

  /// Something of this length was written at `now`, and left no room if `full`. Gives how long the writer had been held back for it.
  media::Time wrote(media::Time now, media::Time length, bool full) {
    media::Time held{};
    if (last_) {
      const media::Time free = full_ ? now : std::max(*last_, room_since_);
      held = free - *last_;
      unused_ += std::min(now - free, kMostUnused) - unused_ / kMemory;
      written_ += last_length_ - written_ / kMemory;
    }
    last_ = now;
    last_length_ = std::min(length, most_);
    full_ = full;
    return held;
  }
  /// There is room at `now`.
  void freed(media::Time now) {
    if (full_) room_since_ = now;
    full_ = false;
  }
  /// Another reader: how it was written while nobody read says nothing.
  void forget() { unused_ = written_ = {}; }

  /// It lets time pass between its writes. False also while nothing is known.
  bool unhurried() const { return written_ > media::Time{} && 3 * unused_ > written_; }

 private:
  static constexpr int kMemory = 8;  // writes
  static constexpr media::Time kMostUnused = std::chrono::seconds(1);

  media::Time most_;
  std::optional<media::Time> last_;
  media::Time last_length_{};
  media::Time room_since_{};
  bool full_ = false;
  media::Time unused_{};
  media::Time written_{};
};

}  // namespace capture
