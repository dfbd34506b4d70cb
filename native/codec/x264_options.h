// Which of x264's options may be given by their own name. Pure.
#pragma once

#include <string_view>

namespace codec {

struct X264Option {
  std::string_view name;  // as x264 compares it: hyphens, without "no"
  const char* refusal;    // why not, in words that follow "here: "; null where only some values are refused, if any
};

/// The option that x264 takes `name` for ("no-mbtree", "nombtree" and "mbtree" are one, as are "b_adapt" and "b-adapt"), or null.
/// One that is not in the table is unknown: a later x264 may have options that write files or print.
const X264Option* x264_option(std::string_view name);

}  // namespace codec
