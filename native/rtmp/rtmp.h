// The door to the wire: one publishing connection to one server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "media/error.h"
#include "media/packet.h"
#include "media/time.h"

namespace rtmp {

/// rtmp://host[:port]/app[/instance]/streamKey[?query], or rtmp://host[:port]/name[?query] for a server whose streams have one name.
/// The key keeps its query string and is never decoded or rewritten.
struct Url {
  std::string host;  // without the brackets of an IPv6 literal
  uint16_t port = 1935;
  std::string app;         // everything between host and key; one name alone, with its query
  std::string stream_key;  // the last segment with its query; empty where there is one name, which is then as secret as a key

  /// Throws ERR_RTMP_URL; the message shows the URL with its key masked.
  static Url parse(std::string_view text);
  std::string tc_url() const;
  /// rtmp://host/app/****, or rtmp://host/**** of one name: the only form that reaches a log, an error, a stat or a page.
  std::string masked() const;
};

/// What the link knows of itself. All counted from the connection's beginning.
struct Counters {
  uint64_t bytes_sent = 0;      // handed to the kernel
  uint64_t bytes_acked = 0;     // acknowledged by the server at the RTMP level (message type 3)
  uint64_t bytes_unsent = 0;    // accepted by send() and not yet handed to the kernel
  uint64_t bytes_unacked = 0;   // in the kernel: sent or waiting, not acknowledged by TCP (SIOCOUTQ)
  uint64_t bytes_received = 0;
  media::Time round_trip{};     // TCP_INFO tcpi_rtt; 0 where unknown
  media::Time least_round_trip{};  // tcpi_min_rtt: of the last five minutes
  std::optional<uint64_t> peer_window;  // tcpi_snd_wnd: what the server's host would take; unknown before Linux 5.4
  uint64_t retransmits = 0;     // TCP_INFO tcpi_total_retrans
};

struct Options {
  media::Time connect_timeout;  // resolve, TCP, handshake, connect and publish together
  media::Time write_timeout;    // the server takes nothing for this long: ERR_RTMP_TIMEOUT
  std::string flash_version;    // flashVer of the connect command
};

/// Used by one thread, its destination's, except for what says "any thread". Holds a thread of its own, the link's, that moves
/// the bytes: librtmp only ever sees a socket pair.
class Connection {
 public:
  /// `wake` is called from the link's thread when service() has something to do, when writable() has become true after it was
  /// false, and when the connection has ended. Now and then without need.
  Connection(Url url, Options options, std::function<void()> wake);
  /// As abort(), and joins the link's thread.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Resolves, connects, shakes hands, publishes; returns after NetStream.Publish.Start. Throws media::Error (with the server's
  /// words where it said any) within connect_timeout, or at once after abort() or a request to `stop`.
  void open(std::stop_token stop);

  /// Each sends one message, with a full header and an absolute timestamp, on the track's own chunk stream. Blocks only while
  /// the link holds more than a frame's worth of unsent bytes. Throws ERR_RTMP_DISCONNECTED or _TIMEOUT.
  void send(media::Packet&& packet, uint32_t timestamp_ms);  // a tag body of its track: header already prepended
  void send_track(media::Track track, std::span<const uint8_t> tag_body, uint32_t timestamp_ms);
  void send_script(std::span<const uint8_t> amf0, uint32_t timestamp_ms);

  /// True when send() would not block. Any thread.
  bool writable() const;

  /// Answers what the server sent since (pings, acknowledgements); throws what ended the connection. Never blocks.
  void service();

  /// The server has taken the stream: it has acknowledged media, or moment_end() has passed since it accepted. Before that, its
  /// closing is told as a refusal.
  bool taken();
  media::Time moment_end() const;

  /// Drains, FCUnpublish, deleteStream, half-close, waits for the server's end; all of it within `timeout`. Never throws. False
  /// when not all that was sent before it was delivered.
  bool close(media::Time timeout) noexcept;

  /// Unblocks every other call at once. Any thread.
  void abort() noexcept;

  Counters counters() const;  // any thread

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rtmp
