// Cameras by name: found, opened at the best mode, listed. One thread.
#pragma once

#include <memory>

#include "capture/capture.h"

namespace capture {

/// Writes into `settings` what finds this camera again and no other: its link, or where udev made none its path and who it is. A
/// path that was named is left: it means whichever camera is there.
std::unique_ptr<media::VideoSource> open_camera(Camera& settings);

/// Adds the cameras, and a note for each that may not be opened.
void list_cameras(DeviceList& list);

}  // namespace capture
