#include "pipeline/destination.h"

#include <chrono>
#include <utility>

#include "rtmp/timestamp.h"

namespace pipeline {

using media::Code;
using media::Error;
using media::Time;
using media::Track;

namespace {

int64_t unix_milliseconds() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

Destination::Destination(const DestinationOptions& options, QueueEvents events)
    : masked_url_(rtmp::Url::parse(options.url).masked()),
      queue_(options.limits,
             [&] {
               events.overflowed = [this] { connection_.abort(); };  // it may be in the middle of sending
               return std::move(events);
             }()),
      connection_(rtmp::Url::parse(options.url), options.connection, [this] { queue_.wake(); }),
      since_ms_(unix_milliseconds()),
      throttle_(options.limits.duration, options.audio_bitrate) {}

void Destination::describe(StreamDescription description) {
  queue_.start(description.plan);
  {
    std::lock_guard lock(mutex_);
    description_ = std::move(description);
  }
  queue_.wake();
}

/// A device may take long to open: the server is listened to meanwhile.
std::optional<StreamDescription> Destination::wait_for_description(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    connection_.service();
    {
      std::lock_guard lock(mutex_);
      if (description_) return description_;
    }
    queue_.pop(false);
  }
  return std::nullopt;
}

void Destination::enter(DestinationState state) {
  std::lock_guard lock(mutex_);
  state_ = state;
  since_ms_ = unix_milliseconds();
}

void Destination::run(std::stop_token stop, const Callbacks& callbacks) {
  const std::stop_callback cut(stop, [this] {
    connection_.abort();
    queue_.wake();
  });
  try {
    connection_.open(stop);
    const auto description = wait_for_description(stop);
    if (!description) return enter(DestinationState::kStopped);
    enter(DestinationState::kPublishing);
    callbacks.started();
    send_headers(*description);

    std::optional<rtmp::Timestamp> video, audio;  // of one origin, each with its own order
    bool taken = false;
    while (!stop.stop_requested() && !queue_.finished()) {
      auto outgoing = queue_.pop(connection_.writable(), taken ? Time::max() : connection_.moment_end());
      if (!taken && (taken = connection_.taken())) callbacks.taken();
      connection_.service();
      if (!outgoing) continue;
      if (!video) {
        video.emplace(outgoing->stamp);
        audio.emplace(outgoing->stamp);
      }
      note(*outgoing);
      rtmp::Timestamp& timestamp = outgoing->packet.track == Track::kVideo ? *video : *audio;
      const uint32_t milliseconds = timestamp.of(outgoing->stamp);
      flv::prepend_tag_header(outgoing->packet, timestamp.composition_of(outgoing->packet.pts));
      connection_.send(std::move(outgoing->packet), milliseconds);
    }
    if (!stop.stop_requested()) {
      if (!taken) callbacks.taken();
      enter(DestinationState::kStopping);
      // No AVC end of sequence goes before it: FCUnpublish says the same, OBS sends none for H.264 either (FFmpeg and GStreamer do), and
      // packagers make an empty picture of it.
      const Time left = Time(close_deadline_) - media::monotonic_now();
      cut_short_ = !connection_.close(std::max(left, Time(std::chrono::milliseconds(500))));
    }
  } catch (const Error&) {
    enter(DestinationState::kStopped);
    if (stop.stop_requested()) return;
    if (queue_.overflowed()) throw congested();
    throw;
  }
  enter(DestinationState::kStopped);
}

void Destination::note(const Outgoing& outgoing) {
  std::lock_guard lock(mutex_);
  interleaved_.add(outgoing.interleaved);
  transit_.add(outgoing.packet.size(), media::monotonic_now() - outgoing.waited);
}

int Destination::allowed(int wanted_bitrate) {
  const rtmp::Counters counters = connection_.counters();
  const uint64_t dropped_frames = queue_.level().dropped_frames;
  const Time now = media::monotonic_now();
  std::lock_guard lock(mutex_);
  return throttle_.allow(wanted_bitrate, transit_.look(counters, dropped_frames, now), now);
}

Error Destination::congested() const {
  const PacketQueue::Level level = queue_.level();
  return Error(Code::kRtmpCongested, masked_url_ + " takes less than is encoded: " + std::to_string(level.duration.count() / 1000) +
                                         " ms and " + std::to_string(level.bytes / 1000) +
                                         " kB of what is never dropped wait for it; lower video.bitrate or look at the network");
}

void Destination::send_headers(const StreamDescription& description) {
  connection_.send_script(flv::set_data_frame(description.metadata), 0);
  if (description.plan.video) {
    connection_.send_track(Track::kVideo, flv::video_sequence_header(description.avc_configuration), 0);
  }
  if (description.plan.audio) {
    connection_.send_track(Track::kAudio, flv::audio_sequence_header(description.audio_specific_config), 0);
  }
}

DestinationStats Destination::stats() const {
  const rtmp::Counters counters = connection_.counters();
  const PacketQueue::Level level = queue_.level();
  std::lock_guard lock(mutex_);
  return {.url = masked_url_,
          .state = state_,
          .since_ms = since_ms_,
          .bytes_sent = counters.bytes_sent,
          .bytes_acked = counters.bytes_acked,
          .queue_duration = level.duration,
          .queue_bytes = level.bytes + counters.bytes_unsent + counters.bytes_unacked,
          .dropped_frames = level.dropped_frames,
          .round_trip = counters.round_trip,
          .retransmits = counters.retransmits,
          .interleave_delay = interleaved_.at(0.95)};
}

}  // namespace pipeline
