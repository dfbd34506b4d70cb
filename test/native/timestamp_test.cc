#include "rtmp/timestamp.h"

#include <doctest/doctest.h>

using media::Time;
using namespace std::chrono_literals;

TEST_CASE("timestamps count from the origin, rounded, without adding up the rounding") {
  rtmp::Timestamp timestamp(10s);
  CHECK(timestamp.of(10s) == 0);
  const Time frame = Time(33'333);
  for (int i = 1; i < 100'000; ++i) {
    const double exact = static_cast<double>((i * frame).count()) / 1000;
    CHECK(std::abs(timestamp.of(10s + i * frame) - exact) <= 0.5);
  }
}

TEST_CASE("timestamps rise from each to the next and are never negative") {
  rtmp::Timestamp timestamp(1s);
  CHECK(timestamp.of(500ms) == 0);
  CHECK(timestamp.of(1040ms) == 40);
  CHECK(timestamp.of(1020ms) == 41);
  CHECK(timestamp.of(1041ms) == 42);
  CHECK(timestamp.of(1060ms) == 60);
}

TEST_CASE("composition time is what is missing to the picture's time") {
  rtmp::Timestamp timestamp(0s);
  timestamp.of(100ms);
  CHECK(timestamp.composition_of(166ms) == 66);
  CHECK(timestamp.composition_of(100ms) == 0);
  CHECK(timestamp.composition_of(99ms) == 0);
}

TEST_CASE("pictures closer than a millisecond have timestamps of their own, and those after them their true ones") {
  rtmp::Timestamp timestamp(0s);
  for (uint32_t i = 0; i < 14; ++i) CHECK(timestamp.of(100ms + i * 100us) == 100 + i);
  CHECK(timestamp.of(200ms) == 200);
}

TEST_CASE("two tracks of one origin each have their own order") {
  rtmp::Timestamp video(1s), audio(1s);
  CHECK(video.of(1110ms) == 110);
  CHECK(audio.of(1000ms) == 0);
  CHECK(video.of(1143ms) == 143);
  CHECK(audio.of(1021ms) == 21);
}

TEST_CASE("timestamps wrap at 32 bits, after 49 days") {
  rtmp::Timestamp timestamp(0s);
  CHECK(timestamp.of(std::chrono::milliseconds(0xffffffffLL)) == 0xffffffff);
  CHECK(timestamp.of(std::chrono::milliseconds(0x100000000LL)) == 0);
  CHECK(timestamp.of(std::chrono::milliseconds(0x100000028LL)) == 40);
  CHECK(timestamp.composition_of(std::chrono::milliseconds(0x100000068LL)) == 64);

  rtmp::Timestamp piled(0s);
  CHECK(piled.of(std::chrono::milliseconds(0xffffffffLL)) == 0xffffffff);
  CHECK(piled.of(std::chrono::milliseconds(0xffffffffLL)) == 0);
  CHECK(piled.of(std::chrono::milliseconds(0xffffffffLL)) == 1);
}
