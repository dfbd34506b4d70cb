// A connection to a PulseAudio server (PipeWire's included) and one record stream over it. libpulse is loaded at run time; this
// room's only file that knows it is pulse.cc. It has no thread of its own: the calls made here drive it. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "media/downmix.h"
#include "media/format.h"
#include "media/stages.h"
#include "media/time.h"

namespace capture {

class PulseServer {
 public:
  /// Never starts a server. Throws ERR_DEVICE_NOT_FOUND when none answers within `patience`, ERR_DEVICE_PERMISSION when
  /// it refuses; after `stop`, ERR_DEVICE_LOST.
  PulseServer(std::stop_token stop, media::Time patience);
  ~PulseServer();

  struct Source {
    std::string name;
    std::string description;
    bool monitor;  // of a sink: what the system plays
    bool preferred;
    int sample_rate;
    int channels;
    uint32_t index;  // given once in the life of a server
  };
  /// Empty when the server does not answer in time.
  std::optional<std::vector<Source>> sources(media::Time patience, std::stop_token stop = {});
  /// The name of a sink's monitor, or `name` itself when it is no sink's.
  std::string monitor_of(const std::string& name, std::stop_token stop);

  /// The monitor of the default sink. From now on default_moved() tells whether another sink has become the default. Throws when
  /// there is no sink.
  std::string follow_default_sink(std::stop_token stop);
  bool default_moved() const;
  /// It is PipeWire that speaks PulseAudio's protocol.
  bool is_pipewire(std::stop_token stop);

  /// Starts the stream: f32 with all the channels that the source has, handed out in fragments of about this length. Once. Throws
  /// when the source cannot be had.
  void record(const std::string& source, int sample_rate, media::Time fragment, std::stop_token stop);
  /// Of the stream, in order.
  std::vector<media::Channel> channels() const;

  media::Opened opened() const;

  enum class Outcome { kDone, kStopped, kLate };
  /// Until more than `frames` samples of each channel wait to be read. Throws ERR_DEVICE_LOST when source or server ended.
  Outcome wait_for_more_than(size_t frames, std::stop_token stop, media::Time until);
  size_t waiting() const;

  /// From now on wait_for_news() tells of sources that come and go.
  void subscribe(std::stop_token stop, media::Time patience);
  /// Until there is news, the server has ended, or `fd` can be read.
  Outcome wait_for_news(int fd, std::stop_token stop, media::Time until);
  /// Whether sources came or went since it was last asked.
  bool take_news();
  bool alive() const;

  /// Copies the oldest fragment that waits; gives the frames it covers. `samples` is left empty when they were lost.
  size_t take(std::vector<float>& samples);

  /// What the server said of its time: what lies `position` after the stream's first sample was captured at `moment`.
  struct Timing {
    media::Time moment;
    media::Time position;
    int64_t next;  // number of the frame that take() gives next; what the server had to drop is counted in it
  };
  void ask_for_timing();
  /// The answer, once. Empty while there is none.
  std::optional<Timing> timing();
  /// Waits for the answer.
  Outcome wait_for_timing(std::stop_token stop, media::Time until);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace capture
