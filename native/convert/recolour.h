// YUV of one matrix and range to YUV of another, in place. Pure; private to this room.
#pragma once

#include "convert/convert.h"
#include "convert/rgb.h"

namespace convert {

/// Makes limited range with the matrix `to` of an I420 picture that has the matrix `from`, and full range if `full_range`.
void recolour(const Planes& planes, int width, int height, Matrix from, bool full_range, Matrix to);

}  // namespace convert
