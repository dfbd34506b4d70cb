// Cameras by name: found, opened at the best mode, listed. One thread.
#pragma once

#include <memory>

#include "capture/capture.h"

namespace capture {

std::unique_ptr<media::VideoSource> open_camera(const Camera& settings);

/// Adds the cameras, and a note for each that may not be opened.
void list_cameras(DeviceList& list);

}  // namespace capture
