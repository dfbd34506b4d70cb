// The driver vivid's own switches, to make its camera misbehave.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>

namespace test {

constexpr const char* kSingle = "/dev/video0";
constexpr const char* kMulti = "/dev/video1";  // the multi-planar API

enum class Switch : uint32_t { kQuantization = 0x00f0f01c, kEncoding = 0x00f0f01b, kDropped = 0x00f0f040, kBroken = 0x00f0f042 };

inline void set(const char* node, Switch which, int value) {
  const int fd = open(node, O_RDWR | O_CLOEXEC);
  REQUIRE(fd >= 0);
  v4l2_control control{static_cast<uint32_t>(which), value};
  const int result = ioctl(fd, VIDIOC_S_CTRL, &control);
  close(fd);
  REQUIRE(result == 0);
}

/// The camera's other input, HDMI: pictures are scaled to any size, and come at the signal's rate. Until it goes back.
class HdmiInput {
 public:
  explicit HdmiInput(const char* node) : node_(node) { select(1); }
  HdmiInput(const HdmiInput&) = delete;
  HdmiInput& operator=(const HdmiInput&) = delete;
  ~HdmiInput() { select(0); }

 private:
  void select(int input) {
    const int fd = open(node_, O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0);
    const int result = ioctl(fd, VIDIOC_S_INPUT, &input);
    close(fd);
    REQUIRE(result == 0);
  }

  const char* node_;
};

/// A switch that goes back to 0.
class Set {
 public:
  Set(const char* node, Switch which, int value) : node_(node), which_(which) { set(node, which, value); }
  ~Set() { set(node_, which_, 0); }

 private:
  const char* node_;
  Switch which_;
};

}  // namespace test
