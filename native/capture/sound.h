// Sound from a PulseAudio server: microphones, and the monitors of sinks for what the system plays. One thread.
#pragma once

#include <memory>

#include "capture/capture.h"

namespace capture {

std::unique_ptr<media::AudioSource> open_sound(const Pulse& settings, std::stop_token stop);

/// Throws ERR_DEVICE_NOT_FOUND when none answers, ERR_DEVICE_PERMISSION when it refuses.
void find_sound_server(std::stop_token stop);

/// Adds the server's sources, the default ones first, or a note of why there are none.
void list_sound(DeviceList& list);

class PulseServer;
/// The same of a server that is connected. Empty when it does not answer.
std::optional<std::vector<Device>> sources_of(PulseServer& server, const std::stop_token& stop = {});

}  // namespace capture
