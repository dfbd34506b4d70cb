#include "beeper.h"

#include <sys/time.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "chirp.h"
#include "monotonic.h"

namespace bench {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kAskEvery = 50'000;  // microseconds
constexpr size_t kAnswers = 40, kFewestAnswers = 12;

int64_t samples_of_us(int64_t us) { return us * kSampleRate / kSecond; }

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("PulseAudio: ") + what);
}

}  // namespace

Beeper::Beeper(const char* sink) : chirp_(make_chirp()), loop_(pa_threaded_mainloop_new()) {
  pa_threaded_mainloop_start(loop_);
  pa_threaded_mainloop_lock(loop_);
  context_ = pa_context_new(pa_threaded_mainloop_get_api(loop_), "screen-clock");
  pa_context_set_state_callback(
      context_, [](pa_context*, void* self) { pa_threaded_mainloop_signal(static_cast<Beeper*>(self)->loop_, 0); }, this);
  check(pa_context_connect(context_, nullptr, PA_CONTEXT_NOAUTOSPAWN, nullptr) >= 0, "cannot connect");
  while (pa_context_get_state(context_) != PA_CONTEXT_READY) {
    check(PA_CONTEXT_IS_GOOD(pa_context_get_state(context_)), "the server refused");
    pa_threaded_mainloop_wait(loop_);
  }
  const pa_sample_spec spec{PA_SAMPLE_FLOAT32LE, kSampleRate, 2};
  stream_ = pa_stream_new(context_, "clock", &spec, nullptr);
  pa_stream_set_state_callback(
      stream_, [](pa_stream*, void* self) { pa_threaded_mainloop_signal(static_cast<Beeper*>(self)->loop_, 0); }, this);
  pa_stream_set_write_callback(
      stream_, [](pa_stream*, size_t bytes, void* self) { static_cast<Beeper*>(self)->fill(bytes); }, this);
  pa_stream_set_underflow_callback(stream_, [](pa_stream*, void* self) { static_cast<Beeper*>(self)->origins_.clear(); }, this);
  // A long buffer of our own; early requests set the sink's latency by minreq, here what programs usually ask for. A publisher
  // that wants to hear sooner makes it shorter.
  pa_buffer_attr attributes{};
  attributes.maxlength = static_cast<uint32_t>(-1);
  attributes.tlength = static_cast<uint32_t>(pa_usec_to_bytes(400'000, &spec));
  attributes.prebuf = static_cast<uint32_t>(pa_usec_to_bytes(200'000, &spec));
  attributes.minreq = static_cast<uint32_t>(pa_usec_to_bytes(25'000, &spec));
  check(pa_stream_connect_playback(stream_, sink, &attributes, PA_STREAM_EARLY_REQUESTS, nullptr, nullptr) >= 0, "cannot play");
  while (pa_stream_get_state(stream_) != PA_STREAM_READY) {
    check(PA_STREAM_IS_GOOD(pa_stream_get_state(stream_)), "the server refused the stream");
    pa_threaded_mainloop_wait(loop_);
  }
  ask_latency();
  while (origin_us_ == 0) pa_threaded_mainloop_wait(loop_);
  pa_threaded_mainloop_unlock(loop_);
}

Beeper::~Beeper() {
  pa_threaded_mainloop_stop(loop_);
  if (timer_) pa_threaded_mainloop_get_api(loop_)->time_free(timer_);
  pa_stream_disconnect(stream_);
  pa_stream_unref(stream_);
  pa_context_disconnect(context_);
  pa_context_unref(context_);
  pa_threaded_mainloop_free(loop_);
}

void Beeper::fill(size_t bytes) {
  struct Frame {
    float left = 0, right = 0;
  };
  std::vector<Frame> sound(bytes / sizeof(Frame));
  const auto frames = static_cast<int64_t>(sound.size());
  for (int64_t i = 0; i < frames; ++i) {
    const int64_t sample = written_ + i;
    if (origin_us_ && (chirp_begin_ < 0 || sample >= chirp_begin_ + kChirpSamples)) {
      const int64_t second = (origin_us_ + sample * kSecond / kSampleRate) / kSecond + 1;
      chirp_begin_ = samples_of_us(second * kSecond - origin_us_);
      ++beeps_;
    }
    if (chirp_begin_ >= 0 && sample >= chirp_begin_) {
      const float level = chirp_[static_cast<size_t>(sample - chirp_begin_)];
      sound[static_cast<size_t>(i)] = {level, level};
    }
  }
  pa_stream_write(stream_, sound.data(), sound.size() * sizeof(Frame), nullptr, 0, PA_SEEK_RELATIVE);
  written_ += frames;
}

void Beeper::ask_latency() {
  pa_operation_unref(pa_stream_update_timing_info(
      stream_, [](pa_stream*, int success, void* self) { if (success) static_cast<Beeper*>(self)->learn_origin(); }, this));
  pa_mainloop_api* api = pa_threaded_mainloop_get_api(loop_);
  timeval when{};
  pa_timeval_add(pa_gettimeofday(&when), kAskEvery);
  if (timer_) return api->time_restart(timer_, &when);
  auto again = [](pa_mainloop_api*, pa_time_event*, const timeval*, void* self) { static_cast<Beeper*>(self)->ask_latency(); };
  timer_ = api->time_new(api, &when, again, this);
}

// At `timestamp` the server's sink was putting out the sample at read_index - sink_usec. What the scheduler adds lies between the
// sink thread's look at its clock and the timestamp, and only makes the origin later: so the least of the last answers is right.
void Beeper::learn_origin() {
  const pa_timing_info* timing = pa_stream_get_timing_info(stream_);
  if (!timing || !timing->playing || timing->read_index_corrupt) return;
  timeval wall{};
  gettimeofday(&wall, nullptr);
  const int64_t now = now_us();
  const int64_t age = static_cast<int64_t>(pa_timeval_diff(&wall, &timing->timestamp));
  const auto read_bytes = static_cast<uint64_t>(timing->read_index);
  const auto read = static_cast<int64_t>(pa_bytes_to_usec(read_bytes, pa_stream_get_sample_spec(stream_)));
  origins_.push_back(now - age - read + static_cast<int64_t>(timing->sink_usec));
  if (origins_.size() > kAnswers) origins_.pop_front();
  if (origins_.size() < kFewestAnswers) return;
  std::vector<int64_t> sorted(origins_.begin(), origins_.end());
  std::sort(sorted.begin(), sorted.end());
  origin_us_ = sorted.front();
  spread_us_ = sorted[sorted.size() * 9 / 10] - sorted.front();
  pa_threaded_mainloop_signal(loop_, 0);
}

}  // namespace bench
