// Plays a chirp at each full second of CLOCK_MONOTONIC: its first sample passes the sink's output at that moment, by the server's
// own account of its latency, whatever the buffers on the way. Owns a PulseAudio connection and its thread.
#pragma once

#include <pulse/pulseaudio.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <vector>

namespace bench {

class Beeper {
 public:
  explicit Beeper(const char* sink);
  ~Beeper();
  Beeper(const Beeper&) = delete;
  Beeper& operator=(const Beeper&) = delete;

  int beeps() const { return beeps_; }
  /// How far the accounts of the origin over two seconds lie apart, 90th percentile from the least: the doubt in a beep's moment.
  int64_t spread_us() const { return spread_us_; }

 private:
  void fill(size_t bytes);
  void ask_latency();
  void learn_origin();

  std::vector<float> chirp_;
  pa_threaded_mainloop* loop_ = nullptr;
  pa_context* context_ = nullptr;
  pa_stream* stream_ = nullptr;
  pa_time_event* timer_ = nullptr;
  std::deque<int64_t> origins_;  // CLOCK_MONOTONIC of the stream's sample 0, as each answer tells it
  int64_t origin_us_ = 0;        // 0: not known yet
  int64_t written_ = 0;          // samples
  int64_t chirp_begin_ = -1;     // the sample at which the present or next chirp begins
  std::atomic<int> beeps_{0};
  std::atomic<int64_t> spread_us_{0};
};

}  // namespace bench
