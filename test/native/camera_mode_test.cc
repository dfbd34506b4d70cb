// Which mode of a camera is taken for which wishes. Its devices are tested in test/vm.
#include <doctest/doctest.h>
#include <string>

#include "capture/camera_mode.h"
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
  CHECK(chosen({{"NV12", 4096, 2160, Rates{{30, 1}}}, {"NV12", 1920, 1080, Rates{{30, 1}}}}, 0, 0, {}) == "NV12 1920x1080 30/1");
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
