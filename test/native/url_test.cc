#include <doctest/doctest.h>

#include <array>
#include <random>

#include "rtmp/rtmp.h"

using rtmp::Url;

namespace {

media::Error refusal_of(std::string_view text) {
  try {
    Url::parse(text);
  } catch (const media::Error& error) {
    return error;
  }
  FAIL("accepted: ", std::string(text));
  return media::Error(media::Code::kRtmpUrl, "");
}

}  // namespace

TEST_CASE("a URL is split into host, port, app and key") {
  const Url url = Url::parse("rtmp://live.example/app/key");
  CHECK(url.host == "live.example");
  CHECK(url.port == 1935);
  CHECK(url.app == "app");
  CHECK(url.stream_key == "key");
  CHECK(url.tc_url() == "rtmp://live.example/app");
  CHECK(url.masked() == "rtmp://live.example/app/****");
}

TEST_CASE("the key keeps its query and is not rewritten") {
  CHECK(Url::parse("rtmp://h/app/key?a=b&c=%20/d").stream_key == "key?a=b&c=%20/d");
  CHECK(Url::parse("rtmp://h/app/show.flv").stream_key == "show.flv");
  CHECK(Url::parse("rtmp://h/app/movie.mp4").stream_key == "movie.mp4");
  CHECK(Url::parse("rtmp://h/app/mp4:x%41+~'!").stream_key == "mp4:x%41+~'!");
  CHECK(Url::parse("rtmp://h/app/直播").stream_key == "直播");
}

TEST_CASE("all segments but the last are the application") {
  const Url url = Url::parse("RTMP://h:1936/app/instance/key?x");
  CHECK(url.app == "app/instance");
  CHECK(url.stream_key == "key?x");
  CHECK(url.tc_url() == "rtmp://h:1936/app/instance");
  CHECK(url.masked() == "rtmp://h:1936/app/instance/****");
}

TEST_CASE("a query of the application belongs to it, and is masked") {
  const Url url = Url::parse("rtmp://h/live?vhost=secret.example/key");
  CHECK(url.app == "live?vhost=secret.example");
  CHECK(url.stream_key == "key");
  CHECK(url.masked() == "rtmp://h/****");
}

TEST_CASE("one name, with its query, is an application without a key, and is masked as a key is") {
  for (const std::string name : {"mystream", "mystream?user=joe&pass=sekret", "mystream?"}) {
    const Url url = Url::parse("rtmp://h:1936/" + name);
    CHECK(url.app == name);
    CHECK(url.stream_key == "");
    CHECK(url.tc_url() == "rtmp://h:1936/" + name);
    CHECK(url.masked() == "rtmp://h:1936/****");
  }
  CHECK(Url::parse("rtmp://[::1]/mystream").masked() == "rtmp://[::1]/****");
}

TEST_CASE("a key may be nothing but a query") {
  const Url url = Url::parse("rtmp://h/app/?streamname=x&key=sekret");
  CHECK(url.app == "app");
  CHECK(url.stream_key == "?streamname=x&key=sekret");
  CHECK(url.masked() == "rtmp://h/****");  // the name before it may be a key with a slash behind it
  CHECK(Url::parse("rtmp://h/app/sekret/?x").masked() == "rtmp://h/app/****");
}

TEST_CASE("an IPv6 literal stands in brackets") {
  const Url url = Url::parse("rtmp://[2001:db8::1]:1936/app/key");
  CHECK(url.host == "2001:db8::1");
  CHECK(url.port == 1936);
  CHECK(url.tc_url() == "rtmp://[2001:db8::1]:1936/app");
  CHECK(Url::parse("rtmp://[::1]/app/key").masked() == "rtmp://[::1]/app/****");
  refusal_of("rtmp://::1/app/key");
  refusal_of("rtmp://[::1/app/key");
  refusal_of("rtmp://[::1]x/app/key");
  refusal_of("rtmp://[host]/app/key");
  refusal_of("rtmp://[]/app/key");
}

TEST_CASE("what is wrong with a URL is said") {
  struct Case {
    const char* text;
    const char* said;
  };
  constexpr auto kCases = std::to_array<Case>({
      {"", "no scheme"},
      {"live.example/app/sekret", "no scheme"},
      {"http://live.example/app/sekret", "http:// is not an RTMP URL"},
      {"rtmps://live.example/app/sekret", "rtmps:// is not supported yet: use rtmp://"},
      {"rtmpe://live.example/app/sekret", "rtmpe:// is not supported yet"},
      {"rtmpte://live.example/app/sekret", "rtmpte:// is not supported yet"},
      {"rtmp:///app/sekret", "no host"},
      {"rtmp://live.example", "names no application and no stream key"},
      {"rtmp://live.example/", "names no application and no stream key"},
      {"rtmp://live.example/?sekret", "names no application and no stream key"},
      {"rtmp://live.example/sekret/", "rtmp://live.example/**** has no stream key behind its last slash"},
      {"rtmp://live.example/sekret/?", "rtmp://live.example/**** has no stream key behind its last slash"},
      {"rtmp://live.example/app/", "rtmp://live.example/**** has no stream key"},
      {"rtmp://live.example/app/sekret/", "rtmp://live.example/**** has no stream key"},
      {"rtmp://live.example/app/sekret/?", "rtmp://live.example/**** has no stream key"},
      {"rtmp://live.example//sekret", "empty name"},
      {"rtmp://live.example/app//sekret", "empty name"},
      {"rtmp://live.example:/app/sekret", "port"},
      {"rtmp://live.example:0/app/sekret", "port"},
      {"rtmp://live.example:65536/app/sekret", "port"},
      {"rtmp://live.example:19x5/app/sekret", "port"},
      {"rtmp://user:sekret@live.example/app/key", "user name"},
      {"rtmp://live.example/app/sekret socks=evil", "space"},
      {"rtmp://live.example/app/sekret\n", "space or a control character"},
      {"rtmp://live ex/app/sekret", "space"},
      {"rtmp://li\"ve/app/sekret", "character that no host name has"},
      {"rtmp://bücher.example/app/sekret", "xn--"},
  });
  for (const Case& each : kCases) {
    CAPTURE(each.text);
    const media::Error error = refusal_of(each.text);
    CHECK(error.code == media::Code::kRtmpUrl);
    CHECK(std::string(error.what()).find(each.said) != std::string::npos);
    CHECK(std::string(error.what()).find("sekret") == std::string::npos);
  }
}

TEST_CASE("a URL may be long, within bounds") {
  CHECK(Url::parse("rtmp://h/app/" + std::string(4096, 'k')).stream_key.size() == 4096);
  refusal_of("rtmp://h/app/" + std::string(4097, 'k'));
  refusal_of("rtmp://h/" + std::string(4097, 'a') + "/key");
  refusal_of("rtmp://" + std::string(254, 'h') + "/app/key");
}

TEST_CASE("any text is either refused or split so that it joins again") {
  std::mt19937 random(20);
  const std::string parts[] = {"rtmp", "://", "rtmps", "host", ":",  "1935", "/",    "//", "app", "key", "?", "a=b", "[", "]",
                               "::1",  "@",   "%",     "#",    "\\", " ",    "\n",   "\xff", "ü", ".",  "-",
                               "99999999999999999999", std::string(1, '\0')};
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = random() % 4 != 0 ? "rtmp://host/" : "";
    for (size_t n = random() % 12; n > 0; --n) text += parts[random() % std::size(parts)];
    CAPTURE(text);
    try {
      const Url url = Url::parse(text);
      ++accepted;
      const std::string key = url.stream_key.empty() ? "" : '/' + url.stream_key;
      CHECK(text.ends_with('/' + url.app + key));
      const Url again = Url::parse(url.tc_url() + key);
      CHECK(again.app == url.app);
      CHECK(again.stream_key == url.stream_key);
      CHECK(url.masked().ends_with("/****"));
    } catch (const media::Error& error) {
      CHECK(error.code == media::Code::kRtmpUrl);
    }
  }
  CHECK(accepted > 100);
}
