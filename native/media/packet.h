// One encoded unit, owned. It has headroom in front so that the FLV and RTMP headers are written without moving the body.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "media/time.h"

namespace media {

enum class Track : uint8_t { kVideo, kAudio };

class Packet {
 public:
  /// 18 bytes that librtmp writes in front of a body (RTMP_MAX_HEADER_SIZE) and 5 of an FLV video tag header, rounded up.
  static constexpr size_t kHeadroom = 32;

  Packet() = default;
  Packet(Track track, size_t size) : track(track), bytes_(kHeadroom + size) {}

  /// The body. Grows towards the front by prepend(), to the back by append().
  std::span<uint8_t> body() { return std::span(bytes_).subspan(begin_); }
  std::span<const uint8_t> body() const { return std::span(bytes_).subspan(begin_); }
  size_t size() const { return bytes_.size() - begin_; }

  /// Takes `count` bytes of the headroom into the body; returns the new beginning.
  std::span<uint8_t> prepend(size_t count) {
    assert(count <= begin_);
    begin_ -= count;
    return body().first(count);
  }
  void append(std::span<const uint8_t> more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }
  void truncate(size_t size) { bytes_.resize(begin_ + size); }

  Track track = Track::kVideo;
  bool keyframe = false;
  bool disposable = false;  // nothing refers to it (nal_ref_idc is 0): the first to go when the network is slow
  Time pts{};               // capture time of what it shows
  Time dts{};               // decoding time, never above pts

 private:
  std::vector<uint8_t> bytes_ = std::vector<uint8_t>(kHeadroom);
  size_t begin_ = kHeadroom;
};

}  // namespace media
