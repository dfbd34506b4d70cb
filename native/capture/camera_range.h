// What is listed of a camera that takes every size or every rate between two: what is usual, both ends, and what is wished. Pure.
#pragma once

#include <utility>
#include <vector>

#include "capture/capture.h"

namespace capture {

/// From `least` on in steps, as far as `most`.
struct LengthRange {
  int least;
  int most;
  int step;
  bool takes(int length) const { return length >= least && length <= most && (length - least) % step == 0; }
  /// The largest of them up to `length`, or the least.
  int below(int length) const;
};

struct SizeRange {
  LengthRange width;
  LengthRange height;
  bool takes(int x, int y) const { return width.takes(x) && height.takes(y); }
};

/// Drivers give the time from picture to picture: from that of `fastest` on in steps of `step` seconds (num 0: any) to `slowest`.
struct RateRange {
  media::Rational fastest;
  media::Rational slowest;
  media::Rational step;
  bool takes(media::Rational rate) const;
};

/// `wanted` may name both sides, one, or none.
std::vector<std::pair<int, int>> sizes_within(const SizeRange& range, const Camera& wanted);

/// The highest first; `wanted` with num 0 is none.
std::vector<media::Rational> rates_within(const RateRange& range, media::Rational wanted);

}  // namespace capture
