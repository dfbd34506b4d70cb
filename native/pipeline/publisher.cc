// The only file that knows the order of starting and stopping:
//   start   every destination connects while every source and encoder opens; when all are ready the tracks begin
//   stop    sources stop → encoders flush → queues drain until the deadline → unpublish → joins
//   abort   everything is unblocked at once → joins
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "pipeline/audio_track.h"
#include "pipeline/destination.h"
#include "pipeline/pipeline.h"
#include "pipeline/thread.h"
#include "pipeline/video_track.h"
#include "pipeline/worker.h"

namespace pipeline {

using media::Code;
using media::Error;
using media::Time;
using media::Track;

namespace {

constexpr const char* kFlashVersion = "FMLE/3.0 (compatible; rtmp-pusher)";

}  // namespace

struct Publisher::State {
  State(Settings given, std::function<void(Event)> on_event);

  void run();
  void begin();
  template <class Description, class AnyTrack>
  void begin_track(const char* thread, Track kind, AnyTrack& track, void (*describe)(Description&&, StreamDescription&));
  void drain();
  Time set_deadline();
  void cut();
  void join();
  /// None when there is no such input of sound.
  AudioTrack* audio_with(size_t input) { return audio && input < settings.audio->inputs.size() ? &*audio : nullptr; }
  size_t tracks() const { return size_t{video.has_value()} + size_t{audio.has_value()}; }
  int allowed(int wanted_bitrate);
  bool over() const { return failure_ || abort_wanted_ || stop_wanted_ || tracks_running_ == 0; }

  // Called from the workers.
  bool track_opened(std::stop_token stop, const std::function<void(StreamDescription&)>& describe);
  void track_ended(Track track, std::optional<Error> error);
  void destination_started();
  void destination_taken();
  void destination_ended(const Destination& destination, std::optional<Error> error);
  void fan_out(media::Packet&& packet);
  void tell(Event event);
  void warn(Track track, size_t input, const Error& error);
  void fail(Ended failure);
  template <class AnyFeed>
  typename AnyFeed::Events device_events(Track track, size_t input);

  const Settings settings;
  const std::function<void(Event)> on_event_;
  const Time created_ = media::monotonic_now();
  std::optional<VideoTrack> video;
  std::optional<AudioTrack> audio;
  std::vector<std::unique_ptr<Destination>> destinations;

  std::mutex telling_;  // one event at a time
  std::mutex mutex_;    // guards what follows
  std::condition_variable_any changed_;
  StreamDescription description_;
  size_t tracks_opened_ = 0;
  size_t tracks_running_ = 0;
  size_t destinations_started_ = 0;
  size_t destinations_taken_ = 0;
  size_t destinations_running_ = 0;
  bool stop_wanted_ = false;
  bool abort_wanted_ = false;
  bool cut_ = false;  // what fails from now on does so because it was cut
  std::optional<Time> deadline_;  // of the end that has begun
  std::optional<Ended> failure_;

  std::vector<Worker> tracks_;
  std::vector<Worker> senders_;
  std::jthread supervisor;
};

template <class AnyFeed>
typename AnyFeed::Events Publisher::State::device_events(Track track, size_t input) {
  typename AnyFeed::Events events{.warned = [=, this](const Error& error) { warn(track, input, error); }};
  events.changed = [=, this](const std::string& device, const std::string& previous) {
    tell(DeviceChanged{track, input, device, previous});
  };
  if (settings.ends_with_device) return events;
  events.lost = [=, this](const Error& error) { tell(DeviceLost{track, input, error}); };
  events.back = [=, this](const std::string& device, Time away) { tell(DeviceBack{track, input, device, away}); };
  return events;
}

Publisher::State::State(Settings given, std::function<void(Event)> on_event)
    : settings(std::move(given)), on_event_(std::move(on_event)) {
  if (settings.video) {
    video.emplace(*settings.video, [this](int wanted) { return allowed(wanted); }, device_events<VideoFeed>(Track::kVideo, 0));
  }
  if (settings.audio) {
    audio.emplace(*settings.audio, [this](size_t input) { return device_events<AudioFeed>(Track::kAudio, input); });
  }
  description_.plan.video = video.has_value();
  description_.plan.audio = audio.has_value();
  description_.metadata.encoder = settings.encoder;
  tracks_running_ = tracks();
  for (const std::string& url : settings.urls) {
    destinations.push_back(std::make_unique<Destination>(
        DestinationOptions{.url = url,
                           .connection = {.connect_timeout = settings.connect_timeout,
                                          .write_timeout = settings.write_timeout,
                                          .flash_version = kFlashVersion},
                           .limits = {.duration = settings.max_buffer,
                                      .bytes = settings.max_buffer_bytes,
                                      .spread = settings.track_spread},
                           .audio_bitrate = settings.audio ? settings.audio->bitrate : 0},
        QueueEvents{.wants_keyframe =
                        [this] {
                          if (video) video->request_keyframe();
                        },
                    .congested = [this](Time buffered, uint64_t dropped) { tell(Congestion{buffered, dropped}); }}));
  }
}

void Publisher::State::begin() {
  destinations_running_ = destinations.size();
  for (auto& owned : destinations) {
    Destination* const destination = owned.get();
    senders_.emplace_back(
        "rtmp send", Code::kRtmpDisconnected,
        [this, destination](std::stop_token stop) {
          destination->run(stop, {.started = [this] { destination_started(); }, .taken = [this] { destination_taken(); }});
        },
        [this, destination](std::optional<Error> error) { destination_ended(*destination, std::move(error)); });
  }
  if (video) {
    begin_track<VideoDescription>("rtmp video", Track::kVideo, *video, [](VideoDescription&& video, StreamDescription& stream) {
      stream.metadata.video = video.metadata;
      stream.avc_configuration = std::move(video.configuration);
      stream.plan.video_frame_duration = video.frame_duration;
      stream.plan.reorder_delay = video.reorder_delay;
    });
  }
  if (audio) {
    begin_track<AudioDescription>("rtmp audio", Track::kAudio, *audio, [](AudioDescription&& audio, StreamDescription& stream) {
      stream.metadata.audio = audio.metadata;
      stream.audio_specific_config = std::move(audio.configuration);
      stream.plan.audio_frame_duration = audio.frame_duration;
      stream.plan.audio_lag = audio.lag;
    });
  }
}

template <class Description, class AnyTrack>
void Publisher::State::begin_track(const char* thread, Track kind, AnyTrack& track,
                                   void (*describe)(Description&&, StreamDescription&)) {
  tracks_.emplace_back(
      thread, Code::kEncoderFailed,
      [this, &track, describe](std::stop_token stop) {
        const auto opened = [&](Description description) {
          return track_opened(stop, [&](StreamDescription& stream) { describe(std::move(description), stream); });
        };
        track.run(stop, opened, [this](media::Packet&& packet) { fan_out(std::move(packet)); });
      },
      [this, kind](std::optional<Error> error) { track_ended(kind, std::move(error)); });
}

void Publisher::State::run() {
  try {
    begin();
  } catch (Error& error) {
    error.code = Code::kEncoderFailed;  // whichever thread it is that is not to be had
    fail({.error = error, .destination = {}});
  } catch (const std::exception& error) {
    const std::string what = std::string("there is no memory left to publish with: ") + error.what();
    fail({.error = Error(Code::kEncoderFailed, what), .destination = {}});
  }
  bool graceful;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return over(); });
    // A stop before the server has accepted has nothing to drain.
    graceful = !failure_ && !abort_wanted_ && destinations_started_ == destinations.size();
  }
  if (graceful) drain();
  cut();
  join();
  Ended ended;
  {
    std::lock_guard lock(mutex_);
    if (failure_ && !abort_wanted_) ended = *failure_;
  }
  tell(std::move(ended));
}

void Publisher::State::drain() {
  const Time deadline = set_deadline();
  for (Worker& track : tracks_) track.request_stop();

  const auto drained = [this] { return abort_wanted_ || (tracks_running_ == 0 && destinations_running_ == 0); };
  bool in_time;
  {
    std::unique_lock lock(mutex_);
    in_time = changed_.wait_until(lock, media::to_time_point(deadline), drained);
  }
  const bool cut_short = std::ranges::any_of(destinations, [](const auto& destination) { return destination->cut_short(); });
  if (!in_time || cut_short) {
    tell(Warning{Error(Code::kRtmpTimeout, "the stream was cut at its end: not all of it could be sent within stopTimeout (" +
                                               std::to_string(settings.stop_timeout.count() / 1000) + " ms)")});
  }
}

/// Before the last queue ends: its destination then says goodbye until this time.
Time Publisher::State::set_deadline() {
  std::lock_guard lock(mutex_);
  if (!deadline_) {
    deadline_ = media::monotonic_now() + settings.stop_timeout;
    for (auto& destination : destinations) destination->set_close_deadline(*deadline_);
  }
  return *deadline_;
}

void Publisher::State::cut() {
  {
    std::lock_guard lock(mutex_);
    cut_ = true;
  }
  if (video) video->cut();
  for (Worker& track : tracks_) track.request_stop();
  for (Worker& sender : senders_) sender.request_stop();
}

void Publisher::State::join() {
  for (Worker& track : tracks_) track.join();
  for (Worker& sender : senders_) sender.join();
}

bool Publisher::State::track_opened(std::stop_token stop, const std::function<void(StreamDescription&)>& describe) {
  std::unique_lock lock(mutex_);
  describe(description_);
  if (++tracks_opened_ == tracks()) {
    for (auto& destination : destinations) destination->describe(description_);
  }
  return changed_.wait(lock, stop, [this] { return destinations_started_ == destinations.size(); });
}

void Publisher::State::track_ended(Track track, std::optional<Error> error) {
  if (error) fail({.error = std::move(error), .destination = {}});
  bool last;
  {
    std::lock_guard lock(mutex_);
    last = --tracks_running_ == 0;
  }
  if (last) set_deadline();
  for (auto& destination : destinations) destination->queue().end(track);
  changed_.notify_all();
}

void Publisher::State::destination_started() {
  {
    std::lock_guard lock(mutex_);
    ++destinations_started_;
  }
  changed_.notify_all();
}

void Publisher::State::destination_taken() {
  bool all;
  {
    std::lock_guard lock(mutex_);
    all = ++destinations_taken_ == destinations.size();
  }
  if (all) tell(Started{});
}

void Publisher::State::destination_ended(const Destination& destination, std::optional<Error> error) {
  if (error) fail({.error = std::move(error), .destination = destination.masked_url()});
  {
    std::lock_guard lock(mutex_);
    --destinations_running_;
  }
  changed_.notify_all();
}

void Publisher::State::fan_out(media::Packet&& packet) {
  // librtmp writes chunk headers into what it sends, so each destination needs a body of its own; the last may have this one.
  for (size_t i = 0; i + 1 < destinations.size(); ++i) {
    media::Packet copy = packet;
    destinations[i]->queue().push(std::move(copy));
  }
  destinations.back()->queue().push(std::move(packet));
}

/// One encode serves all: the narrowest network decides.
int Publisher::State::allowed(int wanted_bitrate) {
  int least = wanted_bitrate;
  for (auto& destination : destinations) least = std::min(least, destination->allowed(wanted_bitrate));
  return least;
}

void Publisher::State::tell(Event event) {
  std::lock_guard lock(telling_);
  on_event_(std::move(event));
}

/// Of an input: named as the program knows it.
void Publisher::State::warn(Track track, size_t input, const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (cut_) return;  // what is left out then is so because it was cut
  }
  std::string name = track == Track::kVideo ? "VideoInput" : "AudioInput";
  if (track == Track::kAudio && settings.audio->inputs.size() > 1) name.append(" ").append(std::to_string(input));
  tell(Warning{Error(error.code, name + ": " + error.what())});
}

void Publisher::State::fail(Ended failure) {
  std::lock_guard lock(mutex_);
  if (!failure_ && !cut_) failure_ = std::move(failure);
}

Publisher::Publisher(Settings settings, std::function<void(Event)> on_event)
    : state_(std::make_unique<State>(std::move(settings), std::move(on_event))) {}

Publisher::~Publisher() { abort(); }

void Publisher::start() {
  state_->supervisor = start_thread(Code::kEncoderFailed, [state = state_.get()] { state->run(); });
}

void Publisher::stop() {
  {
    std::lock_guard lock(state_->mutex_);
    state_->stop_wanted_ = true;
  }
  state_->changed_.notify_all();
}

void Publisher::abort() noexcept {
  {
    std::lock_guard lock(state_->mutex_);
    state_->abort_wanted_ = true;
  }
  state_->changed_.notify_all();
}

void Publisher::set_video_bitrate(int bits_per_second, size_t max_buffer_bytes) {
  if (!state_->video) return;
  for (const auto& destination : state_->destinations) destination->queue().limit_bytes(max_buffer_bytes);
  state_->video->set_bitrate(bits_per_second);
}

void Publisher::replace_video_source(capture::VideoSettings source, uint32_t ticket) {
  if (!state_->video) return;
  state_->video->replace_source(std::move(source), [state = state_.get(), ticket](std::optional<Error> error) {
    state->tell(SourceReplaced{ticket, std::move(error)});
  });
}

void Publisher::request_keyframe() {
  if (state_->video) state_->video->request_keyframe();
}

void Publisher::replace_audio_source(size_t input, capture::AudioSettings source, uint32_t ticket) {
  AudioTrack* const track = state_->audio_with(input);
  if (track == nullptr) return;
  track->replace_source(input, std::move(source), [state = state_.get(), ticket](std::optional<Error> error) {
    state->tell(SourceReplaced{ticket, std::move(error)});
  });
}

void Publisher::set_audio_gain(size_t input, double gain) {
  if (AudioTrack* const track = state_->audio_with(input)) track->set_gain(input, gain);
}

void Publisher::set_audio_muted(size_t input, bool muted) {
  if (AudioTrack* const track = state_->audio_with(input)) track->set_muted(input, muted);
}

Stats Publisher::stats() const {
  Stats stats;
  stats.duration = media::monotonic_now() - state_->created_;
  if (state_->video) stats.video = state_->video->stats();
  if (state_->audio) stats.audio = state_->audio->stats();
  if (stats.video && stats.audio) stats.av_offset = stats.audio->stamp_error - stats.video->stamp_error;
  for (const auto& destination : state_->destinations) stats.destinations.push_back(destination->stats());
  return stats;
}

}  // namespace pipeline
