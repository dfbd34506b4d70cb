#include "pipeline/video_track.h"

#include <memory>
#include <utility>

#include "codec/codec.h"
#include "convert/convert.h"

namespace pipeline {

using media::Packet;
using media::Time;

struct VideoTrack::Stages {
  std::unique_ptr<media::VideoSource> source;
  std::unique_ptr<media::VideoEncoder> encoder;
  convert::PictureConverter converter;
  convert::PictureDecoder decoder = {};
};

namespace {

Time duration_of_frame(media::Rational rate) { return Time(rate.den * 1'000'000 / rate.num); }

// 4:2:0 has one colour sample for two pixels each way: an odd picture loses its last row or column.
int even(int length) { return length & ~1; }

}  // namespace

VideoTrack::VideoTrack(VideoSettings settings, Time max_wait)
    : settings_(std::move(settings)), wanted_bitrate_(settings_.bitrate), throttle_(max_wait) {}

void VideoTrack::note_wait(Time waited) {
  std::lock_guard lock(mutex_);
  throttle_.note(waited, media::monotonic_now());
}

int VideoTrack::allowed_bitrate() const {
  std::lock_guard lock(mutex_);
  return throttle_.limit(wanted_bitrate_);
}

VideoTrack::Stages VideoTrack::open(std::stop_token stop) {
  auto source = capture::open_video(settings_.source, stop);
  const media::VideoFormat format = source->format();
  const bool own_size = settings_.width == 0;
  const int width = own_size ? even(format.width) : settings_.width;
  const int height = own_size ? even(format.height) : settings_.height;
  const bool own_rate = settings_.frame_rate.num == 0;
  const media::Rational rate = own_rate ? format.frame_rate : settings_.frame_rate;
  if (!own_rate && rate.value() < format.frame_rate.value()) interval_ = duration_of_frame(rate);

  auto encoder = codec::open_x264({.width = width,
                                   .height = height,
                                   .frame_rate = rate,
                                   .bitrate = settings_.bitrate,
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
    stats_.target_bitrate = settings_.bitrate;
  }
  return {std::move(source), std::move(encoder), convert::PictureConverter(width, height)};
}

void VideoTrack::run(std::stop_token stop, const std::function<bool(VideoDescription)>& opened, const PacketSink& sink) {
  Stages stages = open(stop);
  const auto configuration = stages.encoder->configuration();
  if (!opened({.metadata = {stats_.width, stats_.height, stats_.frame_rate, settings_.bitrate},
               .configuration = {configuration.begin(), configuration.end()},
               .frame_duration = Time(static_cast<int64_t>(1e6 / stats_.frame_rate)),
               .reorder_delay = stages.encoder->reorder_delay()})) {
    return;
  }

  std::vector<Packet> packets;
  int bitrate = settings_.bitrate;
  std::optional<uint64_t> last_sequence;
  while (const auto frame = stages.source->read(stop)) {
    const uint64_t gap = last_sequence ? frame->sequence - *last_sequence - 1 : 0;
    last_sequence = frame->sequence;
    {
      std::lock_guard lock(mutex_);
      ++stats_.frames_captured;
      stats_.capture_gaps += gap;
    }
    if (!is_due(frame->pts)) continue;
    const auto picture = stages.decoder.decode(*frame);
    if (!picture) {
      std::lock_guard lock(mutex_);
      ++stats_.capture_gaps;
      continue;
    }

    if (const int allowed = allowed_bitrate(); allowed != bitrate) {
      stages.encoder->set_bitrate(allowed);
      bitrate = allowed;
    }
    const Time before = media::monotonic_now();
    stages.encoder->encode(stages.converter.convert(*picture), keyframe_wanted_.exchange(false), packets);
    {
      std::lock_guard lock(mutex_);
      ++stats_.frames_encoded;
      stats_.target_bitrate = bitrate;
      encode_times_.add(media::monotonic_now() - before);
    }
    hand_on(packets, sink);
  }
  stages.encoder->flush(packets);
  hand_on(packets, sink);
}

bool VideoTrack::is_due(Time pts) {
  if (interval_ == Time{}) return true;
  if (due_ == Time{} || pts > due_ + 4 * interval_) due_ = pts;
  // Some grace, so that a source twice as fast as wanted gives every other frame, whatever its jitter.
  if (pts + interval_ / 4 < due_) return false;
  due_ += interval_;
  return true;
}

void VideoTrack::hand_on(std::vector<Packet>& packets, const PacketSink& sink) {
  for (Packet& packet : packets) {
    {
      std::lock_guard lock(mutex_);
      stats_.bytes += packet.size();
      stats_.keyframes += packet.keyframe;
      rate_.add(packet.size(), media::monotonic_now());
    }
    sink(std::move(packet));
  }
  packets.clear();
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
