// The memory of captured pictures: used again, and never pulled from under one.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

#include "pipeline/pixels.h"

using pipeline::Pixels;
using pipeline::Shelf;

TEST_CASE("what a picture leaves is the next one's, of the same size") {
  const auto shelf = std::make_shared<Shelf>();
  std::optional<Pixels> first(std::in_place, shelf, 1000);
  const uint8_t* const left = first->bytes().data();
  const Pixels second(shelf, 1000);
  CHECK(second.bytes().data() != left);
  first.reset();
  const Pixels third(shelf, 1000);
  CHECK(third.bytes().data() == left);
  CHECK(third.bytes().size() == 1000);
}

TEST_CASE("memory of another size is not kept") {
  const auto shelf = std::make_shared<Shelf>();
  { const Pixels small(shelf, 1000); }
  Pixels large(shelf, 1'000'000);
  std::ranges::fill(large.bytes(), uint8_t{1});  // ASan would see memory that is too short
  { const Pixels small(shelf, 1000); }
  large = Pixels(shelf, 2000);  // the large one is let go when its size is not wanted any more
  std::ranges::fill(large.bytes(), uint8_t{1});
  CHECK(large.bytes().size() == 2000);
}

TEST_CASE("a picture outlives its shelf") {
  auto shelf = std::make_shared<Shelf>();
  Pixels picture(shelf, 1000);
  shelf.reset();
  std::ranges::fill(picture.bytes(), uint8_t{1});
  CHECK(picture.bytes()[999] == 1);
}
