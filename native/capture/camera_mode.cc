#include "capture/camera_mode.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <tuple>

#include "media/error.h"

namespace capture {
namespace {

constexpr media::Rational kUsualRate{30, 1};
constexpr int64_t kUsualArea = 1280 * 720;
constexpr double kSame = 1.0015;  // 30 and 30000/1001, a ratio of 1.001, are not worth another mode

/// What costs the least to encode comes first. The others, but for JPEG, lack colour or depth, or cost more than JPEG does.
constexpr std::array kPreferred = std::to_array<std::string_view>({"NV12", "NM12", "YU12", "YM12", "YV12", "YM21", "YUYV", "UYVY",
                                                                   "BGR4", "AR24", "XR24", "AB24", "XB24", "BGR3", "RGB3", "BA24",
                                                                   "BX24", "RGB4", "NV21", "NM21", "YVYU", "VYUY", "422P", "NV16",
                                                                   "NV61", "YM16", "YM61", "NM16", "NM61"});

size_t cost(const std::string& format) { return static_cast<size_t>(std::ranges::find(kPreferred, format) - kPreferred.begin()); }
bool is_jpeg(const std::string& format) { return format == "MJPG" || format == "JPEG"; }
bool is_last_resort(const std::string& format) { return cost(format) == kPreferred.size() && !is_jpeg(format); }

/// The lowest rate that reaches the wanted one, else the highest.
media::Rational nearest(const std::vector<media::Rational>& rates, media::Rational wanted) {
  std::optional<media::Rational> above, best;
  for (const media::Rational rate : rates) {
    if (!best || rate.value() > best->value()) best = rate;
    if (rate.value() * kSame < wanted.value()) continue;
    if (!above || std::abs(rate.value() - wanted.value()) < std::abs(above->value() - wanted.value())) above = rate;
  }
  return above ? *above : best.value_or(media::Rational{0, 1});
}

std::string size_of(const CameraMode& mode) { return std::to_string(mode.width) + "x" + std::to_string(mode.height); }

struct Offer {
  std::string formats, sizes;
};

/// "NV12, YUYV 640x480, 1280x720; MJPG 1920x1080": formats with the same sizes are named together.
std::string offered(const std::vector<CameraMode>& modes) {
  std::vector<Offer> offers;
  for (auto mode = modes.begin(); mode != modes.end();) {
    const std::string& format = mode->format;
    std::string sizes = size_of(*mode);
    while (++mode != modes.end() && mode->format == format) sizes += ", " + size_of(*mode);
    const auto same = std::ranges::find(offers, sizes, &Offer::sizes);
    if (same == offers.end()) {
      offers.push_back({format, sizes});
    } else {
      same->formats += ", " + format;
    }
  }
  std::string text;
  for (const Offer& offer : offers) text += (text.empty() ? "" : "; ") + offer.formats + " " + offer.sizes;
  return text;
}

std::string words(const Camera& wanted) {
  std::string text = wanted.format;
  const auto number = [](int length) { return length == 0 ? std::string("?") : std::to_string(length); };
  if (wanted.width != 0 || wanted.height != 0) {
    text += (text.empty() ? "" : " ") + number(wanted.width) + "x" + number(wanted.height);
  }
  return text;
}

}  // namespace

ChosenMode choose_mode(const std::vector<CameraMode>& modes, const Camera& wanted, const std::string& name) {
  if (modes.empty()) {
    throw media::Error(media::Code::kDeviceFormat, "camera " + name + " offers no pixel format that can be read here").with_device(name);
  }
  const media::Rational rate = wanted.frame_rate.num == 0 ? kUsualRate : wanted.frame_rate;
  const auto merit = [&](const CameraMode& mode, media::Rational at) {
    const double reached = at.num == 0 ? rate.value() : std::min(at.value() * kSame, rate.value());
    const double excess = at.num == 0 ? 0 : std::max(0.0, at.value() - rate.value() * kSame);
    const int64_t area = int64_t{mode.width} * mode.height;
    const int64_t size = area <= kUsualArea ? area : -area;
    return std::tuple(!is_last_resort(mode.format), reached, size, !is_jpeg(mode.format), -excess,
                      -static_cast<double>(cost(mode.format)));
  };
  const CameraMode* best = nullptr;
  media::Rational best_rate;
  for (const CameraMode& mode : modes) {
    if (wanted.width != 0 && mode.width != wanted.width) continue;
    if (wanted.height != 0 && mode.height != wanted.height) continue;
    if (!wanted.format.empty() && mode.format != wanted.format) continue;
    const media::Rational at = nearest(mode.frame_rates, rate);
    if (best != nullptr && merit(mode, at) <= merit(*best, best_rate)) continue;
    best = &mode;
    best_rate = at;
  }
  if (best != nullptr) return {best->format, best->width, best->height, best_rate.num == 0 ? wanted.frame_rate : best_rate};
  throw media::Error(media::Code::kDeviceFormat,
                     "camera " + name + " does not offer " + words(wanted) + "; it offers " + offered(modes))
      .with_device(name);
}

}  // namespace capture
