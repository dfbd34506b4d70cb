// One server to publish to: a thread that connects, then takes packets from its queue and sends them.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "flv/flv.h"
#include "pipeline/meter.h"
#include "pipeline/packet_queue.h"
#include "pipeline/pipeline.h"
#include "pipeline/throttle.h"
#include "pipeline/transit.h"
#include "rtmp/rtmp.h"

namespace pipeline {

/// What is sent before the first packet.
struct StreamDescription {
  Plan plan;
  flv::Metadata metadata;
  std::vector<uint8_t> avc_configuration;
  std::vector<uint8_t> audio_specific_config;
};

struct DestinationOptions {
  std::string url;
  rtmp::Options connection;
  Limits limits;
  int audio_bitrate = 0;  // 0: no sound
};

class Destination {
 public:
  /// Throws ERR_RTMP_URL.
  Destination(const DestinationOptions& options, QueueEvents events);

  /// Both are called on the destination's thread, once.
  struct Callbacks {
    std::function<void()> started;  // the server has accepted: media may come
    std::function<void()> taken;    // and has not taken it back in the first moment, or all is sent already
  };
  /// The thread's whole job: connects, waits for describe(), sends until the queue has finished, unpublishes. Throws media::Error.
  /// A request to `stop` cuts it short wherever it is; it then returns.
  void run(std::stop_token stop, const Callbacks& callbacks);

  // Any thread.
  void describe(StreamDescription description);
  PacketQueue& queue() { return queue_; }
  const std::string& masked_url() const { return masked_url_; }
  /// It ended as asked, but not all that it was to send was delivered in time.
  bool cut_short() const { return cut_short_; }
  /// For the unpublishing that follows when the queue has finished.
  void set_close_deadline(media::Time deadline) { close_deadline_ = deadline.count(); }
  /// What its network takes of the bitrate that is wanted for the picture. To be asked with every picture.
  int allowed(int wanted_bitrate);
  DestinationStats stats() const;

 private:
  std::optional<StreamDescription> wait_for_description(const std::stop_token& stop);
  void note(const Outgoing& outgoing);
  void send_headers(const StreamDescription& description);
  media::Error congested() const;
  void enter(DestinationState state);

  const std::string masked_url_;
  PacketQueue queue_;
  rtmp::Connection connection_;
  std::atomic<int64_t> close_deadline_ = 0;  // microseconds
  std::atomic<bool> cut_short_ = false;

  mutable std::mutex mutex_;  // guards what follows
  std::optional<StreamDescription> description_;
  DestinationState state_ = DestinationState::kConnecting;
  int64_t since_ms_;
  Percentiles interleaved_;
  Transit transit_;
  Throttle throttle_;
};

}  // namespace pipeline
