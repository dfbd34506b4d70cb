// Which of a camera's modes to run, when the user names only some of size, rate and format. Pure.
#pragma once

#include <string>
#include <vector>

#include "capture/capture.h"

namespace capture {

struct ChosenMode {
  std::string format;
  int width;
  int height;
  media::Rational frame_rate;  // num 0: the camera does not say what it has, and nothing is wished
};

/// The best mode that fulfils what `wanted` names of size and format, at the rate nearest to the wanted one (30 if none), a higher
/// one before a lower. Of modes that differ in the rest: the rate first, then the size (up to 1280x720 the larger, above it the
/// smaller), then raw before MJPEG. A camera that does not say what rates it has is to try the wanted one. Throws
/// ERR_DEVICE_FORMAT, which names what there is.
ChosenMode choose_mode(const std::vector<CameraMode>& modes, const Camera& wanted, const std::string& name);

}  // namespace capture
