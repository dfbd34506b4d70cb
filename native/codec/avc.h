// H.264 in its container form (ISO/IEC 14496-15): NAL units behind 4-byte lengths, and the record that a decoder needs first.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace codec {

/// ISO/IEC 14496-10, table 7-1.
enum class NalType : uint8_t { kSlice = 1, kIdrSlice = 5, kSei = 6, kSps = 7, kPps = 8, kAud = 9, kFiller = 12 };

inline constexpr size_t kNalLengthSize = 4;

/// Cuts the first NAL unit, without its length, off `units`. Empty at the end, and where a length is zero or points outside.
std::optional<std::span<const uint8_t>> next_nal_unit(std::span<const uint8_t>& units);

NalType nal_type(std::span<const uint8_t> nal_unit);

/// AVCDecoderConfigurationRecord (5.3.3.1) of one SPS and one PPS. Empty when the SPS is too short or not one.
std::vector<uint8_t> avc_configuration(std::span<const uint8_t> sps, std::span<const uint8_t> pps);

}  // namespace codec
