// When pictures are due, and which of them: what a source gives, in its own uneven time, put on the even grid of a constant frame
// rate. A picture goes out the moment it comes, on the place that is nearest to its capture time; a place that no picture came for
// can show the one before again, and of two pictures for one place the second goes. Nothing accumulates: place k lies at the grid's
// beginning + k / rate, computed from k. Pure.
//
// With a variable frame rate the places are the capture times themselves; only a source faster than the rate is thinned out.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "media/format.h"
#include "media/time.h"

namespace pipeline {

class Cadence {
 public:
  Cadence(media::Rational rate, bool constant) : rate_(rate), constant_(constant) {}

  struct Place {
    bool wanted;    // false: the picture's place is taken
    int64_t empty;  // places before it that no picture came for: to be taken or skipped first
  };
  Place place_of(media::Time pts) {
    if (!beginning_ || realign_) return begin_at(pts);
    const double late = distance(pts);
    if (late < -kEarliest && (constant_ || thins_)) return {false, 0};
    if (!constant_) {
      if (!thins_ || late > kLongestGap) start_at(pts);
      return {true, 0};
    }
    if (late < kLatest) return {true, 0};
    return {true, static_cast<int64_t>(std::llround(late))};
  }

  /// Takes the next place, for a picture of that capture time or for a repetition, and gives its timestamp.
  media::Time take(std::optional<media::Time> pts = std::nullopt) {
    media::Time stamp = constant_ || !pts ? next() : *pts;
    if (last_) stamp = std::max(stamp, *last_ + media::Time(1));
    ++next_;
    last_ = stamp;
    return stamp;
  }

  /// How many of the places that the source left empty are worth filling, of a track that had to wait `idle` for the picture after
  /// them and takes `work` for each: all that the source is to blame for. Where the track itself was too slow, filling would make it
  /// slower still; one that is nearly too slow fills only what it had all the time for.
  int64_t repeats(int64_t empty, media::Time idle, media::Time work) const {
    if (idle < kNoWait) return 0;
    const bool has_time = static_cast<double>(work.count()) < kMostWork * static_cast<double>(interval().count());
    return std::min(empty, (idle + (has_time ? interval() - media::Time(1) : media::Time{})) / interval());
  }

  void skip(int64_t places) { next_ += places; }

  /// Where the next place is. Only after the first picture.
  media::Time next() const {
    const int64_t parts = next_ * rate_.den;  // whole seconds first: the product would overflow within days
    return *beginning_ + media::Time(parts / rate_.num * 1'000'000 + parts % rate_.num * 1'000'000 / rate_.num);
  }
  media::Time interval() const { return media::Time(rate_.den * 1'000'000 / rate_.num); }
  bool constant() const { return constant_; }
  bool begun() const { return beginning_.has_value(); }

  /// A source, of this nominal rate, begins: the grid moves once, by less than a place, to where its pictures are.
  void follow(media::Rational source_rate) {
    realign_ = true;
    first_ = true;
    thins_ = source_rate.value() > 1.01 * rate_.value();
  }

 private:
  // In places. A picture may be half a place off its own either way; the little more keeps one that wavers about the middle from
  // being left out and repeated in turn.
  static constexpr double kEarliest = 0.45;
  static constexpr double kLatest = 0.65;
  static constexpr double kLongestGap = 4;
  static constexpr double kMostWork = 0.7;
  static constexpr media::Time kNoWait = std::chrono::milliseconds(1);  // the picture was there already

  double distance(media::Time pts) const {
    return static_cast<double>((pts - next()).count()) * 1e-6 * rate_.value();
  }
  Place begin_at(media::Time pts) {
    const bool first = std::exchange(first_, false);
    // Its place is taken by the source before. The very first is shown all the same, on the place after that: it may be a still.
    if (last_ && pts < *last_ + interval() / 2) return {first, 0};
    const int64_t empty = last_ && constant_ ? static_cast<int64_t>(std::max(0.0, std::floor(distance(pts)))) : 0;
    realign_ = false;
    start_at(pts, -empty);
    return {true, empty};
  }
  void start_at(media::Time moment, int64_t next = 0) {
    beginning_ = moment;
    next_ = next;
  }

  media::Rational rate_;
  bool constant_;
  bool realign_ = false;
  bool first_ = false;
  bool thins_ = false;  // a variable rate: the source gives more than is wanted
  std::optional<media::Time> beginning_;
  std::optional<media::Time> last_;  // stamp given
  int64_t next_ = 0;
};

}  // namespace pipeline
