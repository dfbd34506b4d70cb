#include "pipeline/throttle.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pipeline {

using media::Time;
using namespace std::chrono_literals;

namespace {

constexpr double kUsed = 0.85;     // of what the network carries; the rest drains the queues
constexpr double kLeastStep = 0.7;
constexpr Time kPause = 300ms;     // between two steps
constexpr Time kStanding = 1s;     // what has waited all this time is no keyframe
constexpr Time kWindow = 3s;       // of measuring
constexpr Time kShortestWindow = 150ms;
constexpr double kPiling = 0.05;   // of what arrives
constexpr Time kInterruption = 200ms;
constexpr Time kInterruptedPause = 1s;
constexpr double kGrowth = 20;     // seconds until the rate is e times what it was
constexpr double kWorthTelling = 1.02;
constexpr int kHeaders = 10'000;   // RTMP's, of some 80 messages a second

double seconds(Time time) { return static_cast<double>(time.count()) / 1e6; }

}  // namespace

Throttle::Throttle(Time max_wait, int sound)
    : max_wait_(std::min(max_wait, Time(2s))), little_(std::max(max_wait_, Time(400ms)) / 8), others_(sound + kHeaders) {}

int Throttle::allow(int wanted, const Look& look, Time now) {
  const bool dropped = look.dropped_frames > std::exchange(dropped_frames_, look.dropped_frames);
  measure(look, now);
  double rate = std::min<double>(wanted, grown(now));
  const double least = std::min(rate, static_cast<double>(kFloor));

  const bool narrow = too_narrow(look, dropped, now);
  const double fits = interrupted_ ? (dropped ? 0 : rate) : kUsed * carried_ - others_;
  if (narrow && fits < rate && now - lowered_ >= (interrupted_ ? kInterruptedPause : kPause)) {
    rate = std::max({fits, kLeastStep * rate, least});
    lowered_ = now;
  }
  if (narrow || now - there_little_ > kStanding) {
    rate_ = rate;
    grows_from_ = now;
  }
  const int whole = static_cast<int>(rate);
  if (whole < told_ || whole > told_ * kWorthTelling || whole == wanted) told_ = whole;
  return told_;
}

double Throttle::grown(Time now) const { return rate_ * std::exp(std::pow(seconds(now - grows_from_) / kGrowth, 3)); }

bool Throttle::too_narrow(const Look& look, bool dropped, Time now) {
  const Time here = dropped ? max_wait_ : look.age_unacked - look.round_trip;
  if (here < little_) here_little_ = now;
  if (look.age_unread - look.least_round_trip < little_) there_little_ = now;
  return here > max_wait_ / 2 || now - here_little_ > kStanding || (piling_up_ && now - there_little_ > kStanding);
}

void Throttle::measure(const Look& look, Time now) {
  const bool arrived = look.delivered > std::exchange(delivered_, look.delivered) || look.outstanding == 0;
  const bool resumed = arrived && interrupted_;
  if (arrived) arrived_ = now;
  interrupted_ = look.window_open && now - arrived_ > kInterruption;

  if (resumed || look.age_unread - look.least_round_trip <= little_ / 2) busy_.clear();
  while (!busy_.empty() && now - busy_.front().at > kWindow) busy_.pop_front();
  busy_.push_back({now, look.delivered, look.outstanding});
  const Sample& first = busy_.front();
  const auto bytes = static_cast<double>(look.delivered - first.delivered);
  const Time length = now - first.at;
  carried_ = length < kShortestWindow ? std::numeric_limits<double>::infinity() : bytes * 8 / seconds(length);
  piling_up_ = static_cast<double>(look.outstanding) > static_cast<double>(first.outstanding) + kPiling * bytes;
}

}  // namespace pipeline
