// Pixel formats that some cameras give and that nothing else here takes, told by where the samples of each component lie. Pure.
#pragma once

#include <array>
#include <cstdint>

namespace media {

/// One component's samples: each is `bits` of a word of `bytes`, from bit `shift` on. Without bits there is no such component.
struct Component {
  uint8_t plane = 0;
  uint8_t offset = 0;  // bytes: of the first word in a row
  uint8_t step = 0;    // bytes: from word to word
  uint8_t bytes = 1;
  uint8_t shift = 0;
  uint8_t bits = 0;
  bool big_endian = false;
  bool halved_x = false;  // one sample for two columns
  bool halved_y = false;  // one sample for two rows

  constexpr int columns(int width) const { return halved_x ? width / 2 + width % 2 : width; }
  constexpr int rows(int height) const { return halved_y ? height / 2 + height % 2 : height; }
};

struct Components {
  enum class Model : uint8_t { kYuv, kRgb, kBayer };
  Model model = Model::kYuv;
  std::array<Component, 3> all{};  // Y, U, V, or R, G, B; of a sensor's mosaic the one there is
  // Of a mosaic: which of each four pixels is red. Blue is across from it, the other two are green.
  uint8_t red_x = 0;
  uint8_t red_y = 0;
};

}  // namespace media
