#include <doctest/doctest.h>

#include <algorithm>

#include "flv/flv.h"

using Bytes = std::vector<uint8_t>;

namespace {

media::Packet packet_of(media::Track track, const Bytes& body) {
  media::Packet packet(track, body.size());
  std::ranges::copy(body, packet.body().begin());
  return packet;
}

Bytes bytes_of(const media::Packet& packet) { return {packet.body().begin(), packet.body().end()}; }

}  // namespace

TEST_CASE("a video packet gets five bytes in front") {
  media::Packet packet = packet_of(media::Track::kVideo, {0, 0, 0, 1, 0x65});
  packet.keyframe = true;
  flv::prepend_tag_header(packet, 0x010203);
  CHECK(bytes_of(packet) == Bytes{0x17, 1, 1, 2, 3, 0, 0, 0, 1, 0x65});

  packet = packet_of(media::Track::kVideo, {9});
  flv::prepend_tag_header(packet, 66);
  CHECK(bytes_of(packet) == Bytes{0x27, 1, 0, 0, 66, 9});
}

TEST_CASE("an audio packet gets two bytes in front") {
  media::Packet packet = packet_of(media::Track::kAudio, {0x21, 0x10});
  flv::prepend_tag_header(packet, 0);
  CHECK(bytes_of(packet) == Bytes{0xaf, 1, 0x21, 0x10});
}

TEST_CASE("sequence headers") {
  CHECK(flv::video_sequence_header(Bytes{1, 0x64, 0, 0x1f}) == Bytes{0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f});
  CHECK(flv::audio_sequence_header(Bytes{0x11, 0x90}) == Bytes{0xaf, 0, 0x11, 0x90});
}

TEST_CASE("onMetaData names everything a player asks for") {
  flv::Metadata metadata;
  metadata.video = {1280, 720, 30000.0 / 1001, 2'500'000};
  metadata.audio = {48'000, 2, 128'000};
  metadata.encoder = "rtmp-pusher 0.1.0";
  const Bytes body = flv::set_data_frame(metadata);

  flv::Amf0Reader reader(body);
  CHECK(reader.read()->text == "@setDataFrame");
  CHECK(reader.read()->text == "onMetaData");
  const auto values = reader.read();
  REQUIRE(values);
  CHECK_FALSE(reader.read());
  const auto number = [&](std::string_view name) {
    CAPTURE(std::string(name));
    REQUIRE(values->find(name) != nullptr);
    return values->find(name)->number;
  };
  CHECK(number("duration") == 0);
  CHECK(number("filesize") == 0);
  CHECK(number("width") == 1280);
  CHECK(number("height") == 720);
  CHECK(number("videocodecid") == 7);
  CHECK(number("videodatarate") == 2500);
  CHECK(number("framerate") == doctest::Approx(29.97).epsilon(0.0001));
  CHECK(number("audiocodecid") == 10);
  CHECK(number("audiodatarate") == 128);
  CHECK(number("audiosamplerate") == 48'000);
  CHECK(number("audiosamplesize") == 16);
  CHECK(number("audiochannels") == 2);
  CHECK(values->find("stereo")->type == flv::Amf0Value::Type::kBoolean);
  CHECK(number("stereo") == 1);
  CHECK(values->text_of("encoder") == "rtmp-pusher 0.1.0");
  // Servers that trust the array's count must find it right: 2 strings with marker and length, then marker and count.
  const size_t array = 1 + 2 + 13 + 1 + 2 + 10;
  CHECK(body[array] == 8);
  CHECK(body[array + 4] == values->properties.size());
}

TEST_CASE("onMetaData without a track does not speak of it") {
  flv::Metadata metadata;
  metadata.audio = {44'100, 1, 96'000};
  const Bytes body = flv::set_data_frame(metadata);
  flv::Amf0Reader reader(body);
  reader.read();
  reader.read();
  const auto values = reader.read();
  REQUIRE(values);
  CHECK(values->find("width") == nullptr);
  CHECK(values->find("videocodecid") == nullptr);
  CHECK(values->find("audiochannels")->number == 1);
  CHECK(values->find("stereo")->number == 0);
}

TEST_CASE("AMF0 is written as it is defined") {
  flv::Amf0Writer out;
  out.string("a").number(1).boolean(true).null().begin_object().key("k").string("v").end_object();
  CHECK(out.take() == Bytes{2, 0, 1, 'a', 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 1, 1, 5, 3, 0, 1, 'k', 2, 0, 1, 'v', 0, 0, 9});

  const std::string text(70'000, 'x');
  const Bytes long_string = flv::Amf0Writer().string(text).take();
  CHECK(long_string[0] == 12);
  CHECK(flv::Amf0Reader(long_string).read()->text == text);
}

TEST_CASE("AMF0 of every type is read") {
  Bytes body = {10, 0, 0, 0, 2, 1, 1, 6};                                 // strict array: true, undefined
  body.insert(body.end(), {11, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0});         // date: 2.0
  body.insert(body.end(), {16, 0, 1, 'C', 0, 1, 'p', 5, 0, 0, 9});        // typed object
  body.insert(body.end(), {8, 0, 0, 0, 9, 0, 1, 'q', 0, 0x40, 8, 0, 0, 0, 0, 0, 0, 0, 0, 9});  // ECMA array, its count a lie
  flv::Amf0Reader reader(body);
  CHECK(reader.read()->properties.size() == 2);
  CHECK(reader.read()->number == 2);
  CHECK(reader.read()->find("p") != nullptr);
  CHECK(reader.read()->find("q")->number == 3);
  CHECK_FALSE(reader.read());
}

TEST_CASE("malformed AMF0 ends the reading, whatever it claims") {
  const Bytes cases[] = {{0, 1, 2}, {2, 0xff, 0xff, 'a'}, {12, 0xff, 0xff, 0xff, 0xff}, {3, 0, 1}, {3, 0, 1, 'k'}, {17, 1},
                         {8, 0, 0, 0, 1}, {10, 0xff, 0xff, 0xff, 0xff}, {1}, {11, 0}, {255}, {4}};
  for (const Bytes& body : cases) {
    flv::Amf0Reader reader(body);
    CHECK_FALSE(reader.read());
    CHECK_FALSE(reader.read());
  }
  Bytes deep;
  for (int i = 0; i < 1000; ++i) deep.insert(deep.end(), {3, 0, 1, 'k'});
  CHECK_FALSE(flv::Amf0Reader(deep).read());
  Bytes many = {10, 0, 0, 0xff, 0xff};
  many.resize(0xffff + 5, 5);
  flv::Amf0Reader reader(many);
  CHECK(reader.read()->properties.size() < flv::Amf0Reader::kMaxValues);
  CHECK_FALSE(reader.read());
}

TEST_CASE("of an object that is torn, what stands before the tear is there") {
  flv::Amf0Writer amf;
  amf.begin_object().key("level").string("error").key("code").string("NetStream.Publish.BadName");
  amf.key("more").begin_object().key("inner").number(5);
  const Bytes whole = amf.take();
  const Bytes tears[] = {{}, {0}, {0, 1, 'x', 2, 0xff, 0xff}, {0, 1, 'x', 99}, {0xff, 0xff, 'x'}};
  for (const Bytes& tear : tears) {
    Bytes body = whole;
    body.insert(body.end(), tear.begin(), tear.end());
    body.insert(body.end(), {5});
    flv::Amf0Reader reader(body);
    const auto value = reader.read();
    REQUIRE(value);
    CHECK(value->text_of("code") == "NetStream.Publish.BadName");
    CHECK(value->text_of("level") == "error");
    REQUIRE(value->find("more"));
    CHECK(value->find("more")->find("inner")->number == 5);
    CHECK_FALSE(reader.read());
  }
}
