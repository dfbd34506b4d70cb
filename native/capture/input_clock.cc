#include "capture/input_clock.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace capture {

using media::Time;
using namespace std::chrono_literals;

namespace {

// What is off by less is believed, as it ever was: it comes late, or waits.
constexpr Time kStep = 1s;
// A picture may be written this long before it is due, as may the first sound; more is no gap but another origin.
constexpr Time kLongestGap = 60s;
// Of an input that goes on within this time of where it stood, the new epoch joins on without a seam.
constexpr Time kSlack = 100ms;
// How long a writer that is late is given to show that it catches up.
constexpr Time kPatience = 250ms;
// A timestamp is cut to this, so that no sum can overflow.
constexpr double kLargest = 1e18;

std::string seconds(Time time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s", static_cast<double>(time.count()) * 1e-6);
  return text.data();
}

}  // namespace

// --- the epochs --------------------------------------------------------------------------------------------------------------

InputClock::Epoch InputClock::begin(Time stamp, Time at) {
  const std::lock_guard lock(mutex_);
  return epochs_.empty() ? open(stamp, at) : epochs_.back();
}

std::optional<InputClock::Epoch> InputClock::find(Time stamp, const Fits& fits) const {
  const std::lock_guard lock(mutex_);
  return found(stamp, fits);
}

InputClock::Epoch InputClock::find_or_open(Time stamp, const Fits& fits, Time at) {
  const std::lock_guard lock(mutex_);
  const auto epoch = found(stamp, fits);
  return epoch ? *epoch : open(stamp, at);
}

std::optional<InputClock::Epoch> InputClock::found(Time stamp, const Fits& fits) const {
  const auto epoch = std::find_if(epochs_.rbegin(), epochs_.rend(), [&](const Epoch& each) { return fits(stamp + each.offset); });
  return epoch == epochs_.rend() ? std::nullopt : std::optional(*epoch);
}

InputClock::Epoch InputClock::open(Time stamp, Time at) {
  const uint64_t number = epochs_.empty() ? 0 : epochs_.back().number + 1;
  if (epochs_.size() == kKept) epochs_.erase(epochs_.begin());
  return epochs_.emplace_back(Epoch{number, at - stamp});
}

// --- an input ----------------------------------------------------------------------------------------------------------------

Time InputTimeline::scaled(int64_t timestamp) const {
  const double wide = static_cast<double>(timestamp) * unit_.microseconds();
  if (std::abs(wide) >= kLargest) return Time(static_cast<int64_t>(std::copysign(kLargest, wide)));
  return unit_.microseconds() == 1 ? Time(timestamp) : Time(std::llround(wide));
}

InputTimeline::Place InputTimeline::place(const Stamped& item, bool unhurried) {
  if (!next_ && unit_.note(item.timestamp_us, item.arrival, item.length)) {
    ++jumps_;
    spacing_ = {};
    if (!std::exchange(unit_reported_, true)) {
      reported_ = true;
      report_ = std::string("its timestamps are ") + unit_.name() + ", not microseconds" +
                (unit_.microseconds() == 0 ? "; what it writes is taken as it comes" : ", and are taken as such");
    }
  }
  const Time stamp = scaled(item.timestamp_us);
  const Place place = unit_.microseconds() == 0 ? counted(item) : stamped(item, stamp, unhurried);
  Time length = item.length;
  if (samples_per_second_ == 0 && unit_.microseconds() != 0) {
    if (last_ && stamp > last_->stamp && stamp < last_->stamp + kStep) spacing_ = stamp - last_->stamp;
    if (spacing_ > Time{}) length = spacing_;
  }
  next_ = Taken{stamp, place.at, length};
  return place;
}

void InputTimeline::taken() { last_ = std::exchange(next_, std::nullopt); }

/// By what was written before alone.
InputTimeline::Place InputTimeline::counted(const Stamped& item) const {
  return {std::max(expected(item), item.arrival - kSlack), true};
}

InputTimeline::Place InputTimeline::stamped(const Stamped& item, Time stamp, bool unhurried) {
  const Time arrival = item.arrival;
  const Time expected = this->expected(item);
  if (!epoch_) {
    epoch_ = clock_->begin(stamp, arrival);
    newest_ = epoch_->number;
  }
  const Time at = stamp + epoch_->offset;
  if (!next_) excused_ = std::clamp(arrival - at, Time{}, excused_ + item.held_back);

  // As it was expected: after what was before, or after a while in which nothing came at its arrival; and not so late that nobody
  // would see or hear it.
  const InputClock::Fits fits = [&](Time at) {
    const bool goes_on = last_ && std::chrono::abs(at - expected) < kStep;
    const bool after_pause = (!last_ || at > expected) && std::chrono::abs(at - arrival) < kStep;
    return (goes_on || after_pause) && arrival - at < kStep + excused_;
  };
  if (fits(at)) {
    late_from_.reset();
    return {at, true};
  }
  if (!clock_->find(stamp, fits)) {
    const bool late = arrival - at >= kStep + excused_;
    // Late, and on from where it stood: the pile of a source that stalled, unless it does not get smaller.
    const bool on = last_ && at > expected - kStep;
    if (late && on && arrival - at <= kLongestGap && catches_up(item, stamp)) return {at, true};
    // Ahead: a still that is followed by another much later, or an input that is to begin later, of a writer who is ahead as well.
    const bool gap = at > expected && (samples_per_second_ == 0 || !last_);
    if (!late && gap && at - std::max(expected, arrival) <= kLongestGap && !unhurried) return {at, false};
  }
  const bool seamless = last_ && arrival <= expected + kSlack + excused_;
  const InputClock::Epoch next = clock_->find_or_open(stamp, fits, seamless ? expected : arrival);
  if (next.number > newest_) jumped(item, stamp, at - (seamless ? expected : arrival));
  newest_ = std::max(newest_, next.number);
  epoch_ = next;
  late_from_.reset();
  return {stamp + next.offset, true};
}

bool InputTimeline::catches_up(const Stamped& item, Time stamp) {
  if (!late_from_) late_from_ = {item.arrival, stamp};
  const Time elapsed = item.arrival - late_from_->arrival;
  if (elapsed < kPatience) return true;
  if (4 * (stamp - late_from_->stamp) < 5 * elapsed) return false;
  late_from_ = {item.arrival, stamp};
  return true;
}

/// `off`: how far it would have come from where it belongs.
void InputTimeline::jumped(const Stamped& item, Time stamp, Time off) {
  ++jumps_;
  if (std::exchange(reported_, true)) return;
  const std::string written = "timestamp " + std::to_string(item.timestamp_us);
  if (!last_) {
    report_ = written + ", its first, is " + seconds(std::chrono::abs(off)) + (off > Time{} ? " ahead of" : " behind") +
              " the time of what is published already; it is published from its arrival on";
    return;
  }
  const Time step = stamp - last_->stamp;
  const bool late = step >= Time{} && off < Time{};
  report_ = written + (late ? " came " + seconds(-off) + " later than it says"
                            : " came " + seconds(std::chrono::abs(step)) + (step < Time{} ? " before" : " after") + " timestamp " +
                                  std::to_string((last_->stamp).count())) +
            "; it is published from where the input stood on";
}

std::optional<std::string> InputTimeline::take_report() { return std::exchange(report_, std::nullopt); }

}  // namespace capture
