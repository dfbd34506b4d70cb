#include "rtmp/inbound.h"

#include <doctest/doctest.h>

#include <random>

#include "server_bytes.h"

using namespace server_bytes;
using rtmp::Event;
using rtmp::Inbound;

namespace {

std::vector<Event> read_all(std::span<const uint8_t> bytes) {
  Inbound inbound;
  std::vector<Event> events;
  inbound.read(bytes, events);
  return events;
}

void check_refused(const Bytes& bytes, std::string_view said) {
  CAPTURE(std::string(said));
  try {
    read_all(bytes);
  } catch (const media::Error& error) {
    CHECK(error.code == media::Code::kRtmpDisconnected);
    CHECK(std::string_view(error.what()).find(said) != std::string_view::npos);
    return;
  }
  FAIL("accepted");
}

/// All of a publisher's session, with what a publisher ignores in between.
Bytes transcript() {
  Bytes out = connect_result();
  const auto add = [&](const Bytes& more) { append(out, more); };
  const auto command = [](Bytes bytes) { return message(20, bytes, 3, 4096); };
  add(command(flv::Amf0Writer().string("onBWDone").number(0).null().number(8192).take()));
  add(command(flv::Amf0Writer().string("_result").number(4).null().number(1).take()));
  add(message(4, Bytes{0, 0, 0, 0, 0, 1}, 2, 4096));  // stream begin
  Bytes status = flv::Amf0Writer().string("onStatus").number(0).null().begin_object().key("level").string("status")
                     .key("code").string("NetStream.Publish.Start").key("description").string("Start").end_object().take();
  add(command(status));
  add(ping(0x01020304));
  add(message(9, Bytes(10'000, 0x2a), 6, 4096));  // no server sends a publisher video; it is skipped
  add(message(3, big_endian(123'456, 4), 2, 4096));
  add(message(1, big_endian(1 << 20, 4), 2, 4096));
  add(message(18, Bytes(5'000, 1), 5, 1 << 20));
  status.insert(status.begin(), 0);
  add(message(17, status, 3, 1 << 20));
  return out;
}

}  // namespace

TEST_CASE("a session is read, in whatever pieces it comes") {
  const Bytes bytes = transcript();
  for (const size_t piece : {bytes.size(), size_t{1}, size_t{2}, size_t{7}, size_t{129}, size_t{1000}}) {
    CAPTURE(piece);
    Inbound inbound;
    std::vector<Event> events;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      inbound.read(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)), events);
    }
    REQUIRE(events.size() == 8);
    CHECK(std::get<rtmp::WindowSize>(events[0]).bytes == 5'000'000);
    const auto& connected = std::get<rtmp::Command>(events[1]);
    CHECK(connected.name == "_result");
    CHECK(connected.transaction == 1);
    CHECK(connected.status().code == "NetConnection.Connect.Success");
    CHECK(connected.status().description == "Connection succeeded.");
    CHECK(std::get<rtmp::Command>(events[2]).name == "onBWDone");
    CHECK(std::get<rtmp::Command>(events[3]).arguments[1].number == 1);
    CHECK(std::get<rtmp::Command>(events[4]).status().code == "NetStream.Publish.Start");
    CHECK(std::get<rtmp::Ping>(events[5]).timestamp == 0x01020304);
    CHECK(std::get<rtmp::Acknowledgement>(events[6]).bytes == 123'456);
    CHECK(std::get<rtmp::Command>(events[7]).status().level == "status");
  }
}

TEST_CASE("messages of several chunk streams may be interleaved") {
  const Bytes body = flv::Amf0Writer().string("onStatus").number(0).string(std::string(200, 'x')).take();
  const Bytes whole = message(20, body);
  const size_t first = 12 + 128;
  Bytes bytes(whole.begin(), whole.begin() + first);
  append(bytes, ping(7));
  bytes.insert(bytes.end(), whole.begin() + first, whole.end());
  const auto events = read_all(bytes);
  REQUIRE(events.size() == 2);
  CHECK(std::get<rtmp::Ping>(events[0]).timestamp == 7);
  CHECK(std::get<rtmp::Command>(events[1]).arguments[0].text.size() == 200);
}

TEST_CASE("shorter headers and longer chunk stream ids") {
  Bytes bytes = {0x00, 10, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1};  // id 64 + 10, full header
  append(bytes, Bytes{0x40, 10, 0, 0, 5, 0, 0, 6, 4, 0, 6, 0, 0, 0, 2});       // no stream id
  append(bytes, Bytes{0x80, 10, 0, 0, 5, 0, 6, 0, 0, 0, 3});                   // timestamp only
  append(bytes, Bytes{0xc0, 10, 0, 6, 0, 0, 0, 4});                            // nothing
  append(bytes, Bytes{0x01, 1, 2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 5});  // id 64 + 1 + 512
  const auto events = read_all(bytes);
  REQUIRE(events.size() == 5);
  for (uint32_t i = 0; i < 5; ++i) CHECK(std::get<rtmp::Ping>(events[i]).timestamp == i + 1);
}

TEST_CASE("an extended timestamp is read, repeated in the following chunks or not") {
  for (const bool repeated : {true, false}) {
    CAPTURE(repeated);
    const Bytes body = flv::Amf0Writer().string("onStatus").number(0).string(std::string(200, 'x')).take();
    Bytes bytes = {3, 0xff, 0xff, 0xff, 0, 0, static_cast<uint8_t>(body.size()), 20, 0, 0, 0, 0, 1, 2, 3, 4};
    bytes.insert(bytes.end(), body.begin(), body.begin() + 128);
    bytes.push_back(0xc3);
    if (repeated) append(bytes, Bytes{1, 2, 3, 4});
    bytes.insert(bytes.end(), body.begin() + 128, body.end());
    append(bytes, ping(9));
    for (const size_t piece : {bytes.size(), size_t{1}}) {
      Inbound inbound;
      std::vector<Event> events;
      for (size_t at = 0; at < bytes.size(); at += piece) inbound.read(std::span(bytes).subspan(at, piece), events);
      REQUIRE(events.size() == 2);
      CHECK(std::get<rtmp::Command>(events[0]).arguments[0].text == std::string(200, 'x'));
      CHECK(std::get<rtmp::Ping>(events[1]).timestamp == 9);
    }
  }
}

TEST_CASE("a message may be aborted, and cut short by another on its chunk stream") {
  const Bytes body(1'000, 'x');
  const Bytes part = message(20, body);
  Bytes bytes(part.begin(), part.begin() + 12 + 128);
  append(bytes, message(2, big_endian(3, 4), 2));
  append(bytes, create_stream_result());
  bytes.insert(bytes.end(), part.begin(), part.begin() + 12 + 128);
  append(bytes, create_stream_result());
  const auto events = read_all(bytes);
  REQUIRE(events.size() == 2);
  CHECK(std::get<rtmp::Command>(events[1]).name == "_result");
}

TEST_CASE("_error without a description, or without any object") {
  auto events = read_all(status_command("_error", 1, "error", "NetConnection.Connect.Rejected", ""));
  CHECK(std::get<rtmp::Command>(events.at(0)).status().code == "NetConnection.Connect.Rejected");
  CHECK(std::get<rtmp::Command>(events[0]).status().description.empty());
  events = read_all(message(20, flv::Amf0Writer().string("_error").number(1).take()));
  CHECK(std::get<rtmp::Command>(events.at(0)).status().code.empty());
}

TEST_CASE("the code of a status is taken where a later string's length is wrong") {
  // As node-media-server 2.7 counts characters for bytes.
  const std::string description = "/live/\xe7\x9b\xb4\xe6\x92\xad is now published.";
  for (const size_t length : {description.size() - 4, description.size() + 4}) {
    flv::Amf0Writer amf;
    amf.string("onStatus").number(0).null().begin_object().key("level").string("status").key("code").string("NetStream.Publish.Start");
    amf.key("description");
    Bytes body = amf.take();
    body.insert(body.end(), {2, 0, static_cast<uint8_t>(length)});
    body.insert(body.end(), description.begin(), description.end());
    body.insert(body.end(), {0, 0, 9});
    const auto events = read_all(message(20, body));
    CHECK(std::get<rtmp::Command>(events.at(0)).status().code == "NetStream.Publish.Start");
    CHECK(std::get<rtmp::Command>(events[0]).status().level == "status");
  }
}

TEST_CASE("what is not RTMP is refused with a reason") {
  check_refused({0xc3, 1, 2, 3}, "continues a message which never began");
  check_refused({0x83, 0, 0, 1}, "continues a message which never began");
  check_refused(message(1, big_endian(0, 4), 2), "a chunk size of 0");
  check_refused(message(1, big_endian(0x80000000, 4), 2), "a chunk size of 2147483648");
  check_refused(message(1, Bytes{0, 0}, 2), "too short");
  check_refused(message(4, Bytes{0, 6, 1}, 2), "too short");
  check_refused({3, 0, 0, 0, 0xff, 0xff, 0xff, 20, 0, 0, 0, 0}, "a message of 16777215 bytes");
  check_refused(message(20, Bytes{5}), "a command without a name");
  check_refused(message(20, Bytes{}), "a command without a name");

  Bytes many;
  for (uint8_t id = 2; id < 64; ++id) append(many, message(9, Bytes{1}, id));
  for (uint8_t id = 0; id < 10; ++id) append(many, Bytes{0, id, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0});
  check_refused(many, "chunk streams");
}

TEST_CASE("unfinished messages do not pile up") {
  Bytes bytes;
  for (int round = 0; round < 200; ++round) {  // each 128 bytes of 60 messages of half a megabyte
    for (uint8_t id = 3; id < 63; ++id) {
      if (round == 0) {
        const Bytes start = message(20, Bytes(1 << 19, 0), id);
        bytes.insert(bytes.end(), start.begin(), start.begin() + 12 + 128);
      } else {
        bytes.push_back(static_cast<uint8_t>(0xc0 | id));
        bytes.insert(bytes.end(), 128, 0);
      }
    }
  }
  check_refused(bytes, "too many unfinished messages");
}

// The same seed each time: a failure repeats.
TEST_CASE("twenty thousand broken sessions") {
  const Bytes whole = transcript();
  std::mt19937 random(1935);
  const auto below = [&](size_t limit) { return limit == 0 ? 0 : random() % limit; };
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = whole;
    if (i % 8 == 0) {
      bytes.resize(below(4'000));
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    }
    for (size_t n = 1 + below(6); n > 0 && !bytes.empty(); --n) {
      const size_t index = below(bytes.size());
      const auto at = bytes.begin() + static_cast<ptrdiff_t>(index);
      const auto some = static_cast<ptrdiff_t>(below(std::min<size_t>(400, bytes.size() - index)));
      switch (random() % 7) {
        case 0: bytes.resize(index); break;
        case 1: *at ^= static_cast<uint8_t>(1 << random() % 8); break;
        case 2: *at = static_cast<uint8_t>(random()); break;
        case 3: std::fill_n(at, std::min<ptrdiff_t>(4, bytes.end() - at), uint8_t{0xff}); break;
        case 4: bytes.erase(at, at + some); break;
        case 5: bytes.insert(at, whole.begin(), whole.begin() + some); break;
        case 6: bytes.insert(at, static_cast<size_t>(some), static_cast<uint8_t>(random())); break;
      }
    }
    // Exactly sized blocks: a byte read too much is one past an allocation.
    Inbound inbound;
    std::vector<Event> events;
    const size_t piece = 1 + below(random() % 2 == 0 ? 64 : 8'192);
    try {
      for (size_t at = 0; at < bytes.size(); at += piece) {
        const auto part = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
        inbound.read(Bytes(part.begin(), part.end()), events);
      }
      ++accepted;
    } catch (const media::Error& error) {
      CHECK(error.code == media::Code::kRtmpDisconnected);
      ++refused;
    }
    for (const Event& event : events) {
      if (const auto* command = std::get_if<rtmp::Command>(&event)) command->status();
    }
  }
  // Both ends of the scale were reached.
  CHECK(accepted > 1'000);
  CHECK(refused > 1'000);
}
