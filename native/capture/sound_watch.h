// The sources of a PulseAudio server as they come and go, over a connection that is made anew when the server is. One thread.
#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "capture/capture.h"
#include "capture/file_watch.h"
#include "capture/pulse.h"

namespace capture {

class SoundWatch {
 public:
  /// Where a server that is not there will appear.
  static std::vector<FileWatch::Place> places();

  /// The sources that there are: without a server none. Empty when the server does not answer. Afterwards retry() tells when
  /// to ask again though nothing was told; kForever where that is not needed.
  std::optional<std::vector<Device>> list(const std::stop_token& stop);
  media::Time retry() const { return retry_; }

  /// Until sources came or went, which gives true, until `fd` can be read, until `stop`.
  bool wait(int fd, const std::stop_token& stop, media::Time until);

 private:
  std::optional<PulseServer> server_;
  media::Time retry_ = media::kForever;
};

}  // namespace capture
