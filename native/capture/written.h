// What the program writes, as sources. They hold the input's reading side for as long as they live.
#pragma once

#include <memory>

#include "capture/capture.h"

namespace capture {

std::unique_ptr<media::VideoSource> open_written(const WrittenVideo& settings);
std::unique_ptr<media::AudioSource> open_written(const WrittenAudio& settings);

}  // namespace capture
