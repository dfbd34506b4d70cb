// The screen as a video source: a grab of an X11 screen's region at each tick of the frame rate. One thread.
#pragma once

#include <memory>

#include "capture/capture.h"

namespace capture {

std::unique_ptr<media::VideoSource> open_screen(const Screen& settings, std::stop_token stop);

/// Adds the screens of $DISPLAY, or a note of why there are none.
void list_screens(DeviceList& list, const std::stop_token& stop = {});

}  // namespace capture
