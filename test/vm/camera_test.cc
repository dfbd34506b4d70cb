// Cameras, on the kernel's vivid: /dev/video0, and /dev/video1 with the multi-planar API. Both show colour bars of 75 %, with white
// print at the left.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "capture/capture.h"
#include "capture/v4l2_formats.h"
#include "convert/convert.h"
#include "media/error.h"
#include "vivid.h"

using media::Code;

namespace {

capture::Camera camera(const std::string& device, int width = 0, int height = 0, int rate = 0, const std::string& format = "") {
  return {device, width, height, {rate, 1}, format};
}

std::unique_ptr<media::VideoSource> open(const capture::Camera& settings) { return capture::open_video(settings, {}); }

media::Error refusal(const capture::Camera& settings) {
  try {
    open(settings);
  } catch (const media::Error& error) {
    MESSAGE(std::string(error.what()));
    return error;
  }
  FAIL("was opened");
  std::abort();
}

struct Yuv {
  int y, u, v;
};
// White, yellow, cyan, green, magenta, red, blue, black of 75 % (RGB 191), BT.601 and BT.709 of limited range.
constexpr std::array<Yuv, 8> kBars601{{{180, 128, 128}, {162, 44, 142}, {131, 156, 44}, {112, 72, 58},
                                       {84, 184, 198}, {65, 100, 212}, {35, 212, 114}, {16, 128, 128}}};
constexpr std::array<Yuv, 8> kBars709{{{180, 128, 128}, {168, 44, 136}, {145, 147, 44}, {133, 63, 52},
                                       {63, 193, 204}, {51, 109, 212}, {28, 212, 120}, {16, 128, 128}}};

/// How far a format with few bits may be off: they are cut off, not rounded.
int coarseness(const std::string& format) {
  const auto is_one_of = [&](const std::vector<std::string>& names) { return std::ranges::find(names, format) != names.end(); };
  if (format == "RGB1") return 24;
  if (is_one_of({"R444", "AR12", "XR12", "AB12", "XB12", "RA12", "RX12", "GA12", "BX12", "Y444"})) return 17;
  if (is_one_of({"YUVO", "YUVP"})) return 9;
  return 3;
}

/// The bars of a camera's picture, converted as for the encoder.
void check_bars(const capture::Camera& settings, int tolerance = 3) {
  const auto source = open(settings);
  const auto format = source->format();
  convert::PictureDecoder decoder;
  convert::PictureConverter converter(format.width, format.height);
  auto frame = source->read({});
  REQUIRE(frame);
  frame = decoder.decode(*frame);
  REQUIRE(frame);
  frame = converter.convert(*frame);
  const bool is_grey = settings.format == "GREY" || settings.format.starts_with("Y1");
  const auto at = [&](int x, int y) -> Yuv {
    const bool interleaved = frame->pixel_format == media::PixelFormat::kNV12;
    const auto chroma = [&](int plane) {
      if (interleaved) return frame->planes[1][y / 2 * frame->strides[1] + (x & ~1) + plane - 1];
      return frame->planes[static_cast<size_t>(plane)][y / 2 * frame->strides[static_cast<size_t>(plane)] + x / 2];
    };
    return {frame->planes[0][y * frame->strides[0] + x], chroma(1), chroma(2)};
  };
  for (int bar = 0; bar < 8; ++bar) {
    // The driver makes grey with the weights of BT.709 at any size.
    const Yuv bt709 = kBars709[static_cast<size_t>(bar)];
    const Yuv wanted = is_grey ? Yuv{bt709.y, 128, 128} : format.height >= 720 ? bt709 : kBars601[static_cast<size_t>(bar)];
    const Yuv is = at((2 * bar + 1) * format.width / 16, format.height - 10);
    CAPTURE(bar);
    CAPTURE(is.y);
    CAPTURE(is.u);
    CAPTURE(is.v);
    CHECK(std::abs(is.y - wanted.y) <= tolerance);
    CHECK(std::abs(is.u - wanted.u) <= tolerance);
    CHECK(std::abs(is.v - wanted.v) <= tolerance);
  }
}

/// What the driver itself says that it offers.
std::vector<std::string> offered(const char* node) {
  const int fd = ::open(node, O_RDWR | O_CLOEXEC);
  REQUIRE(fd >= 0);
  v4l2_fmtdesc format{};
  format.type = node == test::kMulti ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
  std::vector<std::string> names;
  for (; ioctl(fd, VIDIOC_ENUM_FMT, &format) == 0; ++format.index) names.push_back(capture::to_name(format.pixelformat));
  close(fd);
  return names;
}

void unplug() {
  std::ofstream file("/sys/bus/platform/drivers/vivid/unbind");
  file << "vivid.0" << std::flush;
  REQUIRE(file.good());
}

}  // namespace

TEST_CASE("camera: the colours are right in every format that the driver offers") {
  for (const char* const node : {test::kSingle, test::kMulti}) {
    for (const std::string& format : offered(node)) {
      CAPTURE(node);
      CAPTURE(format);
      if (format == "HSV3" || format == "HSV4") continue;  // which no camera gives
      REQUIRE(capture::find_v4l2_format(format));
      check_bars(camera(node, 320, 180, 30, format), coarseness(format));
    }
  }
}

TEST_CASE("camera: colours of another matrix or range become the picture's own") {
  for (const char* const format : {"YUYV", "NV12", "YU12"}) {
    CAPTURE(format);
    check_bars(camera(test::kSingle, 1280, 720, 5, format));
    const test::Set range(test::kSingle, test::Switch::kQuantization, 1);  // full
    check_bars(camera(test::kSingle, 640, 360, 30, format));
    check_bars(camera(test::kSingle, 1280, 720, 5, format));
    const test::Set encoding(test::kSingle, test::Switch::kEncoding, 2);  // BT.709
    check_bars(camera(test::kSingle, 640, 360, 30, format));
    check_bars(camera(test::kSingle, 1280, 720, 5, format));
  }
}

TEST_CASE("camera: partial wishes choose the best mode") {
  struct Choice {
    capture::Camera wanted;
    int width, height;
    media::Rational rate;
  };
  const Choice choices[] = {
      {camera(""), 640, 360, {30, 1}},
      {camera(test::kSingle, 640), 640, 360, {30, 1}},
      {camera(test::kSingle, 640, 480), 640, 480, {25, 1}},
      {camera(test::kSingle, 1280), 1280, 720, {25, 2}},
      {camera(test::kSingle, 0, 720, 10), 1280, 720, {10, 1}},
      {camera(test::kSingle, 0, 0, 60), 320, 180, {60, 1}},
      {camera(test::kSingle, 0, 0, 5), 1280, 720, {5, 1}},
      {camera(test::kSingle, 0, 0, 0, "YUYV"), 640, 360, {30, 1}},
      {camera(test::kMulti, 0, 360), 640, 360, {30, 1}},
  };
  for (const auto& [wanted, width, height, rate] : choices) {
    const auto format = open(wanted)->format();
    CHECK(format.width == width);
    CHECK(format.height == height);
    CAPTURE(format.frame_rate.num);
    CAPTURE(format.frame_rate.den);
    CHECK(format.frame_rate.num * rate.den == rate.num * format.frame_rate.den);
  }
}

TEST_CASE("camera: one that scales to any size takes the one that is wished") {
  const test::HdmiInput input(test::kSingle);
  for (const auto& [width, height] : {std::pair(1024, 768), std::pair(648, 362)}) {
    const auto source = open(camera(test::kSingle, width, height, 0, "YUYV"));
    CHECK(source->format().width == width);
    CHECK(source->format().height == height);
    CHECK(source->read({}));
  }
  const auto half = open(camera(test::kSingle, 0, 576));
  CHECK(half->format().width == 1024);
  CHECK(refusal(camera(test::kSingle, 32000, 18000)).code == Code::kDeviceFormat);
}

TEST_CASE("camera: says which mode was taken") {
  const auto opened = open(camera("", 640, 480))->opened();
  CHECK(opened.device == "/dev/v4l/by-path/platform-video0");  // its id
  CHECK(opened.label == "vivid");
  CHECK(opened.format == "NV12");
  CHECK(open(camera("platform-video1", 0, 0, 0, "NM12"))->opened().format == "NM12");
}

TEST_CASE("camera: named by its card or a link's name") {
  CHECK(open(camera("vivid"))->format().width == 640);
  CHECK(open(camera("platform-video1"))->format().width == 640);
  CHECK(open(camera("video1"))->format().width == 640);
}

TEST_CASE("camera: time runs forward and frames are counted") {
  const auto source = open(camera(test::kSingle, 320, 180, 30));
  media::Time last{};
  uint64_t sequence = 0;
  for (int i = 0; i < 30; ++i) {
    const auto frame = source->read({});
    REQUIRE(frame);
    CHECK(frame->pts > last);
    CHECK(frame->pts <= media::monotonic_now());
    CHECK(frame->pts > media::monotonic_now() - std::chrono::seconds(2));
    CHECK(frame->sequence > sequence);
    last = frame->pts;
    sequence = frame->sequence;
  }
}

TEST_CASE("camera: what the driver dropped is a gap") {
  const test::Set dropped(test::kSingle, test::Switch::kDropped, 50);
  const auto source = open(camera(test::kSingle, 320, 180, 30));
  const uint64_t first = source->read({})->sequence;
  uint64_t last = first;
  for (int i = 0; i < 30; ++i) last = source->read({})->sequence;
  CHECK(last - first > 35);
}

TEST_CASE("camera: a frame that the driver calls broken is left out, and counted") {
  const auto source = open(camera(test::kSingle, 320, 180, 30));
  const uint64_t before = source->read({})->sequence;
  test::set(test::kSingle, test::Switch::kBroken, 1);
  uint64_t last = before;
  bool gap = false;
  for (int i = 0; i < 30; ++i) {
    const uint64_t sequence = source->read({})->sequence;
    gap |= sequence > last + 1;
    last = sequence;
  }
  CHECK(gap);
}

TEST_CASE("camera: one that gives nothing but broken frames is lost") {
  const auto source = open(camera(test::kSingle, 1280, 720, 5));
  REQUIRE(source->read({}));
  const std::jthread breaking([](const std::stop_token& stop) {
    for (; !stop.stop_requested(); std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
      test::set(test::kSingle, test::Switch::kBroken, 1);
    }
  });
  Code code{};
  try {
    const auto deadline = media::monotonic_now() + std::chrono::seconds(60);  // it takes 5
    while (media::monotonic_now() < deadline) source->read({}, media::monotonic_now() + std::chrono::seconds(1));
  } catch (const media::Error& error) {
    MESSAGE(std::string(error.what()));
    code = error.code;
  }
  CHECK(code == Code::kDeviceLost);
}

TEST_CASE("camera: pictures that have waited for long keep the time of their capture") {
  const auto source = open(camera(test::kSingle, 320, 180, 30));
  const auto began = media::monotonic_now();
  std::this_thread::sleep_for(std::chrono::milliseconds(10'500));
  const auto frame = source->read({});
  REQUIRE(frame);
  CHECK(frame->pts < began + std::chrono::seconds(5));
}

TEST_CASE("camera: a stop ends the wait") {
  const auto source = open(camera(test::kSingle, 1280, 720, 1));
  std::stop_source stop;
  REQUIRE(source->read(stop.get_token()));
  std::jthread later([&stop] { stop.request_stop(); });
  const auto began = media::monotonic_now();
  while (source->read(stop.get_token())) CHECK(media::monotonic_now() - began < std::chrono::seconds(5));
}

TEST_CASE("camera: what cannot be had is said, with what to do") {
  const auto missing = refusal(camera("/dev/video77"));
  CHECK(missing.code == Code::kDeviceNotFound);
  CHECK(missing.device == "/dev/video77");
  CHECK(refusal(camera("Webcam 9000")).code == Code::kDeviceNotFound);
  CHECK(refusal(camera("/dev/null")).code == Code::kDeviceNotFound);
  CHECK(refusal(camera("/etc/passwd")).code == Code::kDeviceNotFound);
  const auto format = refusal(camera(test::kSingle, 641, 481));
  CHECK(format.code == Code::kDeviceFormat);
  CHECK(std::string(format.what()).find("640x480") != std::string::npos);
  CHECK(refusal(camera(test::kSingle, 0, 0, 0, "H264")).code == Code::kDeviceFormat);

  const auto first = open(camera(test::kSingle));
  CHECK(refusal(camera(test::kSingle)).code == Code::kDeviceBusy);
  CHECK(refusal(camera(test::kSingle, 320, 180)).code == Code::kDeviceBusy);
}

TEST_CASE("camera: a user without the right is told of the group") {
  REQUIRE(setegid(65534) == 0);
  REQUIRE(seteuid(65534) == 0);
  const auto error = refusal(camera(test::kSingle));
  const auto any = refusal(camera(""));
  const auto list = capture::list_devices();
  REQUIRE(seteuid(0) == 0);
  REQUIRE(setegid(0) == 0);
  CHECK(error.code == Code::kDevicePermission);
  CHECK(std::string(error.what()).find("group video") != std::string::npos);
  CHECK(any.code == Code::kDevicePermission);
  CHECK(std::ranges::any_of(list.notes, [](const std::string& note) { return note.find("group video") != std::string::npos; }));
}

TEST_CASE("camera: listed with its modes") {
  std::vector<capture::Device> cameras = capture::list_devices().devices;
  std::erase_if(cameras, [](const capture::Device& device) { return device.kind != "camera"; });
  REQUIRE(cameras.size() == 2);
  CHECK(cameras[0].id == "/dev/v4l/by-path/platform-video0");
  CHECK(cameras[0].label == "vivid");
  const auto mode = std::ranges::find_if(cameras[0].modes, [](const capture::CameraMode& each) {
    return each.format == "YUYV" && each.width == 1280 && each.height == 720;
  });
  REQUIRE(mode != cameras[0].modes.end());
  CHECK(mode->frame_rates.front() == media::Rational{25, 2});
  CHECK(std::ranges::none_of(cameras[0].modes, [](const capture::CameraMode& each) { return each.format == "HSV3"; }));
}

// The last: the device is another one afterwards.
TEST_CASE("camera: unplugged while it runs") {
  const auto source = open(camera(test::kSingle, 320, 180, 30));
  REQUIRE(source->read({}));
  unplug();
  Code code{};
  try {
    for (;;) source->read({});
  } catch (const media::Error& error) {
    MESSAGE(std::string(error.what()));
    code = error.code;
  }
  CHECK(code == Code::kDeviceLost);
  CHECK(refusal(camera(test::kSingle)).code == Code::kDeviceNotFound);
}
