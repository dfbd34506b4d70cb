// How a sound card writes samples into memory, and their values. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace capture {

enum class SampleEncoding { kF32, kS32, kS24Packed, kS16 };

inline size_t bytes_of(SampleEncoding encoding) {
  return encoding == SampleEncoding::kS16 ? 2 : encoding == SampleEncoding::kS24Packed ? 3 : 4;
}

/// The sample that lies at `bytes`, within -1 and 1.
inline float sample_at(const uint8_t* bytes, SampleEncoding encoding) {
  const auto as = [bytes](auto value) {
    std::memcpy(&value, bytes, sizeof value);
    return value;
  };
  switch (encoding) {
    case SampleEncoding::kF32: return as(float{});
    case SampleEncoding::kS32: return static_cast<float>(as(int32_t{})) / 0x1p31F;
    case SampleEncoding::kS24Packed: {  // little-endian
      const uint32_t upper = uint32_t{bytes[0]} << 8 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 24;
      return static_cast<float>(static_cast<int32_t>(upper)) / 0x1p31F;
    }
    case SampleEncoding::kS16: break;
  }
  return static_cast<float>(as(int16_t{})) / 0x1p15F;
}

}  // namespace capture
