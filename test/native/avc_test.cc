#include <array>
#include <doctest/doctest.h>
#include <vector>

#include "codec/avc.h"

namespace {

using Bytes = std::vector<uint8_t>;

// An SPS and a PPS as x264 writes them for 320×240 in High, and in Baseline the SPS's first bytes.
const Bytes kHighSps{0x67, 0x64, 0x00, 0x0d, 0xac, 0xd9, 0x41, 0x41, 0xfb, 0x01, 0x10, 0x00};
const Bytes kBaselineSps{0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0xfb};
const Bytes kPps{0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0};

std::vector<Bytes> units_in(Bytes bytes) {
  std::vector<Bytes> units;
  std::span<const uint8_t> rest = bytes;
  while (const auto unit = codec::next_nal_unit(rest)) units.emplace_back(unit->begin(), unit->end());
  return units;
}

}  // namespace

TEST_CASE("avc: the record of a High stream tells chroma format and bit depths") {
  Bytes expected{1, 0x64, 0x00, 0x0d, 0xff, 0xe1, 0, 12};
  expected.insert(expected.end(), kHighSps.begin(), kHighSps.end());
  expected.insert(expected.end(), {1, 0, 6});
  expected.insert(expected.end(), kPps.begin(), kPps.end());
  expected.insert(expected.end(), {0xfd, 0xf8, 0xf8, 0});
  CHECK(codec::avc_configuration(kHighSps, kPps) == expected);
}

TEST_CASE("avc: the record of a Baseline stream ends with its PPS") {
  Bytes expected{1, 0x42, 0xc0, 0x0d, 0xff, 0xe1, 0, 8};
  expected.insert(expected.end(), kBaselineSps.begin(), kBaselineSps.end());
  expected.insert(expected.end(), {1, 0, 6});
  expected.insert(expected.end(), kPps.begin(), kPps.end());
  CHECK(codec::avc_configuration(kBaselineSps, kPps) == expected);
}

TEST_CASE("avc: emulation prevention bytes are not part of the codes") {
  // Profile and level bytes 0 make an encoder put a 3 between them and what follows; 4:4:4 (ue 3, one more flag), 10 bits (ue 2).
  // 1 00100 0 011 011 …: 0x90 0xdb once the 3 is out.
  const Bytes sps{0x67, 0xf4, 0x00, 0x00, 0x03, 0x90, 0xdb, 0x80};
  const Bytes record = codec::avc_configuration(sps, kPps);
  REQUIRE(record.size() > 4);
  CHECK(Bytes(record.end() - 4, record.end()) == Bytes{0xff, 0xfa, 0xfa, 0});
}

TEST_CASE("avc: what is no SPS or PPS gives no record") {
  CHECK(codec::avc_configuration({}, kPps).empty());
  CHECK(codec::avc_configuration(kHighSps, {}).empty());
  CHECK(codec::avc_configuration(kPps, kHighSps).empty());
  CHECK(codec::avc_configuration(Bytes{0x67, 0x64, 0x00}, kPps).empty());
  CHECK(codec::avc_configuration(Bytes{0x67, 0x64, 0x00, 0x0d}, kPps).empty());        // ends before its chroma format
  CHECK(codec::avc_configuration(Bytes{0x67, 0x64, 0, 13, 0, 0, 0, 0, 0}, kPps).empty());  // a code that never ends
  CHECK(codec::avc_configuration(Bytes(70'000, 0x67), kPps).empty());
}

TEST_CASE("avc: units behind their lengths") {
  CHECK(units_in({0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 0x41}) == std::vector<Bytes>{{0x65, 1}, {0x41}});
  CHECK(codec::nal_type(Bytes{0x65, 1}) == codec::NalType::kIdrSlice);
  CHECK(codec::nal_type(Bytes{0x01}) == codec::NalType::kSlice);
}

TEST_CASE("avc: a length that points outside ends the units") {
  CHECK(units_in({}).empty());
  CHECK(units_in({0, 0, 0}).empty());
  CHECK(units_in({0, 0, 0, 1}).empty());
  CHECK(units_in({0, 0, 0, 0, 0x65}).empty());
  CHECK(units_in({0xff, 0xff, 0xff, 0xff, 0x65}).empty());
  CHECK(units_in({0, 0, 0, 1, 0x65, 0, 0, 0, 9, 0x41}) == std::vector<Bytes>{{0x65}});
}
