// From the timestamps that a program writes to capture times. Timestamps are believed as long as they can be: they count from any
// origin, and what picture and sound stamp equal is captured at the same time. They are not believed when they would have viewers
// wait or miss what was written: one that is a second or more away from what was expected begins a new epoch, in which the input
// goes on where it stood. The other input joins that epoch when its own timestamps come to it, so that both stay together, whichever
// steps first. Pure: what time it is, and how the program writes, are arguments.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "capture/stamp_unit.h"
#include "media/time.h"

namespace capture {

/// The epochs that picture and sound of one publication share: what is added to a timestamp for its capture time. Any thread.
class InputClock {
 public:
  struct Epoch {
    uint64_t number = 0;
    media::Time offset{};
  };
  using Fits = std::function<bool(media::Time capture_time)>;

  /// The newest epoch; before there is any, one in which this timestamp is captured at `at`.
  Epoch begin(media::Time stamp, media::Time at);
  /// The newest epoch in which this timestamp fits.
  std::optional<Epoch> find(media::Time stamp, const Fits& fits) const;
  /// The same; where there is none, a new one in which this timestamp is captured at `at`.
  Epoch find_or_open(media::Time stamp, const Fits& fits, media::Time at);

 private:
  static constexpr size_t kKept = 4;  // what is reordered or comes later may still be of one before
  std::optional<Epoch> found(media::Time stamp, const Fits& fits) const;
  Epoch open(media::Time stamp, media::Time at);

  mutable std::mutex mutex_;
  std::vector<Epoch> epochs_;  // the newest last
};

/// What was written, as far as time goes.
struct Stamped {
  int64_t timestamp_us = 0;
  media::Time arrival{};
  media::Time length{};     // of the samples; of a picture at the announced rate
  media::Time held_back{};  // for how long there had been no room for it
};

/// One input's way through the epochs, for one reader. Not thread-safe but for the clock that it shares.
class InputTimeline {
 public:
  /// `samples_per_second`: 0 for pictures.
  InputTimeline(std::shared_ptr<InputClock> clock, int samples_per_second)
      : clock_(std::move(clock)), samples_per_second_(samples_per_second), unit_(samples_per_second) {}

  struct Place {
    media::Time at;  // capture time
    bool settled;    // false: a gap, unless what comes shows that it is a jump
  };
  /// Of the item that is read next; as often as it takes until it is due. `unhurried`: as WritingPace has it.
  Place place(const Stamped& item, bool unhurried);
  /// It was read, or its first part was.
  void taken();

  uint64_t jumps() const { return jumps_; }
  /// What was seen at the first jump, or that the unit is another, for people; each is given once.
  std::optional<std::string> take_report();

 private:
  struct Taken {
    media::Time stamp;
    media::Time at;
    media::Time length;
  };
  struct Lateness {
    media::Time arrival;
    media::Time stamp;
  };
  media::Time scaled(int64_t timestamp) const;
  Place counted(const Stamped& item) const;
  Place stamped(const Stamped& item, media::Time stamp, bool unhurried);
  media::Time expected(const Stamped& item) const { return last_ ? last_->at + last_->length : item.arrival; }
  bool catches_up(const Stamped& item, media::Time stamp);
  void jumped(const Stamped& item, media::Time stamp, media::Time off);

  std::shared_ptr<InputClock> clock_;
  int samples_per_second_;
  StampUnit unit_;
  std::optional<InputClock::Epoch> epoch_;
  uint64_t newest_ = 0;  // of its epochs: to come back to an earlier one is no new jump
  std::optional<Taken> last_;
  std::optional<Taken> next_;          // as placed last
  media::Time spacing_{};              // of pictures, of late
  media::Time excused_{};              // of the lateness, what comes of holding the writer back
  std::optional<Lateness> late_from_;  // it is seen whether the writer catches up
  uint64_t jumps_ = 0;
  bool reported_ = false;
  bool unit_reported_ = false;
  std::optional<std::string> report_;
};

}  // namespace capture
