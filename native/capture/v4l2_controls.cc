#include "capture/v4l2_controls.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include <linux/videodev2.h>

#include "media/error.h"

namespace capture {
namespace {

using media::Code;

// A device that enumerates without end is left at some point.
constexpr size_t kMostControls = 256;
constexpr int64_t kMostItems = 256;

struct Control {
  uint32_t id;
  bool wide;  // its value has 64 bits
  CameraControl about;
};

/// As v4l2-ctl makes it: "Exposure Time, Absolute" is exposure_time_absolute.
std::string to_identifier(const std::string& label) {
  std::string name;
  bool gap = false;
  for (const unsigned char letter : label) {
    if (std::isalnum(letter) == 0) {
      gap = !name.empty();
      continue;
    }
    if (std::exchange(gap, false)) name += '_';
    name += static_cast<char>(std::tolower(letter));
  }
  return name;
}

std::string text_of(const auto& bytes) {
  const auto* const first = reinterpret_cast<const char*>(bytes);
  return {first, std::find(first, first + sizeof bytes, '\0')};
}

/// The word of the API; nothing for what is no single number.
const char* type_of(const v4l2_query_ext_ctrl& query) {
  if (query.nr_of_dims > 0 || (query.flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) != 0) return nullptr;
  switch (query.type) {
    case V4L2_CTRL_TYPE_INTEGER:
    case V4L2_CTRL_TYPE_INTEGER64: return "integer";
    case V4L2_CTRL_TYPE_BOOLEAN: return "boolean";
    case V4L2_CTRL_TYPE_MENU:
    case V4L2_CTRL_TYPE_INTEGER_MENU: return "menu";
    case V4L2_CTRL_TYPE_BUTTON: return "button";
    case V4L2_CTRL_TYPE_BITMASK: return "bitmask";
    default: return nullptr;
  }
}

std::vector<CameraControl::Item> items_of(int fd, const v4l2_query_ext_ctrl& query) {
  std::vector<CameraControl::Item> items;
  for (int64_t value = query.minimum; value <= query.maximum && value < query.minimum + kMostItems; ++value) {
    v4l2_querymenu item{};
    item.id = query.id;
    item.index = static_cast<uint32_t>(value);
    if (call_v4l2(fd, VIDIOC_QUERYMENU, &item) < 0) continue;  // a menu may have holes
    items.push_back({value, query.type == V4L2_CTRL_TYPE_MENU ? text_of(item.name) : std::to_string(item.value)});
  }
  return items;
}

/// Nothing where it can only be written, or does not say now.
std::optional<int64_t> value_of(int fd, uint32_t id, bool wide) {
  v4l2_ext_control control{};
  control.id = id;
  v4l2_ext_controls request{};
  request.which = V4L2_CTRL_WHICH_CUR_VAL;
  request.count = 1;
  request.controls = &control;
  if (call_v4l2(fd, VIDIOC_G_EXT_CTRLS, &request) < 0) return std::nullopt;
  return wide ? control.value64 : control.value;
}

std::vector<Control> find_controls(const V4l2Node& node) {
  std::vector<Control> controls;
  const int fd = node.fd.get();
  v4l2_query_ext_ctrl query{};
  for (uint32_t last = 0; controls.size() < kMostControls; last = query.id) {
    query = {};
    query.id = last | V4L2_CTRL_FLAG_NEXT_CTRL;
    if (call_v4l2(fd, VIDIOC_QUERY_EXT_CTRL, &query) < 0 || query.id <= last) break;
    const char* const type = type_of(query);
    const std::string label = text_of(query.name), name = to_identifier(label);
    const auto is_named_so = [&](const Control& other) { return other.about.name == name; };
    if (type == nullptr || (query.flags & V4L2_CTRL_FLAG_DISABLED) != 0) continue;
    if (name.empty() || std::ranges::any_of(controls, is_named_so)) continue;
    const bool wide = query.type == V4L2_CTRL_TYPE_INTEGER64;
    CameraControl about{.name = name, .label = label, .type = type};
    about.min = query.minimum;
    about.max = query.maximum;
    about.step = static_cast<int64_t>(query.step);
    about.preset = query.default_value;
    if (query.type == V4L2_CTRL_TYPE_BITMASK) {  // the kernel's numbers of it are signed, its bits are not
      about.max = static_cast<uint32_t>(query.maximum);
      about.preset = static_cast<uint32_t>(query.default_value);
    }
    about.value = about.preset;
    about.read_only = (query.flags & V4L2_CTRL_FLAG_READ_ONLY) != 0;
    about.inactive = (query.flags & V4L2_CTRL_FLAG_INACTIVE) != 0;
    about.is_volatile = (query.flags & V4L2_CTRL_FLAG_VOLATILE) != 0;
    if (about.type == "menu") about.items = items_of(fd, query);
    controls.push_back({query.id, wide, std::move(about)});
  }
  return controls;
}

std::string listed(const auto& all, auto word_of) {
  std::string text;
  for (const auto& each : all) text += (text.empty() ? "" : ", ") + word_of(each);
  return text;
}

/// Streams would group the digits as the program's locale does.
std::string hexadecimal(int64_t value) {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), static_cast<uint64_t>(value), 16).ptr;
  return "0x" + std::string(digits, end);
}

/// What is wrong with the value, or nothing.
std::string objection(const CameraControl& control, int64_t value) {
  const std::string number = std::to_string(value);
  if (control.read_only) return "lets its control " + control.name + " be read only";
  if (control.type == "button") return "";
  if (control.type == "menu") {
    if (std::ranges::find(control.items, value, &CameraControl::Item::value) != control.items.end()) return "";
    const auto item = [](const CameraControl::Item& each) { return std::to_string(each.value) + " (" + each.label + ")"; };
    return "takes for " + control.name + " " + listed(control.items, item) + ", not " + number;
  }
  if (control.type == "bitmask") {
    if ((value & ~control.max) == 0) return "";
    return "takes for " + control.name + " bits of " + hexadecimal(control.max) + ", not " + hexadecimal(value);
  }
  if (value >= control.min && value <= control.max) return "";
  const std::string range = std::to_string(control.min) + " to " + std::to_string(control.max);
  return "takes for " + control.name + " " + range + ", not " + number;
}

media::Error refused(const V4l2Node& node, const std::string& control, int number) {
  const std::string camera = "camera " + node.name;
  const auto error = [&](Code code, const std::string& words) {
    return media::Error::from_errno(code, words, "VIDIOC_S_EXT_CTRLS", number).with_device(node.name);
  };
  switch (number) {
    case ENODEV: return error(Code::kDeviceLost, camera + " was lost; it may have been unplugged");
    case EBUSY: return error(Code::kDeviceBusy, camera + " does not let " + control + " be set while it streams");
    case EACCES:
      return error(Code::kDeviceFormat, camera + " rules " + control + " by itself; switch that off first, or together with it");
    default: return error(Code::kDeviceFormat, camera + " did not take what " + control + " was set to");
  }
}

}  // namespace

std::vector<CameraControl> controls_of(const V4l2Node& node) {
  std::vector<CameraControl> result;
  for (auto& [id, wide, about] : find_controls(node)) {
    if (about.type != "button") about.value = value_of(node.fd.get(), id, wide).value_or(about.preset);
    if (about.type == "bitmask") about.value = static_cast<uint32_t>(about.value);
    result.push_back(std::move(about));
  }
  return result;
}

void set_controls(const V4l2Node& node, const ControlValues& values) {
  if (values.empty()) return;
  const auto controls = find_controls(node);
  const auto refuse = [&](const std::string& words) -> media::Error {
    return media::Error(Code::kDeviceFormat, "camera " + node.name + " " + words).with_device(node.name);
  };
  std::vector<v4l2_ext_control> settings;
  for (const auto& [name, value] : values) {
    const auto control = std::ranges::find_if(controls, [&](const Control& each) { return each.about.name == name; });
    if (control == controls.end()) {
      const auto word = [](const Control& each) { return each.about.name; };
      throw refuse("has no control " + name + "; it has " + (controls.empty() ? "none" : listed(controls, word)));
    }
    if (const std::string wrong = objection(control->about, value); !wrong.empty()) throw refuse(wrong);
    v4l2_ext_control& setting = settings.emplace_back();
    setting.id = control->id;
    if (control->wide) {
      setting.value64 = value;
    } else {
      setting.value = static_cast<int32_t>(value);
    }
  }
  v4l2_ext_controls request{};
  request.which = V4L2_CTRL_WHICH_CUR_VAL;
  request.count = static_cast<uint32_t>(settings.size());
  request.controls = settings.data();
  if (call_v4l2(node.fd.get(), VIDIOC_S_EXT_CTRLS, &request) == 0) return;
  const int number = errno;
  // Of what it refuses as a whole it says which one it was only when it is asked to try.
  if (request.error_idx >= values.size()) call_v4l2(node.fd.get(), VIDIOC_TRY_EXT_CTRLS, &request);
  const bool known = request.error_idx < values.size();
  throw refused(node, known ? values[request.error_idx].first : "one of the controls", number);
}

}  // namespace capture
