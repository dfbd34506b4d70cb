// A capture PCM of ALSA, and the cards that there are. libasound is loaded at run time; this room's only file that knows it is
// alsa.cc. Prints nothing on stderr. One thread at a time.
#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/capture.h"
#include "capture/sample_encoding.h"
#include "media/downmix.h"
#include "media/time.h"

namespace capture {

class AlsaPcm {
 public:
  /// Opens and starts it, with the rate and channels nearest to those wanted. Throws when it cannot be had. A plugin may wait
  /// for its server forever.
  AlsaPcm(const Alsa& wanted, media::Time period);
  AlsaPcm(AlsaPcm&& other) noexcept;
  ~AlsaPcm();

  /// What it was opened with.
  struct Shape {
    std::string name;  // the PCM's own, for people
    std::string format;
    SampleEncoding encoding;
    unsigned rate;
    unsigned channels;
    std::vector<media::Channel> map;  // what each is for
    size_t period;  // frames
  };
  const Shape& shape() const;

  /// What to poll(2) for.
  void watch(std::vector<pollfd>& descriptors) const;
  /// What poll(2) found in them is samples, or an error that read() tells.
  bool stirs(std::vector<pollfd>& descriptors) const;

  // As libasound has it: a number of frames, or a negative error.
  long read(void* into, size_t frames);
  long available();  // asks the card; what the two below say is of this moment
  long delay();
  /// So many frames waited at that moment. Empty where the card does not say.
  struct Stamp {
    media::Time moment;
    size_t waiting;
  };
  std::optional<Stamp> stamp();
  int restart();
  std::string words_for(int error) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Adds the cards' inputs, or a note of why they cannot be looked for.
void list_alsa(DeviceList& list);

}  // namespace capture
