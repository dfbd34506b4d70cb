// The mark that carries a clock through an encoder: 32 blocks of black or white in the top left corner of the screen, 24 bits of
// milliseconds in Gray code and 8 bits of checksum. Pure; screen-clock paints it, reader reads it.
#pragma once

#include <cstdint>
#include <optional>

namespace bench {

constexpr int kMarkBlock = 16;  // pixels: one macroblock
constexpr int kMarkBits = 32;
constexpr int kMarkWidth = kMarkBits * kMarkBlock;
constexpr int kMarkHeight = kMarkBlock;
constexpr int kClockBits = 24;  // 4.6 hours
constexpr uint32_t kClockMask = (1u << kClockBits) - 1;

inline uint32_t mark_checksum(uint32_t gray) {
  uint32_t sum = gray ^ 0xA5A5A5;
  return ((sum * 0x9E3779B1u) >> 24) & 0xFF;
}

inline uint32_t mark_of(uint32_t milliseconds) {
  const uint32_t clock = milliseconds & kClockMask;
  const uint32_t gray = clock ^ (clock >> 1);
  return gray | mark_checksum(gray) << kClockBits;
}

/// Milliseconds modulo 2^24; empty when the checksum says that this is no mark.
inline std::optional<uint32_t> read_mark(uint32_t mark) {
  const uint32_t gray = mark & kClockMask;
  if (mark >> kClockBits != mark_checksum(gray)) return std::nullopt;
  uint32_t clock = gray;
  for (uint32_t shift = 1; shift < kClockBits; shift <<= 1) clock ^= clock >> shift;
  return clock;
}

/// The moment before `now` that a clock of 24 bits means.
inline int64_t unwrap_mark(uint32_t clock, int64_t now_ms) {
  return now_ms - ((static_cast<uint32_t>(now_ms) - clock) & kClockMask);
}

}  // namespace bench
