// Sound from ALSA, and the choice between it and a sound server. One thread.
#pragma once

#include <memory>

#include "capture/capture.h"

namespace capture {

std::unique_ptr<media::AudioSource> open_alsa(const Alsa& settings, std::stop_token stop);

/// A PulseAudio source where a server answers, else ALSA; `taken` is which. A device named as ALSA names them ("hw:…") is ALSA's.
std::unique_ptr<media::AudioSource> open_microphone(const Microphone& settings, std::stop_token stop, AudioSettings& taken);

}  // namespace capture
