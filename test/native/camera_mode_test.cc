// Which mode of a camera is taken for which wishes. Its devices are tested in test/vm.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "capture/camera_mode.h"
#include "capture/camera_range.h"
#include "media/error.h"

namespace {

using Rates = std::vector<media::Rational>;

// As a usual webcam has them: pixels only as fast as USB 2 carries them.
const std::vector<capture::CameraMode> kWebcam = {
    {"YUYV", 640, 480, Rates{{30, 1}, {15, 1}}},   {"YUYV", 1280, 720, Rates{{10, 1}, {5, 1}}},
    {"YUYV", 1920, 1080, Rates{{5, 1}}},           {"MJPG", 640, 480, Rates{{60, 1}, {30, 1}}},
    {"MJPG", 1280, 720, Rates{{60, 1}, {30, 1}}},  {"MJPG", 1920, 1080, Rates{{30000, 1001}}},
};

std::string chosen(const std::vector<capture::CameraMode>& modes, int width, int height, media::Rational rate, const char* format = "") {
  const auto mode = capture::choose_mode(modes, {"", width, height, rate, format}, "camera");
  return mode.format + " " + std::to_string(mode.width) + "x" + std::to_string(mode.height) + " " +
         std::to_string(mode.frame_rate.num) + "/" + std::to_string(mode.frame_rate.den);
}
std::string of_webcam(int width, int height, media::Rational rate, const char* format = "") {
  return chosen(kWebcam, width, height, rate, format);
}

}  // namespace

TEST_CASE("camera mode: pixels up to the rate that they reach, JPEG beyond") {
  CHECK(of_webcam(640, 480, {30, 1}) == "YUYV 640x480 30/1");
  CHECK(of_webcam(640, 480, {60, 1}) == "MJPG 640x480 60/1");
  CHECK(of_webcam(1280, 720, {10, 1}) == "YUYV 1280x720 10/1");
  CHECK(of_webcam(1280, 720, {25, 1}) == "MJPG 1280x720 30/1");
  CHECK(of_webcam(1280, 720, {}) == "MJPG 1280x720 30/1");
  CHECK(of_webcam(0, 0, {}) == "MJPG 1280x720 30/1");
  CHECK(of_webcam(0, 0, {5, 1}) == "YUYV 1280x720 5/1");
  CHECK(of_webcam(1920, 0, {}) == "MJPG 1920x1080 30000/1001");
  CHECK(of_webcam(0, 0, {}, "YUYV") == "YUYV 640x480 30/1");
}

TEST_CASE("camera mode: what lacks colour or depth is the last resort") {
  auto modes = kWebcam;
  for (const char* const format : {"GREY", "RGGB", "RGBP"}) modes.insert(modes.begin(), {format, 1280, 720, Rates{{60, 1}}});
  CHECK(chosen(modes, 1280, 720, {30, 1}) == "MJPG 1280x720 30/1");
  CHECK(chosen(modes, 0, 0, {5, 1}) == "YUYV 1280x720 5/1");
  CHECK(chosen(modes, 0, 0, {}, "GREY") == "GREY 1280x720 60/1");
  CHECK(chosen({{"GREY", 1280, 720, Rates{{60, 1}}}}, 0, 0, {}) == "GREY 1280x720 60/1");
}

TEST_CASE("camera mode: the rate is exact, or the nearest") {
  CHECK(of_webcam(640, 480, {30000, 1001}) == "YUYV 640x480 30/1");
  CHECK(of_webcam(640, 480, {12, 1}) == "YUYV 640x480 15/1");
  CHECK(of_webcam(0, 0, {120, 1}) == "MJPG 1280x720 60/1");
  CHECK(of_webcam(1280, 720, {30, 1}, "YUYV") == "YUYV 1280x720 10/1");
  const std::vector<capture::CameraMode> television = {{"NV12", 1280, 720, Rates{{60000, 1001}, {30000, 1001}}}};
  CHECK(chosen(television, 0, 0, {30, 1}) == "NV12 1280x720 30000/1001");
  CHECK(chosen(television, 0, 0, {60, 1}) == "NV12 1280x720 60000/1001");
}

TEST_CASE("camera mode: a camera that names no rates, or none of the usual sizes") {
  CHECK(chosen({{"UYVY", 1920, 1080, {}}}, 0, 0, {}) == "UYVY 1920x1080 0/1");
  CHECK(chosen({{"UYVY", 1920, 1080, {}}}, 0, 0, {25, 1}) == "UYVY 1920x1080 25/1");  // it may take it
  CHECK(chosen({{"NV12", 4096, 2160, Rates{{30, 1}}}, {"NV12", 1920, 1080, Rates{{30, 1}}}}, 0, 0, {}) == "NV12 1920x1080 30/1");
}

TEST_CASE("camera mode: of every size between two, the one that is wished") {
  using Sizes = std::vector<std::pair<int, int>>;
  const auto within = [](const capture::SizeRange& range, int width, int height) {
    return capture::sizes_within(range, {"", width, height, {}, ""});
  };
  const auto has = [&](const capture::SizeRange& range, int width, int height) {
    return std::ranges::count(within(range, width, height), std::pair(width, height)) == 1;
  };
  const capture::SizeRange any{{16, 1920, 1}, {16, 1200, 1}};
  CHECK(within(any, 0, 0) == Sizes{{16, 16}, {320, 180}, {320, 240}, {640, 360}, {640, 480}, {800, 600}, {1280, 720},
                                   {1920, 1080}, {1920, 1200}});
  CHECK(has(any, 1024, 768));
  CHECK(has(any, 641, 481));
  CHECK_FALSE(has(any, 1921, 1080));
  CHECK_FALSE(has(any, 15, 16));
  const capture::SizeRange coarse{{48, 1990, 32}, {32, 1100, 8}};
  CHECK(within(coarse, 0, 0) == Sizes{{48, 32}, {1968, 1096}});
  CHECK(has(coarse, 80, 40));
  CHECK_FALSE(has(coarse, 1024, 768));
  // One side is named.
  const auto best = [&](int width, int height) {
    std::vector<capture::CameraMode> modes;
    for (const auto& [x, y] : within(any, width, height)) modes.push_back({"NV12", x, y, Rates{{30, 1}}});
    return chosen(modes, width, height, {});
  };
  CHECK(best(1024, 0) == "NV12 1024x768 30/1");
  CHECK(best(0, 576) == "NV12 1024x576 30/1");
  CHECK(best(0, 720) == "NV12 1280x720 30/1");
}

TEST_CASE("camera mode: of every rate between two, the one that is wished") {
  const auto best = [](const capture::RateRange& range, media::Rational wanted) {
    return chosen({{"NV12", 640, 480, capture::rates_within(range, wanted)}}, 0, 0, wanted);
  };
  const capture::RateRange any{{90, 1}, {1, 2}, {0, 1}};
  CHECK(capture::rates_within(any, {}) == Rates{{90, 1}, {60, 1}, {50, 1}, {30, 1}, {25, 1}, {15, 1}, {10, 1}, {5, 1}, {1, 2}});
  CHECK(best(any, {24, 1}) == "NV12 640x480 24/1");
  CHECK(best(any, {30000, 1001}) == "NV12 640x480 30000/1001");
  CHECK(best(any, {}) == "NV12 640x480 30/1");
  CHECK(best(any, {120, 1}) == "NV12 640x480 90/1");
  const capture::RateRange milliseconds{{50, 1}, {5, 1}, {1, 100}};  // 20 ms, 30 ms, 40 ms and so on
  CHECK(capture::rates_within(milliseconds, {}) == Rates{{50, 1}, {25, 1}, {10, 1}, {5, 1}});
  CHECK(best(milliseconds, {20, 1}) == "NV12 640x480 20/1");
  CHECK(best(milliseconds, {24, 1}) == "NV12 640x480 25/1");
  const capture::RateRange webcam{{10'000'000, 166'666}, {5, 1}, {1, 10'000'000}};
  CHECK(best(webcam, {24, 1}) == "NV12 640x480 24/1");
  CHECK(best(webcam, {30, 1}) == "NV12 640x480 30/1");
}

TEST_CASE("camera mode: of equals the one that costs least") {
  CHECK(chosen({{"BGR3", 640, 480, Rates{{30, 1}}}, {"YUYV", 640, 480, Rates{{30, 1}}}, {"NV12", 640, 480, Rates{{30, 1}}}}, 0, 0, {}) ==
        "NV12 640x480 30/1");
}

TEST_CASE("camera mode: what it does not offer is refused, and what it does is named") {
  const auto refusal = [](const std::vector<capture::CameraMode>& modes, int width, const char* format) -> std::string {
    try {
      chosen(modes, width, 0, {}, format);
    } catch (const media::Error& error) {
      CHECK(error.code == media::Code::kDeviceFormat);
      CHECK(error.device == "camera");
      return error.what();
    }
    return {};
  };
  CHECK(refusal(kWebcam, 800, "MJPG") ==
        "camera camera does not offer MJPG 800x?; it offers YUYV, MJPG 640x480, 1280x720, 1920x1080");
  CHECK(refusal({}, 0, "") == "camera camera offers no pixel format that can be read here");
}
