#include "rtmp/quotation.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <vector>

using rtmp::quoted;
using rtmp::Url;

namespace {

std::string shown(std::string_view key, std::string_view words) { return quoted(Url::parse("rtmp://h/app/" + std::string(key)), words); }

std::string hex(unsigned value, int digits, bool upper) {
  static constexpr std::string_view kLower = "0123456789abcdef", kUpper = "0123456789ABCDEF";
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text += (upper ? kUpper : kLower)[value >> shift & 15];
  return text;
}

using Encoding = std::function<std::string(unsigned char)>;

std::string encoded(std::string_view text, const Encoding& encoding) {
  std::string result;
  for (const char c : text) result += encoding(static_cast<unsigned char>(c));
  return result;
}

bool is_alphanumeric(unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

TEST_CASE("a key is hidden however the server writes it") {
  struct Case {
    const char* key;
    const char* words;
    const char* shown;
  };
  constexpr auto kCases = std::to_array<Case>({
      {"secret-key", "secret-key is busy", "**** is busy"},
      {"secret-key", "SECRET-KEY", "****"},
      {"abcd+efgh", "no abcd+efgh!", "no ****!"},
      {"abcd+efgh", "no abcd%2Befgh, no abcd%2befgh", "no ****, no ****"},
      {"abcd+efgh", "no %61bcd%2Befgh", "no ****"},
      {"abcd+efgh", "no abcd%252Befgh", "no ****"},
      {"abcd+efgh", "no abcd efgh", "no ****"},
      {"abcd+efgh", "no abcd&#43;efgh &#x2B; abcd&#x2b;efgh &PLUS; abcd&plus;efgh", "no **** &#x2B; **** &PLUS; ****"},
      {"abcd+efgh", R"({"stream":"abcd\u002Befgh"})", R"({"stream":"****"})"},
      {"abcd+efgh", R"(abcd\x2befgh, abcd\u{2b}efgh, abcd%u002befgh)", "****, ****, ****"},
      {"k?url=http://abc/def", R"(no http:\/\/abc\/def)", "no ****"},
      {"key-1?a=one&b=two2", "key-1?a=one&amp;b=two2, a=one&amp;b=two2", "****, ****"},
      {"abcd%2Befgh", "abcd+efgh abcd%2befgh abcd%252befgh", "**** **** ****"},
      {"cam1?SECRETTOKEN", "no SECRETTOKEN for cam1", "no **** for ****"},
      {"cam1?user=joe&SECRETTOKEN&x", "joe, SECRETTOKEN, x", "****, ****, x"},
      {"cam1?token=S3CRET/TOKEN", "S3CRET%2FTOKEN of S3CRET/TOKEN", "**** of ****"},
      {"直播-1234", "直播-1234, %E7%9B%B4%E6%92%AD-1234, \\u76f4\\u64ad-1234, &#30452;&#25773;-1234", "****, ****, ****, ****"},
      {"😀-smile", "\\ud83d\\ude00-smile", "****"},
      // What follows may look like the end of an escape that the key begins.
      {"secret%", "secret%41", "****41"},
      {"41secret", "%41secret", "%****"},
      {"secret&#4", "secret&#43;", "****3;"},
      {"u002bsecret", "\\u002bsecret", "\\****"},
      {"abcdefabcdef", "abcdefabcdefabcdef", "****"},
      {"secret-key", "words that end too soon: secret-k", "words that end too soon: ****"},
      // A word of a sentence is no secret.
      {"live", "live is not a livestream, live", "**** is not a livestream, ****"},
      {"a", "a server is a server", "**** server is **** server"},
      {"cam1?a&x=1", "a server, 1", "a server, 1"},
  });
  for (const Case& each : kCases) {
    CAPTURE(std::string(each.key));
    CAPTURE(std::string(each.words));
    CHECK(shown(each.key, each.words) == each.shown);
  }
}

TEST_CASE("an application's query and a name alone are secrets too, an application is none") {
  CHECK(quoted(Url::parse("rtmp://h/live?vhost=x.example&SECRET/key-123"), "live, x.example, SECRET, key-123") ==
        "live, ****, ****, ****");
  CHECK(quoted(Url::parse("rtmp://h/mystream?user=joe&pass=pw12"), "mystream: joe, pw12, mystream?user=joe&pass=pw12") ==
        "****: ****, ****, ****");
  CHECK(quoted(Url::parse("rtmp://h/app/?streamname=live_1&key=abcd"), "app: live_1, abcd") == "app: ****, ****");
}

TEST_CASE("random keys in every encoding, whole, in part and twice, are never shown") {
  std::mt19937 random(12);
  constexpr std::string_view kCharacters = "abcXYZ019-._~!$&'()*+,;=:@%\\\"<>[]{}|^`";
  const auto entity = [](unsigned char c) {
    static const std::pair<char, std::string> kNames[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}, {'+', "&#43;"}};
    for (const auto& [character, name] : kNames) {
      if (c == static_cast<unsigned char>(character)) return name;
    }
    return std::string(1, static_cast<char>(c));
  };
  const auto special = [](const Encoding& encoding) {
    return [encoding](unsigned char c) { return is_alphanumeric(c) ? std::string(1, static_cast<char>(c)) : encoding(c); };
  };
  const auto percent = [](unsigned char c) { return '%' + hex(c, 2, true); };
  const auto percent_lower = [](unsigned char c) { return '%' + hex(c, 2, false); };
  const auto unicode = [](unsigned char c) { return "\\u" + hex(c, 4, false); };
  const auto numeric = [](unsigned char c) { return "&#" + std::to_string(c) + ';'; };
  const auto numeric_hex = [](unsigned char c) { return "&#x" + hex(c, 2, true) + ';'; };
  const auto json = [](unsigned char c) {
    return (c == '"' || c == '\\' || c == '/' ? "\\" : "") + std::string(1, static_cast<char>(c));
  };
  const auto sometimes = [&random](const Encoding& encoding) {
    return [&random, encoding](unsigned char c) { return random() % 2 == 0 ? encoding(c) : std::string(1, static_cast<char>(c)); };
  };
  const auto twice = [](const Encoding& first, const Encoding& second) {
    return [=](unsigned char c) { return encoded(first(c), second); };
  };
  const std::vector<Encoding> encodings = {
      [](unsigned char c) { return std::string(1, static_cast<char>(c)); }, percent, percent_lower, special(percent),
      special(percent_lower), special(unicode), unicode, numeric, special(numeric_hex), entity, json, twice(special(percent), special(percent)),
      twice(entity, json), twice(entity, entity), twice(special(percent), entity), twice(json, special(percent)), sometimes(percent), sometimes(numeric_hex)};

  for (int i = 0; i < 3'000; ++i) {
    std::string key = "K3y";  // no escape by itself, so that what would be left of one is seen
    for (size_t n = 5 + random() % 20; n > 0; --n) key += kCharacters[random() % kCharacters.size()];
    key += 'z';  // nor one with what follows it
    const Url url = Url::parse("rtmp://h/app/" + key);
    for (size_t which = 0; which < encodings.size(); ++which) {
      const std::string form = encoded(key, encodings[which]);
      CAPTURE(key);
      CAPTURE(which);
      CAPTURE(form);
      CHECK(quoted(url, "the stream " + form + " is busy: \"" + form + '"') == "the stream **** is busy: \"****\"");
    }
  }
}

TEST_CASE("long words are looked at and shown in part, in little time, and a key at the cut is hidden") {
  const auto begin = std::chrono::steady_clock::now();
  const std::string key(200, 'k');
  std::string words;
  while (words.size() < 1 << 20) words += key + ' ';
  CHECK(shown(key, words).size() < 300);
  CHECK(shown("secret-key", std::string(1 << 20, 'x')).size() < 300);
  CHECK(shown(std::string(4'000, 'a') + 'b', std::string(1 << 20, 'a')).size() < 300);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));  // milliseconds; minutes where every place is tried
  for (size_t before = 0; before < 1'100; ++before) {
    const std::string text = shown("secret-key", std::string(before, ' ') + "secret-key is busy");
    CHECK(text.find("sec") == std::string::npos);
    CHECK(text.find("key") == std::string::npos);
  }
}

TEST_CASE("what is shown is one line") { CHECK(shown("secret-key", "a\nb\x1b[1m\x7f") == "a b [1m "); }
