#include <doctest/doctest.h>

#include "pipeline/usual_bitrate.h"

using pipeline::usual_bitrate;

TEST_CASE("the usual bitrate grows with size and rate, and is never too low to be allowed") {
  struct Usual {
    int width, height, at_30, at_60;
  };
  for (const auto& [width, height, at_30, at_60] : {Usual{640, 360, 950'000, 1'250'000}, {1280, 720, 2'500'000, 3'300'000},
                                                    {1920, 1080, 4'400'000, 5'800'000}, {3840, 2160, 11'650'000, 15'350'000}}) {
    CHECK(usual_bitrate(width, height, {30, 1}) == at_30);
    CHECK(usual_bitrate(width, height, {30'000, 1'001}) == at_30);
    CHECK(usual_bitrate(width, height, {60, 1}) == at_60);
  }
  CHECK(usual_bitrate(16, 16, {1, 1}) == 50'000);
}
