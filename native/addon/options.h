// Plain objects from src/options.ts, complete and validated there, into settings. A value of the wrong type throws a JS
// TypeError that names it: it can only come from a caller that went round the TypeScript.
#pragma once

#include <napi.h>

#include <cstdint>
#include <span>
#include <string>

#include "media/format.h"
#include "pipeline/pipeline.h"

namespace addon {

/// `clock`: what the program's own pictures and sound of one publication are timed by.
pipeline::Settings publish_settings(Napi::Object options, const std::shared_ptr<capture::InputClock>& clock);
capture::VideoSettings video_source(Napi::Object source, const std::shared_ptr<capture::InputClock>& clock);
capture::AudioSettings audio_source(Napi::Object source, const std::shared_ptr<capture::InputClock>& clock);
/// From an array of [name, value].
capture::ControlValues control_values(Napi::Value pairs);
media::VideoFormat video_format(Napi::Object format);
media::AudioFormat audio_format(Napi::Object format);

const char* to_string(media::PixelFormat format);
const char* to_string(media::SampleFormat format);

/// The element of the table or a TypeError: for numbers and strings of plain objects.
double number(Napi::Object object, const char* key);
std::string text(Napi::Object object, const char* key);
/// Of a typed array, where they lie, also when other threads share them (SharedArrayBuffer); of anything else a TypeError for `name`.
std::span<const uint8_t> bytes(Napi::Value array, const char* name);

}  // namespace addon
