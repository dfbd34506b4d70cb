#include "capture/camera_range.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace capture {
namespace {

constexpr std::pair<int, int> kUsualSizes[] = {{320, 180},  {320, 240},  {640, 360},   {640, 480},
                                               {800, 600},  {1280, 720}, {1920, 1080}, {3840, 2160}};
constexpr int64_t kUsualRates[] = {60, 50, 30, 25, 15, 10, 5};
constexpr std::pair<int, int> kUsualShapes[] = {{16, 9}, {4, 3}};

// Of a rate. UVC counts in units of 100 ns, in which neither 30 nor 24 pictures a second are whole; 30 and 29.97 are twice as far
// apart.
constexpr double kTolerance = 0.0005;

double interval_of(media::Rational rate) { return static_cast<double>(rate.den) / static_cast<double>(rate.num); }

}  // namespace

int LengthRange::below(int length) const {
  if (length <= least) return least;
  return least + (std::min(length, most) - least) / step * step;
}

bool RateRange::takes(media::Rational rate) const {
  const double interval = interval_of(rate);
  const double slack = interval * kTolerance;
  if (interval < interval_of(fastest) - slack || interval > interval_of(slowest) + slack) return false;
  if (step.num == 0) return true;
  const double steps = std::round((interval - interval_of(fastest)) / step.value());
  return std::abs(interval_of(fastest) + steps * step.value() - interval) <= slack;
}

std::vector<std::pair<int, int>> sizes_within(const SizeRange& range, const Camera& wanted) {
  std::vector<std::pair<int, int>> sizes;
  const auto add = [&](int width, int height) {
    const std::pair size(width, height);
    if (range.takes(width, height) && std::ranges::find(sizes, size) == sizes.end()) sizes.push_back(size);
  };
  add(range.width.least, range.height.least);
  for (const auto& [width, height] : kUsualSizes) add(width, height);
  add(range.width.below(range.width.most), range.height.below(range.height.most));
  add(wanted.width, wanted.height);
  for (const auto& [across, down] : kUsualShapes) {  // one side is named: the other follows
    if (wanted.height == 0) add(wanted.width, range.height.below(wanted.width * down / across));
    if (wanted.width == 0) add(range.width.below(wanted.height * across / down), wanted.height);
  }
  return sizes;
}

std::vector<media::Rational> rates_within(const RateRange& range, media::Rational wanted) {
  std::vector<media::Rational> rates;
  const auto add = [&](media::Rational rate) {
    if (std::ranges::find(rates, rate.value(), &media::Rational::value) == rates.end()) rates.push_back(rate);
  };
  add(range.fastest);
  add(range.slowest);
  for (const int64_t usual : kUsualRates) {
    if (range.takes({usual, 1})) add({usual, 1});
  }
  if (wanted.num != 0 && range.takes(wanted)) add(wanted);
  std::ranges::sort(rates, std::ranges::greater{}, &media::Rational::value);
  return rates;
}

}  // namespace capture
