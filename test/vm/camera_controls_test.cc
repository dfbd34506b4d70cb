// What can be set at a camera, on the kernel's vivid.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "capture/capture.h"
#include "../native/error_of.h"
#include "media/error.h"
#include "vivid.h"

using media::Code;
using test::error_of;

namespace {

capture::Camera camera(const capture::ControlValues& controls = {}) {
  return {test::kSingle, 320, 180, {30, 1}, "YUYV", controls};
}

capture::CameraControl control(const std::string& name) {
  const auto controls = capture::camera_controls(test::kSingle, {});
  const auto found = std::ranges::find(controls, name, &capture::CameraControl::name);
  REQUIRE_MESSAGE(found != controls.end(), name);
  return *found;
}

void set(const std::string& name, int64_t value) { capture::camera_controls(test::kSingle, {{name, value}}); }

/// The luma of the first and of the last bar. What is set now shows in a picture that is yet to be made.
struct Edges {
  int left, right;
};
Edges edges(media::VideoSource& source) {
  std::optional<media::VideoFrame> frame;
  for (int i = 0; i < 8; ++i) frame = source.read({});
  REQUIRE(frame);
  const uint8_t* const row = frame->planes[0] + (frame->height - 10) * frame->strides[0];
  return {row[2 * 10], row[2 * (frame->width - 10)]};
}

}  // namespace

TEST_CASE("camera controls: what they are is told") {
  const auto brightness = control("brightness");
  CHECK(brightness.label == "Brightness");
  CHECK(brightness.type == "integer");
  CHECK(brightness.min == 0);
  CHECK(brightness.max == 255);
  CHECK(brightness.step == 1);
  CHECK(brightness.preset == 128);
  CHECK(brightness.value == 128);
  CHECK(control("horizontal_flip").type == "boolean");
  CHECK(control("button").type == "button");
  CHECK(control("bitmask").max == 0x80402010);
  CHECK(control("integer_64_bits").max > 1'000'000'000'000);
  const auto menu = control("menu");
  CHECK(menu.type == "menu");
  CHECK(std::ranges::any_of(menu.items, [](const auto& item) { return item.label == "Menu Item 3" && item.value == 3; }));
  CHECK(menu.items.size() < static_cast<size_t>(menu.max - menu.min + 1));  // vivid's has a hole
  CHECK(control("integer_menu").items.front().label == "2");
  CHECK(control("read_only_integer_32_bits").read_only);
  const auto controls = capture::camera_controls("", {});
  CHECK(std::ranges::none_of(controls, [](const auto& each) { return each.name == "string"; }));
}

TEST_CASE("camera controls: what is set while it streams is seen in the picture") {
  const auto source = capture::open_video(camera(), {});
  const Edges before = edges(*source);
  CHECK(before.left == doctest::Approx(180).epsilon(0.03));
  CHECK(before.right == doctest::Approx(16).epsilon(0.2));
  set("horizontal_flip", 1);
  const Edges flipped = edges(*source);
  CHECK(flipped.left == before.right);
  CHECK(flipped.right == before.left);
  CHECK(control("horizontal_flip").value == 1);
  set("horizontal_flip", 0);
  set("brightness", 100);
  CHECK(edges(*source).left < before.left - 20);
  set("brightness", 128);
  CHECK(edges(*source).left == before.left);
}

TEST_CASE("camera controls: set as it is opened, from the first picture on") {
  const auto source = capture::open_video(camera({{"horizontal_flip", 1}, {"brightness", 100}}), {});
  const auto frame = source->read({});
  REQUIRE(frame);
  const uint8_t* const row = frame->planes[0] + (frame->height - 10) * frame->strides[0];
  CHECK(row[2 * 10] < 30);
  CHECK(row[2 * (frame->width - 10)] < 160);
  CHECK(row[2 * (frame->width - 10)] > 100);
  capture::camera_controls(test::kSingle, {{"horizontal_flip", 0}, {"brightness", 128}});
}

TEST_CASE("camera controls: every type is set, and what is set is read back") {
  set("menu", 4);
  CHECK(control("menu").value == 4);
  set("menu", 3);
  set("integer_64_bits", 1'000'000'000'000);
  CHECK(control("integer_64_bits").value == 1'000'000'000'000);
  set("integer_64_bits", 0);
  set("bitmask", 0x80000000);
  CHECK(control("bitmask").value == 0x80000000);
  set("button", 1);
}

TEST_CASE("camera controls: what it does not have is said, with what it has") {
  const auto refused = [](const std::string& name, int64_t value) {
    const auto error = error_of([&] { set(name, value); });
    MESSAGE(std::string(error.what()));
    CHECK(error.code == Code::kDeviceFormat);
    CHECK(error.device == test::kSingle);
    return std::string(error.what());
  };
  CHECK(refused("brighness", 1).find("brightness, contrast") != std::string::npos);
  CHECK(refused("brightness", 256).find("0 to 255, not 256") != std::string::npos);
  CHECK(refused("bitmask", 0x80402011).find("bits of 0x80402010, not 0x80402011") != std::string::npos);
  CHECK(refused("bitmask", -1).find("not 0xffffffffffffffff") != std::string::npos);
  CHECK(refused("menu", 99).find("3 (Menu Item 3)") != std::string::npos);
  CHECK(refused("read_only_integer_32_bits", 1).find("read only") != std::string::npos);
  CHECK(error_of([] { capture::open_video(camera({{"focus", 1}}), {}); }).code == Code::kDeviceFormat);
  CHECK(error_of([] { capture::camera_controls("/dev/video77", {}); }).code == Code::kDeviceNotFound);
  CHECK(control("brightness").value == 128);
}
