#include <doctest/doctest.h>
#include <vector>

#include "codec/aac.h"

using codec::AudioSpecificConfig;
using codec::parse_audio_specific_config;
using Bytes = std::vector<uint8_t>;

TEST_CASE("aac: the records of AAC-LC") {
  CHECK(parse_audio_specific_config(Bytes{0x11, 0x90}) == AudioSpecificConfig{2, 48000, 2, 1024});
  CHECK(parse_audio_specific_config(Bytes{0x11, 0x88}) == AudioSpecificConfig{2, 48000, 1, 1024});
  CHECK(parse_audio_specific_config(Bytes{0x12, 0x10}) == AudioSpecificConfig{2, 44100, 2, 1024});
  CHECK(parse_audio_specific_config(Bytes{0x12, 0x08}) == AudioSpecificConfig{2, 44100, 1, 1024});
  CHECK(parse_audio_specific_config(Bytes{0x11, 0x94}) == AudioSpecificConfig{2, 48000, 2, 960});
}

TEST_CASE("aac: the rarer forms") {
  // SBR signalled first: 5, 24 kHz.
  CHECK(parse_audio_specific_config(Bytes{0x2b, 0x11, 0x88})->object_type == 5);
  // An escaped object type: 31, then 10 more: 42.
  CHECK(parse_audio_specific_config(Bytes{0xf9, 0x46, 0x40})->object_type == 42);
  // A rate written out: 50000 Hz.
  CHECK(parse_audio_specific_config(Bytes{0x17, 0x80, 0x61, 0xa8, 0x10}) == AudioSpecificConfig{2, 50000, 2, 1024});
}

TEST_CASE("aac: records that end early or say what is reserved") {
  CHECK_FALSE(parse_audio_specific_config({}));
  CHECK_FALSE(parse_audio_specific_config(Bytes{0x11}));
  CHECK_FALSE(parse_audio_specific_config(Bytes{0xf8}));
  CHECK_FALSE(parse_audio_specific_config(Bytes{0x17, 0x80, 0x61}));
  CHECK_FALSE(parse_audio_specific_config(Bytes{0x16, 0x90}));        // rate 13
  CHECK_FALSE(parse_audio_specific_config(Bytes{0x11, 0x80}));        // channels follow elsewhere
  CHECK_FALSE(parse_audio_specific_config(Bytes{0x11, 0xc0}));        // channels 8
  CHECK_FALSE(parse_audio_specific_config(Bytes{0x01, 0x90}));        // object type 0
}
