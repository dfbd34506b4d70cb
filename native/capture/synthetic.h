// Sources that need no device: the test pattern, the tone that beeps with its flash, and silence. All run in real time on
// CLOCK_MONOTONIC. One thread each.
#pragma once

#include <memory>

#include "capture/capture.h"

namespace capture {

std::unique_ptr<media::VideoSource> open_test_pattern(const TestPattern& settings);
std::unique_ptr<media::AudioSource> open_tone(const Tone& settings);
std::unique_ptr<media::AudioSource> open_silence(const Silence& settings);

}  // namespace capture
