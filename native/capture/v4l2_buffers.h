// The memory that a V4L2 driver writes pictures into: mapped here, handed to the driver and taken back. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "capture/v4l2_node.h"
#include "media/time.h"

namespace capture {

/// A buffer that came back.
struct FilledBuffer {
  /// Of one plane, or of all where they lie in one piece.
  struct Part {
    const uint8_t* data = nullptr;
    size_t size = 0;    // of what the driver filled in, else of the memory; never beyond that
    bool told = false;  // the driver said how much it filled in
  };
  uint32_t index;
  uint32_t sequence;
  bool broken;                      // as the driver says
  std::optional<media::Time> time;  // the driver's, where it is of the house's clock
  std::array<Part, 3> parts;
};

class V4l2Buffers {
 public:
  /// Makes and maps them. The node must outlive this object.
  explicit V4l2Buffers(const V4l2Node& node);
  ~V4l2Buffers();

  uint32_t count() const;
  /// What a part can hold in every buffer; 0 if there is no such part.
  size_t capacity(size_t part) const;
  /// Lets the driver write into it.
  void queue(uint32_t index);
  /// Nothing if none is filled.
  std::optional<FilledBuffer> dequeue();

 private:
  struct Mapping;
  struct Exchange;

  void map(uint32_t index);

  const V4l2Node& node_;
  std::vector<std::vector<Mapping>> buffers_;  // of each buffer its parts
};

}  // namespace capture
