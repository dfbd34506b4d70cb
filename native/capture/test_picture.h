// The test pattern, drawn straight as I420 (limited range, BT.709 from 720 lines on, else BT.601) into one reused picture of
// which each frame redraws only what changes. One thread.
//
// Geometry, in pixels from the top left, W x H the picture's size, s = max(1, min(W / 120, H / 90)), divisions rounded down:
//
//   rows [0, H/2)        seven colour bars of 75 %: white yellow cyan green magenta red blue
//   text                 white (Y 235) on black (Y 16), glyphs.h; line 0 is the wall clock of the frame's pts, UTC,
//                        "HH:MM:SS.mmm"; line 1 is the frame's sequence number, eight decimal digits ("00000042").
//                        Cell (column 0-4, row 0-6) of glyph i of line n is the square of side s whose top left corner is
//                          x = s * (3 + 6 * i + column)
//                          y = s * (3 + 9 * n + row)
//                        and its middle is half a side further. The black box of a line reaches one cell beyond its glyphs on
//                        every side. A line that would not fit into the bars (its box must end at W and at H/2) is left out:
//                        line 0 when 75 s > W or 11 s > H/2, line 1 when 51 s > W or 20 s > H/2.
//   rows [H/2, 5H/8)     a grey block, W/16 wide, going from left to right in four seconds
//   the flash            columns [W/4, 3W/4), rows [5H/8, 7H/8): Y 235 in frames whose pts lies within 100 ms after a full second
//                        of the wall clock, else Y 16
//   rows [7H/8, H)       a ramp from black on the left to white on the right
//
// The chroma of everything below the bars, and of the text, is neutral. All edges given here are rounded down to even numbers,
// but for those of the text's cells and of the grey block.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "media/frame.h"

namespace capture {

class TestPicture {
 public:
  TestPicture(int width, int height);

  /// `wall` is the wall clock at the frame's pts, `phase` the place of the grey block: 0 to below 1, left to right.
  void draw(media::Time wall, uint64_t sequence, double phase);
  media::VideoFrame frame() const;

 private:
  struct Rectangle {
    int x, y, width, height;
  };
  struct Line {
    int row;             // of its glyphs, in cells
    bool fits;
    std::string shown;
  };

  uint8_t* plane(int index) { return bytes_.data() + offsets_[index]; }
  void fill(Rectangle area, uint8_t luma);
  void fill_chroma(Rectangle area, uint8_t u, uint8_t v);
  void draw_background();
  void draw_text(Line& line, std::string_view text);
  void draw_flash(bool lit);
  void draw_block(double phase);

  int width_;
  int height_;
  int scale_;
  std::array<int, 3> strides_;
  std::array<size_t, 3> offsets_;
  std::vector<uint8_t> bytes_;
  std::array<Line, 2> lines_;
  Rectangle flash_;
  Rectangle block_;
  int flash_luma_ = -1;
};

}  // namespace capture
