// One capture stream of ALSA: a sound card's own ("hw:", "plughw:"), "default", or whatever the configuration names. One thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "capture/alsa.h"
#include "media/downmix.h"
#include "media/error.h"
#include "media/format.h"
#include "media/stages.h"

namespace capture {

class AlsaStream {
 public:
  /// Opens and starts, with the rate and channels nearest to those wanted. Throws when it cannot be had within some seconds.
  AlsaStream(const Alsa& wanted, media::Time period, const std::stop_token& stop);

  /// What take() gives: f32, mono or stereo. More channels are mixed to as many as are wanted.
  media::AudioFormat format() const;
  media::Opened opened() const { return {device_, pcm_.shape().name, pcm_.shape().format}; }
  /// Samples become readable in portions of about this length.
  media::Time period() const;

  /// Until samples can be taken, or an overrun is to be told. False on `stop`, or when neither comes by `until`.
  bool wait(const std::stop_token& stop, media::Time until);
  /// At most so many frames; gives how many. Empty after an overrun: what waited is lost, and the stream was started anew.
  /// Throws ERR_DEVICE_LOST when the device is gone.
  std::optional<size_t> take(std::vector<float>& samples, size_t most);

  /// So many frames wait to be taken, the last of them captured at `moment`. Empty when take() will tell of an overrun.
  /// Throws ERR_DEVICE_LOST when the device is gone.
  using Timing = AlsaPcm::Stamp;
  std::optional<Timing> timing();

 private:
  media::Error lost(long error) const;

  std::string device_;
  AlsaPcm pcm_;
  int channels_;
  media::Downmix downmix_;
  std::vector<pollfd> descriptors_;
  std::vector<uint8_t> bytes_;
  std::vector<float> unmixed_;
};

}  // namespace capture
