#include "pipeline/video_track.h"

#include <memory>
#include <utility>

#include "codec/codec.h"
#include "media/picture_layout.h"
#include "pipeline/usual_bitrate.h"

namespace pipeline {

using media::Packet;
using media::Time;

struct VideoTrack::Stages {
  std::unique_ptr<media::VideoEncoder> encoder;
  convert::PictureConverter converter;
  convert::PictureDecoder decoder;
  Cadence cadence;
  int bitrate;
  const PacketSink& sink;
  Time beginning = Time::min();  // what was captured before is no part of the stream

  // Of the present source.
  uint64_t generation = 0;
  uint64_t jumps_before = 0;  // of those before
  std::optional<uint64_t> last_sequence = {};
  Time lateness{};  // how long after its capture a picture comes, of late at most

  std::optional<media::VideoFrame> picture = {};  // the last one shown, in the converter's memory
  bool slate = false;                             // it is what is shown in place of a lost device
  bool unshown = false;                           // it came when there was no place for it
  Time work{};                                    // for a picture, of late
  std::vector<Packet> packets = {};
};

namespace {

constexpr Time kMostLateness = std::chrono::seconds(1);
// What a machine that was stopped for longer missed is passed over.
constexpr Time kMostRepeated = std::chrono::seconds(2);
constexpr double kErrorSmoothing = 1.0 / 32;

// 4:2:0 has one colour sample for two pixels each way: an odd picture loses its last row or column.
int even(int length) { return length & ~1; }

VideoSourceStats describe(const media::VideoSource& source) {
  media::Opened opened = source.opened();
  const media::VideoFormat format = source.format();
  return {std::move(opened), format.width, format.height, format.frame_rate.value(), false};
}

}  // namespace

VideoTrack::VideoTrack(VideoSettings settings, Allowance allowed, VideoFeed::Events events)
    : settings_(std::move(settings)),
      allowed_(std::move(allowed)),
      feed_(settings_.source, &capture::open_same_video, std::move(events)) {}

VideoTrack::Stages VideoTrack::open(std::stop_token stop, const PacketSink& sink) {
  feed_.open(stop);
  const media::VideoFormat format = feed_.source().format();
  const bool own_size = settings_.width == 0;
  const int width = own_size ? even(format.width) : settings_.width;
  const int height = own_size ? even(format.height) : settings_.height;
  const media::Rational rate = settings_.frame_rate.num == 0 ? format.frame_rate : settings_.frame_rate;
  const int bitrate = settings_.bitrate == 0 ? usual_bitrate(width, height, rate) : settings_.bitrate;
  wanted_bitrate_ = bitrate;

  auto encoder = codec::open_x264({.width = width,
                                   .height = height,
                                   .frame_rate = rate,
                                   .bitrate = bitrate,
                                   .keyframe_interval = settings_.keyframe_interval,
                                   .preset = settings_.preset,
                                   .tune = settings_.tune,
                                   .profile = settings_.profile,
                                   .b_frames = settings_.b_frames,
                                   .threads = settings_.threads,
                                   .bt709 = convert::video_matrix(height) == convert::Matrix::kBt709,
                                   .extra = settings_.extra});
  {
    std::lock_guard lock(mutex_);
    stats_.width = width;
    stats_.height = height;
    stats_.frame_rate = rate.value();
    stats_.target_bitrate = bitrate;
    stats_.source = describe(feed_.source());
  }
  Cadence cadence(rate, settings_.constant_frame_rate);
  cadence.follow(format.frame_rate);
  return {.encoder = std::move(encoder),
          .converter = convert::PictureConverter(width, height),
          .decoder = feed_.source().opened().device,
          .cadence = cadence,
          .bitrate = bitrate,
          .sink = sink};
}

void VideoTrack::run(std::stop_token stop, const std::function<bool(VideoDescription)>& opened, const PacketSink& sink) {
  const struct Closing {
    VideoFeed& feed;
    ~Closing() { feed.close(); }
  } closing{feed_};
  Stages stages = open(stop, sink);
  const auto configuration = stages.encoder->configuration();
  if (!opened({.metadata = {stats_.width, stats_.height, stats_.frame_rate, stages.bitrate},
               .configuration = {configuration.begin(), configuration.end()},
               .frame_duration = stages.cadence.interval(),
               .reorder_delay = stages.encoder->reorder_delay()})) {
    return;
  }

  // A device has gone on while the server was being connected to, and kept its first pictures.
  if (feed_.source().live()) stages.beginning = media::monotonic_now() - 2 * stages.cadence.interval();

  while (!stop.stop_requested() && !feed_.ended()) {
    const Time until = due(stages);
    const Time asked = media::monotonic_now();
    const auto frame = feed_.read(stop, until);
    if (feed_.generation() != stages.generation) follow(stages);
    if (frame) {
      show(stages, *frame, media::monotonic_now() - asked);
    } else if (!stop.stop_requested() && media::monotonic_now() >= until) {
      repeat(stages);
    }
  }
  if (!stop.stop_requested()) feed_.finish();
  while (!cut_ && stages.encoder->flush(stages.packets)) hand_on(stages);
}

/// When the picture is to be shown again, or for the first time, if no other has come.
Time VideoTrack::due(const Stages& stages) const {
  const Cadence& cadence = stages.cadence;
  if (!feed_.present()) return cadence.begun() ? cadence.next() : Time{};
  if (!cadence.begun() || !(cadence.constant() || stages.unshown)) return media::kForever;
  return cadence.next() + (cadence.constant() ? 2 * cadence.interval() + stages.lateness : Time{});
}

void VideoTrack::follow(Stages& stages) {
  stages.generation = feed_.generation();
  stages.decoder = feed_.source().opened().device;
  stages.last_sequence.reset();
  stages.lateness = {};
  stages.cadence.follow(feed_.source().format().frame_rate);
  keyframe_wanted_ = true;
  std::lock_guard lock(mutex_);
  stats_.source = describe(feed_.source());
  stages.jumps_before = stats_.timestamp_jumps;
}

/// `idle`: how long the track had to wait for it.
void VideoTrack::show(Stages& stages, const media::VideoFrame& frame, Time idle) {
  if (frame.pts < stages.beginning) return;
  const uint64_t gap = stages.last_sequence ? frame.sequence - *stages.last_sequence - 1 : 0;
  stages.last_sequence = frame.sequence;
  const Time late = std::min(media::monotonic_now() - frame.pts, kMostLateness);
  stages.lateness = std::max(late, stages.lateness - stages.lateness / 64);
  const auto place = stages.cadence.place_of(frame.pts);
  const uint64_t jumps = stages.jumps_before + feed_.source().timestamp_jumps();
  // A picture without a place may be the last that a program writes for long: it is shown when the place after it stays empty.
  const bool kept = place.wanted || !feed_.source().live();
  std::optional<media::VideoFrame> picture;
  try {
    if (kept) picture = stages.decoder.decode(frame);
  } catch (const media::Error& error) {
    feed_.give_up(error);
  }
  {
    std::lock_guard lock(mutex_);
    ++stats_.frames_captured;
    stats_.capture_gaps += gap + (kept && !picture);
    stats_.frames_dropped += !place.wanted;
    stats_.timestamp_jumps = jumps;
  }
  if (!picture) return;
  feed_.confirm();
  if (place.wanted) fill(stages, place.empty, idle);
  stages.picture = stages.converter.convert(*picture);
  stages.slate = false;
  stages.unshown = !place.wanted;
  if (place.wanted) encode(stages, frame.pts);
}

void VideoTrack::fill(Stages& stages, int64_t empty, Time idle) {
  const int64_t repeats = stages.picture ? stages.cadence.repeats(empty, std::min(idle, kMostRepeated), stages.work) : 0;
  stages.cadence.skip(empty - repeats);
  for (int64_t i = 0; i < repeats; ++i) encode(stages, std::nullopt);
}

void VideoTrack::repeat(Stages& stages) {
  const Time now = media::monotonic_now();
  if (!stages.cadence.begun()) stages.cadence.place_of(now);
  if (feed_.lost()) {
    std::lock_guard lock(mutex_);
    stats_.source.lost = true;
  }
  if (now - stages.cadence.next() > kMostRepeated) stages.cadence.skip((now - stages.cadence.next()) / stages.cadence.interval());
  if (feed_.lost() && settings_.slate && !stages.slate) {
    stages.picture = stages.converter.convert(media::laid_out(settings_.slate->format, settings_.slate->bytes.data()));
    stages.slate = true;
    keyframe_wanted_ = true;
  }
  if (!stages.picture) stages.picture = stages.converter.black();
  encode(stages, std::nullopt);
}

/// The picture as it is, at its capture time; without one, at the next place again.
void VideoTrack::encode(Stages& stages, std::optional<Time> captured) {
  const int allowed = allowed_(wanted_bitrate_);
  if (allowed != stages.bitrate) stages.encoder->set_bitrate(stages.bitrate = allowed);
  stages.unshown = false;
  stages.picture->pts = stages.cadence.take(captured);
  const Time before = media::monotonic_now();
  stages.encoder->encode(*stages.picture, keyframe_wanted_.exchange(false), stages.packets);
  const Time took = media::monotonic_now() - before;
  stages.work += (took - stages.work) / 16;
  {
    std::lock_guard lock(mutex_);
    ++stats_.frames_encoded;
    stats_.frames_repeated += !captured;
    stats_.target_bitrate = allowed;
    if (captured) {
      const auto error = static_cast<double>((stages.picture->pts - *captured).count());
      stats_.stamp_error += (error - stats_.stamp_error) * kErrorSmoothing;
    }
    encode_times_.add(took);
  }
  hand_on(stages);
}

void VideoTrack::hand_on(Stages& stages) {
  for (Packet& packet : stages.packets) {
    {
      std::lock_guard lock(mutex_);
      stats_.bytes += packet.size();
      stats_.keyframes += packet.keyframe;
      rate_.add(packet.size(), media::monotonic_now());
    }
    stages.sink(std::move(packet));
  }
  stages.packets.clear();
}

VideoStats VideoTrack::stats() const {
  std::lock_guard lock(mutex_);
  VideoStats stats = stats_;
  stats.bitrate = rate_.bits_per_second(media::monotonic_now());
  stats.encode_time_p50 = encode_times_.at(0.5);
  stats.encode_time_p95 = encode_times_.at(0.95);
  return stats;
}

}  // namespace pipeline
