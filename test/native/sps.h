// A reader of sequence parameter sets, for tests.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <vector>

/// The SPS up to the timing of its VUI (ISO/IEC 14496-10, 7.3.2.1.1 and E.1.1), for what x264 writes: frames of 4:2:0 without
/// scaling lists.
struct Sps {
  int profile = 0;
  uint32_t full_range = 0, primaries = 0, transfer = 0, matrix = 0, sar = 0;
  uint32_t units_in_tick = 0, time_scale = 0, fixed_frame_rate = 0;

  explicit Sps(std::span<const uint8_t> record) {
    const size_t length = static_cast<size_t>(record[6] << 8 | record[7]);
    int zeros = 0;
    for (const uint8_t byte : record.subspan(8, length)) {
      if (zeros >= 2 && byte == 3) {
        zeros = 0;
        continue;
      }
      zeros = byte == 0 ? zeros + 1 : 0;
      bytes_.push_back(byte);
    }
    profile = bytes_[1];
    position_ = 32;
    golomb();
    if (profile >= 100) {
      for (int code = 0; code < 3; ++code) golomb();
      bits(1);
      REQUIRE(bits(1) == 0);
    }
    golomb();
    const uint32_t poc_type = golomb();
    REQUIRE(poc_type != 1);
    if (poc_type == 0) golomb();
    golomb();
    bits(1);
    golomb();
    golomb();
    REQUIRE(bits(1) == 1);  // frames only
    bits(1);
    if (bits(1)) {
      for (int edge = 0; edge < 4; ++edge) golomb();
    }
    REQUIRE(bits(1) == 1);  // VUI
    if (bits(1)) {
      sar = bits(8);
      REQUIRE(sar != 255);
    }
    if (bits(1)) bits(1);
    if (bits(1)) {
      bits(3);
      full_range = bits(1);
      if (bits(1)) {
        primaries = bits(8);
        transfer = bits(8);
        matrix = bits(8);
      }
    }
    if (bits(1)) {
      golomb();
      golomb();
    }
    if (bits(1)) {
      units_in_tick = bits(32);
      time_scale = bits(32);
      fixed_frame_rate = bits(1);
    }
  }

 private:
  uint32_t bits(int count) {
    uint32_t value = 0;
    for (; count > 0; --count, ++position_) value = value << 1 | (bytes_.at(position_ / 8) >> (7 - position_ % 8) & 1u);
    return value;
  }
  uint32_t golomb() {
    int zeros = 0;
    while (bits(1) == 0) ++zeros;
    return (1u << zeros) - 1 + bits(zeros);
  }
  std::vector<uint8_t> bytes_;
  size_t position_ = 0;
};
