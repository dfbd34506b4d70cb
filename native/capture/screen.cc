#include "capture/screen.h"

#include <algorithm>
#include <cstdlib>

#include "capture/metronome.h"
#include "capture/x11.h"
#include "media/error.h"

namespace capture {
namespace {

std::string display_name(const std::string& named) {
  if (!named.empty()) return named;
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  if (std::string display = variable("DISPLAY"); !display.empty()) return display;
  const std::string why = variable("WAYLAND_DISPLAY").empty()
                              ? "$DISPLAY is not set; name a display such as :0"
                              : "this is a Wayland session, which is not captured yet; log in to an X11 session (\"on Xorg\")";
  throw media::Error(media::Code::kDeviceNotFound, "there is no X11 screen: " + why);
}

std::string to_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

Region region_within(X11Display::Size size, const Screen& settings, const std::string& name) {
  Region region{settings.x, settings.y, settings.width, settings.height};
  if (region.width == 0 && region.height == 0) {
    region.width = size.width - std::max(0, region.x);
    region.height = size.height - std::max(0, region.y);
  }
  const bool within = region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0 &&
                      region.x <= size.width - region.width && region.y <= size.height - region.height;
  if (within) return region;
  const std::string corner = std::to_string(region.x) + "," + std::to_string(region.y);
  throw media::Error(media::Code::kDeviceFormat, "the region " + to_text(region.width, region.height) + " at " + corner +
                                                     " does not lie within screen " + name + ", which is " +
                                                     to_text(size.width, size.height))
      .with_device(name);
}

class ScreenSource final : public media::VideoSource {
 public:
  ScreenSource(const Screen& settings, const std::string& name, const std::stop_token& stop)
      : name_(name),
        display_(name, stop, std::chrono::seconds(5)),
        region_(region_within(display_.sizes().at(static_cast<size_t>(display_.screen())), settings, name)),
        frame_rate_(settings.frame_rate),
        metronome_(settings.frame_rate) {
    display_.select(region_, settings.cursor, stop);
    // All of it is meant, however large: it is opened anew when that changes.
    if (settings.width == 0 && settings.height == 0) display_.hold_to_size(stop);
  }

  media::VideoFormat format() const override { return {media::PixelFormat::kBGRA, region_.width, region_.height, frame_rate_}; }

  media::Opened opened() const override {
    return {name_, "X11 display " + name_ + (display_.shares_memory() ? "" : ", through its socket"), "BGRA"};
  }

  std::optional<media::VideoFrame> read(std::stop_token stop, media::Time until) override {
    const auto tick = metronome_.next(stop, until);
    if (!tick) return std::nullopt;
    const auto grab = display_.grab(stop);
    if (!grab) return std::nullopt;
    if (grab->cursor) blend(*grab->cursor, grab->pixels, region_.width, region_.height, grab->stride);

    media::VideoFrame frame;
    frame.pixel_format = media::PixelFormat::kBGRA;
    frame.width = region_.width;
    frame.height = region_.height;
    frame.planes[0] = reinterpret_cast<const uint8_t*>(grab->pixels);
    frame.strides[0] = static_cast<int>(grab->stride * sizeof(uint32_t));
    frame.pts = grab->moment;
    frame.sequence = *tick;
    return frame;
  }

 private:
  std::string name_;
  X11Display display_;
  Region region_;
  media::Rational frame_rate_;
  Metronome metronome_;
};

}  // namespace

std::unique_ptr<media::VideoSource> open_screen(const Screen& settings, std::stop_token stop) {
  return std::make_unique<ScreenSource>(settings, display_name(settings.display), stop);
}

void list_screens(DeviceList& list, const std::stop_token& stop) {
  try {
    const std::string name = display_name({});
    const X11Display display(name, stop, std::chrono::seconds(2));
    // ":0" and ":0.1" both name a server; its screens are :0.0, :0.1 and so on.
    const size_t colon = name.rfind(':');
    const std::string server = name.substr(0, name.find('.', colon == std::string::npos ? 0 : colon));
    const auto sizes = display.sizes();
    for (size_t i = 0; i < sizes.size(); i++) {
      Device device{"screen", server + "." + std::to_string(i), {}, "x11"};
      device.label = "Screen " + std::to_string(i) + " of display " + server + ", " + to_text(sizes[i].width, sizes[i].height);
      device.width = sizes[i].width;
      device.height = sizes[i].height;
      device.instance = display.instance();
      list.devices.push_back(std::move(device));
    }
  } catch (const media::Error& error) {
    list.notes.push_back(std::string("x11: ") + error.what());
  }
}

}  // namespace capture
