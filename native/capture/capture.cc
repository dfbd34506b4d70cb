#include "capture/capture.h"

#include "capture/alsa.h"
#include "capture/camera.h"
#include "capture/microphone.h"
#include "capture/screen.h"
#include "capture/sound.h"
#include "capture/synthetic.h"
#include "capture/written.h"

namespace capture {
namespace {

template <typename... Calls>
struct Overloaded : Calls... {
  using Calls::operator()...;
};

}  // namespace

std::unique_ptr<media::VideoSource> open_same_video(VideoSettings& settings, std::stop_token stop) {
  return std::visit(Overloaded{
                        [](const TestPattern& pattern) { return open_test_pattern(pattern); },
                        [&stop](const Screen& screen) { return open_screen(screen, stop); },
                        [](Camera& camera) { return open_camera(camera); },
                        [](const WrittenVideo& written) { return open_written(written); },
                    },
                    settings);
}

std::unique_ptr<media::VideoSource> open_video(const VideoSettings& settings, std::stop_token stop) {
  VideoSettings own = settings;
  return open_same_video(own, std::move(stop));
}

std::unique_ptr<media::AudioSource> open_same_audio(AudioSettings& settings, std::stop_token stop) {
  AudioSettings taken = settings;
  auto source = std::visit(Overloaded{
                               [](const Tone& tone) { return open_tone(tone); },
                               [](const Silence& silence) { return open_silence(silence); },
                               [&](const Pulse& pulse) { return open_sound(pulse, stop); },
                               [&](const Alsa& alsa) { return open_alsa(alsa, stop); },
                               [&](const Microphone& microphone) { return open_microphone(microphone, stop, taken); },
                               [](const WrittenAudio& written) { return open_written(written); },
                           },
                           settings);
  settings = std::move(taken);
  auto* const pulse = std::get_if<Pulse>(&settings);
  if (pulse != nullptr && !pulse->monitor) pulse->device = source->opened().device;
  return source;
}

std::unique_ptr<media::AudioSource> open_audio(const AudioSettings& settings, std::stop_token stop) {
  AudioSettings own = settings;
  return open_same_audio(own, std::move(stop));
}

DeviceList list_devices() {
  DeviceList list;
  list_cameras(list);
  list_screens(list);
  list_sound(list);
  list_alsa(list);
  return list;
}

}  // namespace capture
