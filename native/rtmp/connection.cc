#include <algorithm>
#include <utility>

#include "rtmp/command.h"
#include "rtmp/inbox.h"
#include "rtmp/link.h"
#include "rtmp/meaning.h"
#include "rtmp/refusal.h"
#include "rtmp/rtmp.h"
#include "rtmp/writer.h"

namespace rtmp {
namespace {

// The server is asked to acknowledge each this many bytes: about once a second of a usual stream, and until it has taken some of it,
// the first picture at once.
constexpr uint32_t kWindowSize = 250'000;
constexpr uint32_t kFirstWindowSize = 2'500;
// Many servers accept a stream before they look whether they may: what they find, they tell by closing at once.
constexpr media::Time kMoment = std::chrono::milliseconds(200);
constexpr uint8_t kPong = 7;
static_assert(media::Packet::kHeadroom >= Writer::kHeadroom + 5);  // and the FLV tag header

/// Why a server closes in silence, told as a guess. That another publishes is the likeliest, and passes by itself.
std::string guess(const Url& url) {
  const std::string lacking = url.stream_key.empty() ? ", or it wants a stream key, which the URL does not have" : "";
  return " the stream key is already in use, or the server does not allow it" + lacking;
}

}  // namespace

struct Connection::State {
  State(Url address, Options settings, std::function<void()> on_change)
      : url(std::move(address)),
        options(std::move(settings)),
        wake(std::move(on_change)),
        link(url, options.write_timeout, {[this](auto bytes) { receive(bytes); }, [this] { change(); }}) {}

  // Link's thread:
  void receive(std::span<const uint8_t> bytes) {
    if (inbox.receive(bytes, link.bytes_received())) wake();
  }
  void change() {
    if (link.ended()) inbox.end();
    wake();
  }

  void open();
  std::optional<Command> next_command();
  Command await_result(const std::string& what, double transaction);
  void await_publish_start();
  void answer_due();

  void send(const MessageHeader& header, std::span<const uint8_t> body);
  void send_command(std::span<const uint8_t> body) { send({ChunkStream::kCommand, MessageType::kCommand}, body); }
  void check(size_t size) const;  // before a message is sent

  void note(const Command& command);
  std::optional<media::Error> farewell();
  media::Error ended();
  media::Error explained(const media::Error& failure) const;

  const Url url;
  const Options options;
  const std::function<void()> wake;
  Inbox inbox;
  std::unique_ptr<Writer> writer;  // from open() to close()
  uint32_t stream_id = 0;
  bool asked = false;  // an answer of the server is awaited
  bool taken = false;
  bool window_is_wide = false;
  media::Time moment_end{};          // kMoment after the stream was accepted
  uint64_t sent_before_media = 0;    // bytes; of more acknowledged, some are media
  std::optional<media::Status> last_words;  // which did not end the stream
  Link link;  // the last: its thread uses the others
};

void Connection::State::open() {
  writer = std::make_unique<Writer>(link.start(options.connect_timeout));
  if (!writer->shake_hands()) throw ended();

  link.enter(Stage::kConnect);
  send_command(connect_command(url, options.flash_version));
  await_result("the connection", kConnectTransaction);

  link.enter(Stage::kCreateStream);
  send({ChunkStream::kControl, MessageType::kWindowSize}, big_endian(kFirstWindowSize));
  send_command(release_stream_command(url));
  send_command(fc_publish_command(url));
  send_command(create_stream_command());
  const Command created = await_result("to create a stream", kCreateStreamTransaction);
  for (const flv::Amf0Value& argument : created.arguments) {
    if (argument.number >= 1 && argument.number <= INT32_MAX) stream_id = static_cast<uint32_t>(argument.number);
  }
  if (stream_id == 0) throw refusal(url, "to create a stream", {}, media::Code::kRtmpRejected);

  link.enter(Stage::kPublish);
  send({ChunkStream::kPublish, MessageType::kCommand, 0, stream_id}, publish_command(url));
  await_publish_start();
  sent_before_media = link.counters().bytes_sent;
  moment_end = media::monotonic_now() + kMoment;
  link.enter(Stage::kLive);
  link.set_deadline(Alarm::kNever);
}

/// Waits for it, and answers meanwhile what the server wants to hear. Empty when the connection has ended.
std::optional<Command> Connection::State::next_command() {
  while (inbox.wait()) {
    if (auto command = inbox.take_command()) return command;
    answer_due();
  }
  return std::nullopt;
}

Command Connection::State::await_result(const std::string& what, double transaction) {
  asked = true;
  while (auto command = next_command()) {
    if (command->transaction == transaction && (command->name == "_result" || command->name == "_error")) {
      media::Status status = command->status();
      const Meaning meaning = meaning_of(status);
      if (command->name == "_result" && (meaning == Meaning::kNothing || meaning == Meaning::kUnclear)) {
        asked = false;
        return std::move(*command);
      }
      throw refusal(url, what, std::move(status), media::Code::kRtmpRejected);
    }
    if (auto status = ending_status(*command)) throw refusal(url, what, std::move(*status), media::Code::kRtmpRejected);
    note(*command);
  }
  throw ended();
}

// Leaves what follows in the inbox: a server may change its mind in the same breath.
void Connection::State::await_publish_start() {
  asked = true;
  while (auto command = next_command()) {
    if (command->name == "onStatus" && command->status().code == "NetStream.Publish.Start") return;
    const bool refused = command->name == "_error" && command->transaction == kPublishTransaction;
    if (refused) throw refusal(url, "to publish", command->status(), media::Code::kRtmpRejected);
    if (auto status = ending_status(*command)) throw refusal(url, "to publish", std::move(*status), media::Code::kRtmpRejected);
    note(*command);
  }
  throw ended();
}

void Connection::State::answer_due() {
  const Inbox::Due due = inbox.take_due();
  for (const Ping& ping : due.pings) {
    std::array<uint8_t, 6> body{0, kPong};
    std::ranges::copy(big_endian(ping.timestamp), body.begin() + 2);
    send({ChunkStream::kControl, MessageType::kUserControl}, body);
  }
  if (due.acknowledgement) send({ChunkStream::kControl, MessageType::kAcknowledgement}, big_endian(*due.acknowledgement));
  if (taken && !std::exchange(window_is_wide, true)) send({ChunkStream::kControl, MessageType::kWindowSize}, big_endian(kWindowSize));
}

void Connection::State::check(size_t size) const {
  if (!writer) throw media::Error(media::Code::kRtmpDisconnected, url.masked() + ": the connection is not open");
  if (size > Writer::kMaxMessage) {
    throw media::Error(media::Code::kRtmpDisconnected,
                       url.masked() + ": a message of " + std::to_string(size) + " bytes is longer than RTMP allows");
  }
}

void Connection::State::send(const MessageHeader& header, std::span<const uint8_t> body) {
  check(body.size());
  if (!writer->send_copy(header, body)) throw ended();
}

/// Keeps what may be the reason if the connection ends.
void Connection::State::note(const Command& command) {
  auto status = unclear_status(command);
  const bool news = link.stage() == Stage::kLive && status && status->level == "status";
  if (status && !news) last_words = std::move(status);
}

/// What the server has said to end the stream. Takes the commands that it has sent so far.
std::optional<media::Error> Connection::State::farewell() {
  while (const auto command = inbox.take_command()) {
    if (auto status = ending_status(*command)) {
      const bool ended = taken || meaning_of(*status) == Meaning::kEnded;
      return refusal(url, "to publish", std::move(*status), ended ? media::Code::kRtmpDisconnected : media::Code::kRtmpRejected);
    }
    note(*command);
  }
  return std::nullopt;
}

// Why the link ended: the writer's end of the pair fails only because of that, and after the reason was noted and the server's last
// words were read, which say more than that it closed the connection.
media::Error Connection::State::ended() {
  if (auto words = farewell()) return std::move(*words);
  const auto failure = link.failure();
  if (!failure) return media::Error(media::Code::kRtmpDisconnected, url.masked() + ": the connection is closed");
  if (!last_words || link.aborted()) return explained(*failure);
  if (taken || !link.closed_by_server()) return with_last_words(url, explained(*failure), *last_words);
  const std::string what = link.stage() == Stage::kConnect ? "the connection" : "to publish";
  return refusal(url, what, *last_words, media::Code::kRtmpRejected);
}

// Before the stream is accepted, the server's closing means something else at each stage, and what is not RTMP has no other word for
// it. A network that breaks is the same at all of them.
media::Error Connection::State::explained(const media::Error& failure) const {
  media::Code code = failure.code;
  std::string advice;
  const Stage stage = link.stage();
  const bool closed = link.closed_by_server();
  const bool broke = !closed && failure.number != 0;
  if (code == media::Code::kRtmpDisconnected && !taken && !link.aborted() && !broke) {
    if (stage >= Stage::kLive) {
      if (closed) {
        code = media::Code::kRtmpBusy;
        advice = " right after it had accepted the stream, without a reason; most likely" + guess(url);
      }
    } else if (stage <= Stage::kHandshake || !closed) {
      code = media::Code::kRtmpHandshake;
      if (stage <= Stage::kHandshake) advice = ", it may not be an RTMP server: check host and port";
    } else if (!asked || !link.heard_out()) {
      advice = " without having read what it was asked";
    } else if (stage == Stage::kPublish) {
      code = media::Code::kRtmpBusy;
      advice = " when asked to publish, without a reason; most likely" + guess(url);
    } else {
      code = media::Code::kRtmpRejected;
      advice = " when asked to connect: check the application";
    }
  }
  media::Error error(code, url.masked() + ": " + failure.what() + advice);
  error.number = failure.number;
  error.syscall = failure.syscall;
  return error;
}

Connection::Connection(Url url, Options options, std::function<void()> wake)
    : state_(std::make_unique<State>(std::move(url), std::move(options), std::move(wake))) {}

Connection::~Connection() { abort(); }

void Connection::open(std::stop_token stop) {
  const std::stop_callback on_stop(stop, [this] { abort(); });
  try {
    state_->open();
  } catch (...) {
    abort();
    throw;
  }
}

void Connection::send(media::Packet&& packet, uint32_t timestamp_ms) {
  state_->check(packet.size());
  const bool video = packet.track == media::Track::kVideo;
  const MessageHeader header = {video ? ChunkStream::kVideo : ChunkStream::kAudio,
                                video ? MessageType::kVideo : MessageType::kAudio, timestamp_ms, state_->stream_id};
  packet.prepend(Writer::kHeadroom);
  if (!state_->writer->send(header, packet.body().subspan(Writer::kHeadroom))) throw state_->ended();
}

void Connection::send_track(media::Track track, std::span<const uint8_t> tag_body, uint32_t timestamp_ms) {
  media::Packet packet(track, tag_body.size());
  std::ranges::copy(tag_body, packet.body().begin());
  send(std::move(packet), timestamp_ms);
}

void Connection::send_script(std::span<const uint8_t> amf0, uint32_t timestamp_ms) {
  state_->send({ChunkStream::kScript, MessageType::kScript, timestamp_ms, state_->stream_id}, amf0);
}

bool Connection::writable() const { return state_->link.writable(); }

void Connection::service() {
  if (auto words = state_->farewell()) throw std::move(*words);
  if (state_->link.ended()) throw state_->ended();
  if (writable()) state_->answer_due();  // else the link calls again when there is room
}

bool Connection::taken() {
  State& state = *state_;
  const media::Time lived = std::min(media::monotonic_now(), state.link.ended_at());
  state.taken = state.taken || state.inbox.acknowledged() > state.sent_before_media || lived >= state.moment_end;
  return state.taken;
}

media::Time Connection::moment_end() const { return state_->moment_end; }

bool Connection::close(media::Time timeout) noexcept {
  Link& link = state_->link;
  if (!state_->writer) return false;
  if (link.stage() != Stage::kLive) link.abort();
  link.enter(Stage::kClose);
  link.set_deadline(media::monotonic_now() + timeout);
  try {
    const auto unpublish = fc_unpublish_command(state_->url), destroy = delete_stream_command(state_->stream_id);
    link.expect_farewell(unpublish.size() + destroy.size() + 2 * Writer::kHeadroom);
    state_->send_command(unpublish);
    state_->send_command(destroy);
  } catch (const std::exception&) {
    // It has ended by itself.
  }
  state_->writer.reset();  // tells the link that nothing follows: it drains and half-closes
  link.wait_for_end();
  return link.delivered();
}

void Connection::abort() noexcept { state_->link.abort(); }

Counters Connection::counters() const {
  Counters counters = state_->link.counters();
  counters.bytes_acked = std::min(state_->inbox.acknowledged(), counters.bytes_sent);  // a server may say anything
  return counters;
}

}  // namespace rtmp
