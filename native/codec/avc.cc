#include "codec/avc.h"

#include <algorithm>
#include <array>

namespace codec {
namespace {

// Profiles whose SPS tells the chroma format and the bit depths (ISO/IEC 14496-10, 7.3.2.1.1).
constexpr std::array kHighProfiles = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};

/// Exp-Golomb codes of a NAL unit, its emulation prevention bytes taken out. Past the end it reads zeros and says so.
class RbspReader {
 public:
  explicit RbspReader(std::span<const uint8_t> nal_unit) {
    int zeros = 0;
    for (const uint8_t byte : nal_unit) {
      if (zeros >= 2 && byte == 3) {
        zeros = 0;
        continue;
      }
      zeros = byte == 0 ? zeros + 1 : 0;
      bytes_.push_back(byte);
    }
  }
  void skip(size_t bits) { position_ += bits; }
  bool exhausted() const { return position_ > bytes_.size() * 8; }

  uint32_t unsigned_code() {
    int zeros = 0;
    while (!exhausted() && bit() == 0) ++zeros;
    if (zeros > 31) return 0;
    uint32_t suffix = 0;
    for (int index = 0; index < zeros; ++index) suffix = suffix << 1 | bit();
    return (1u << zeros) - 1 + suffix;
  }

 private:
  uint32_t bit() {
    const size_t at = position_++;
    return at < bytes_.size() * 8 ? bytes_[at / 8] >> (7 - at % 8) & 1u : 0u;
  }
  std::vector<uint8_t> bytes_;
  size_t position_ = 0;
};

void append_parameter_set(std::vector<uint8_t>& record, std::span<const uint8_t> set) {
  record.push_back(static_cast<uint8_t>(set.size() >> 8));
  record.push_back(static_cast<uint8_t>(set.size()));
  record.insert(record.end(), set.begin(), set.end());
}

}  // namespace

std::optional<std::span<const uint8_t>> next_nal_unit(std::span<const uint8_t>& units) {
  if (units.size() < kNalLengthSize) return std::nullopt;
  const size_t length = size_t{units[0]} << 24 | size_t{units[1]} << 16 | size_t{units[2]} << 8 | size_t{units[3]};
  if (length == 0 || length > units.size() - kNalLengthSize) return std::nullopt;
  const auto nal_unit = units.subspan(kNalLengthSize, length);
  units = units.subspan(kNalLengthSize + length);
  return nal_unit;
}

NalType nal_type(std::span<const uint8_t> nal_unit) {
  return static_cast<NalType>(nal_unit.empty() ? 0 : nal_unit[0] & 0x1f);
}

std::vector<uint8_t> avc_configuration(std::span<const uint8_t> sps, std::span<const uint8_t> pps) {
  if (sps.size() < 4 || sps.size() > 0xffff || nal_type(sps) != NalType::kSps) return {};
  if (pps.size() > 0xffff || nal_type(pps) != NalType::kPps) return {};

  std::vector<uint8_t> record;
  record.push_back(1);  // version
  record.insert(record.end(), sps.begin() + 1, sps.begin() + 4);  // profile, constraint flags, level
  record.push_back(0xfc | (kNalLengthSize - 1));
  record.push_back(0xe0 | 1);
  append_parameter_set(record, sps);
  record.push_back(1);
  append_parameter_set(record, pps);

  if (std::ranges::find(kHighProfiles, sps[1]) != kHighProfiles.end()) {
    RbspReader reader(sps);
    reader.skip(4 * 8);
    reader.unsigned_code();  // seq_parameter_set_id
    const uint32_t chroma_format = reader.unsigned_code();
    if (chroma_format == 3) reader.skip(1);  // separate_colour_plane_flag
    const uint32_t luma_depth = reader.unsigned_code();
    const uint32_t chroma_depth = reader.unsigned_code();
    if (reader.exhausted() || chroma_format > 3 || luma_depth > 6 || chroma_depth > 6) return {};
    record.push_back(static_cast<uint8_t>(0xfc | chroma_format));
    record.push_back(static_cast<uint8_t>(0xf8 | luma_depth));
    record.push_back(static_cast<uint8_t>(0xf8 | chroma_depth));
    record.push_back(0);  // SPS extensions
  }
  return record;
}

}  // namespace codec
