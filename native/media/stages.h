// The interfaces between the rooms: what captures, and what encodes. Each object is used by one thread at a time; only
// what says "any thread" may be called from others meanwhile.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "media/error.h"
#include "media/format.h"
#include "media/frame.h"
#include "media/packet.h"

namespace media {

/// What was opened, for statistics. Empty where there is no device.
struct Opened {
  std::string device;  // its id, as the program names it
  std::string label;   // its own name, for people
  std::string format;  // what it gives, in its API's words: "MJPG", "S16_LE"
};

class VideoSource {
 public:
  virtual ~VideoSource() = default;
  /// What read() gives: size, pixel format, nominal rate.
  virtual VideoFormat format() const = 0;
  virtual Opened opened() const { return {}; }
  /// Waits for the next frame, not longer than `until`. Empty when none has come by then, when `stop` was requested, or when
  /// there will be no more. Throws Error when the device is lost. The frame borrows the source's memory until the next call.
  virtual std::optional<VideoFrame> read(std::stop_token stop, Time until = kForever) = 0;
  /// A written input has given all that it will.
  virtual bool ended() const { return false; }
  /// False of a written input: nothing is late when it does not come, the program just has none.
  virtual bool live() const { return true; }
  /// Of a written input: times that its timestamps jumped, or turned out to be none.
  virtual uint64_t timestamp_jumps() const { return 0; }
  /// What whoever runs it is to be told, once.
  virtual std::optional<Error> take_warning() { return std::nullopt; }
};

class AudioSource {
 public:
  virtual ~AudioSource() = default;
  virtual AudioFormat format() const = 0;
  virtual Opened opened() const { return {}; }
  /// As VideoSource::read(): the samples that came since the last call, at most some 20 ms of them.
  virtual std::optional<AudioBuffer> read(std::stop_token stop, Time until = kForever) = 0;
  virtual bool ended() const { return false; }
  /// Times that the device lost samples because they were not taken in time; what is left out is a jump in the timestamps.
  virtual uint64_t overruns() const { return 0; }
  /// As VideoSource's.
  virtual bool live() const { return true; }
  virtual uint64_t timestamp_jumps() const { return 0; }
  virtual std::optional<Error> take_warning() { return std::nullopt; }
  /// Of a written input: what was written and is not read yet.
  virtual Time held() const { return {}; }
  /// Opening the same again would give another device: what was asked for is a default, and the default is another by now. This one
  /// is still there.
  virtual bool superseded() const { return false; }
  /// Longest time that passes between a sample's capture and the return of the read() that gives it, in normal running.
  virtual Time latency() const = 0;
};

class VideoEncoder {
 public:
  virtual ~VideoEncoder() = default;
  /// AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1).
  virtual std::span<const uint8_t> configuration() const = 0;
  /// Takes one I420 or NV12 picture of the encoder's size and appends what is ready (AVCC, 4-byte lengths). The picture is not
  /// kept. Throws ERR_ENCODER_FAILED.
  virtual void encode(const VideoFrame& frame, bool force_keyframe, std::vector<Packet>& out) = 0;
  /// Appends the next of what is still inside, in decoding order; false when that was all. Each call may take as long as encode().
  virtual bool flush(std::vector<Packet>& out) = 0;
  /// Takes effect from the next picture. bit/s.
  virtual void set_bitrate(int bits_per_second) = 0;
  /// The most by which a packet's dts lies before its pts (B-frames); 0 without reordering.
  virtual Time reorder_delay() const = 0;
};

class AudioEncoder {
 public:
  virtual ~AudioEncoder() = default;
  /// AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
  virtual std::span<const uint8_t> configuration() const = 0;
  /// Takes f32 at the encoder's rate and channels, any number of frames, and appends the packets that are ready. Their pts has
  /// the priming delay taken off: it is the capture time of the first sample the packet decodes to.
  virtual void encode(const AudioBuffer& buffer, std::vector<Packet>& out) = 0;
  virtual void flush(std::vector<Packet>& out) = 0;
  /// The longest time from a sample's arrival in encode() to the return of the packet that holds it: frame length and lookahead.
  virtual Time delay() const = 0;
  /// Length of one packet: 1,024 samples.
  virtual Time frame_duration() const = 0;
};

}  // namespace media
