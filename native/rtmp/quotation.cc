#include "rtmp/quotation.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace rtmp {
namespace {

constexpr size_t kMaxShown = 256;      // of a server's text in a message
constexpr size_t kMaxQuoted = 4 * kMaxShown;  // of which no more is looked at, but for the secrets that begin in it
constexpr size_t kMaxEncoding = 12;    // bytes that one byte of a secret may be written in: &#x0000002b;
constexpr int kMaxDecodings = 5;       // a text that was encoded more often is not readable to anybody
constexpr size_t kMaxAlone = 6;        // shorter secrets are hidden only where they stand alone
constexpr size_t kMinPart = 3;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_word(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : 16;
}

struct Range {
  size_t begin;
  size_t end;
};

/// A text with the place in the first one that each of its bytes came from.
struct Text {
  explicit Text(std::string_view from) : bytes(from) {
    for (size_t i = 0; i < from.size(); ++i) places.push_back({i, i + 1});
  }
  Text() = default;

  std::string bytes;
  std::vector<Range> places;
};

/// A character that is written in another way.
struct Escape {
  std::string bytes;
  size_t size = 0;  // 0: there is none
};

/// Up to `most` digits of the base, and how many there were.
struct Digits {
  Digits(std::string_view text, int base, size_t most) {
    while (count < std::min(text.size(), most) && digit(text[count]) < base && value <= 0x10ffff) {
      value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit(text[count++]));
    }
  }
  uint32_t value = 0;
  size_t count = 0;
};

std::string utf8(uint32_t code) {
  const auto byte = [](uint32_t value) { return static_cast<char>(value); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))};
  if (code < 0x10000) return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
  return {byte(0xf0 | (code >> 18 & 7)), byte(0x80 | (code >> 12 & 0x3f)), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
}

/// uXXXX, behind a backslash or a percent sign; `pair` is what stands before a second half.
Escape utf16(std::string_view text, std::string_view pair) {
  const Digits first(text.substr(1), 16, 4);
  if (first.count < 4) return {};
  const std::string_view rest = text.substr(5);
  if (first.value >= 0xd800 && first.value < 0xdc00 && rest.starts_with(pair)) {
    const Digits second(rest.substr(pair.size()), 16, 4);
    if (second.count == 4 && second.value >= 0xdc00 && second.value < 0xe000) {
      return {utf8(0x10000 + ((first.value - 0xd800) << 10) + (second.value - 0xdc00)), 1 + 5 + pair.size() + 4};
    }
  }
  return {utf8(first.value), 1 + 5};
}

Escape percent(std::string_view text) {
  if (text.size() > 1 && lower(text[1]) == 'u') return utf16(text.substr(1), "%u");
  const Digits code(text.substr(1), 16, 2);
  return code.count == 2 ? Escape{{static_cast<char>(code.value)}, 3} : Escape{};
}

Escape backslash(std::string_view text) {
  if (text.size() < 2) return {};
  const std::string_view rest = text.substr(1);
  if (rest.starts_with("u{")) {
    const Digits code(rest.substr(2), 16, 8);
    return code.count > 0 && rest.substr(2 + code.count).starts_with('}') ? Escape{utf8(code.value), 4 + code.count} : Escape{};
  }
  if (rest[0] == 'u') return utf16(rest, "\\u");
  if (rest[0] == 'x') {
    const Digits code(rest.substr(1), 16, 2);
    return code.count == 2 ? Escape{{static_cast<char>(code.value)}, 4} : Escape{};
  }
  return is_word(rest[0]) ? Escape{} : Escape{{rest[0]}, 2};
}

Escape entity(std::string_view text) {
  if (text.size() > 1 && text[1] == '#') {
    const bool hex = text.size() > 2 && lower(text[2]) == 'x';
    const size_t from = hex ? 3 : 2;
    const Digits code(text.substr(from), hex ? 16 : 10, 16);
    const size_t size = from + code.count;
    return code.count > 0 ? Escape{utf8(code.value), size + (text.substr(size).starts_with(';') ? 1 : 0)} : Escape{};
  }
  struct Named {
    std::string_view name;
    char character;
  };
  static constexpr auto kNamed = std::to_array<Named>({
      {"amp;", '&'},    {"lt;", '<'},     {"gt;", '>'},      {"quot;", '"'},   {"apos;", '\''},  {"plus;", '+'},   {"equals;", '='},
      {"sol;", '/'},    {"bsol;", '\\'},  {"quest;", '?'},   {"percnt;", '%'}, {"num;", '#'},    {"colon;", ':'},  {"semi;", ';'},
      {"comma;", ','},  {"period;", '.'}, {"excl;", '!'},    {"dollar;", '$'}, {"lowbar;", '_'}, {"lpar;", '('},   {"rpar;", ')'},
      {"ast;", '*'},    {"midast;", '*'}, {"commat;", '@'},  {"lsqb;", '['},   {"lbrack;", '['}, {"rsqb;", ']'},   {"rbrack;", ']'},
      {"lcub;", '{'},   {"lbrace;", '{'}, {"rcub;", '}'},    {"rbrace;", '}'}, {"verbar;", '|'}, {"vert;", '|'},   {"hat;", '^'},
      {"grave;", '`'},
  });
  for (const Named& named : kNamed) {
    const std::string_view name = text.substr(1, named.name.size());
    if (std::ranges::equal(name, named.name, {}, lower)) return {{named.character}, 1 + name.size()};
  }
  return {};
}

/// Every escape that is there, undone once.
Text decoded(const Text& text) {
  Text result;
  const std::string_view bytes = text.bytes;
  for (size_t i = 0; i < bytes.size();) {
    const std::string_view rest = bytes.substr(i);
    const Escape escape = rest[0] == '%' ? percent(rest) : rest[0] == '&' ? entity(rest) : rest[0] == '\\' ? backslash(rest) : Escape{};
    const size_t size = std::max<size_t>(escape.size, 1);
    const Range place = {text.places[i].begin, text.places[i + size - 1].end};
    result.bytes += escape.size > 0 ? std::string_view(escape.bytes) : rest.substr(0, 1);
    result.places.resize(result.bytes.size(), place);
    i += size;
  }
  return result;
}

/// As it is compared: in lower case, + for a space, and without backslashes, since one in a key looks like an escape of what follows.
Text folded(const Text& text) {
  Text result;
  for (size_t i = 0; i < text.bytes.size(); ++i) {
    const char c = text.bytes[i];
    if (c == '\\') continue;
    result.bytes += c == '+' ? ' ' : lower(c);
    result.places.push_back(text.places[i]);
  }
  return result;
}

/// The text and all that comes of decoding it again and again. A secret may be in any of them: the next may take its end and what
/// follows it for an escape.
std::vector<Text> decodings(std::string_view from) {
  std::vector<Text> texts = {Text(from)};
  while (texts.size() <= kMaxDecodings) {
    Text next = decoded(texts.back());
    if (next.bytes == texts.back().bytes) break;
    texts.push_back(std::move(next));
  }
  std::ranges::transform(texts, texts.begin(), folded);
  return texts;
}

std::vector<std::string_view> secrets_of(const Url& url) {
  std::vector<std::string_view> secrets;
  const auto add_part = [&](std::string_view part) {
    if (part.size() >= kMinPart) secrets.push_back(part);
  };
  const std::string_view key = url.stream_key.empty() ? std::string_view(url.app) : url.stream_key;
  const std::string_view name = key.substr(0, key.find('?'));
  for (const std::string_view whole : {key, name}) {
    if (!whole.empty()) secrets.push_back(whole);
  }
  for (const std::string_view part : {std::string_view(url.stream_key), std::string_view(url.app)}) {
    std::string_view query = part.substr(std::min(part.find('?'), part.size() - 1) + 1);
    add_part(query);
    while (!query.empty()) {
      const std::string_view parameter = query.substr(0, query.find('&'));
      add_part(parameter.substr(parameter.find('=') + 1));  // npos + 1 is 0: one without a value
      query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    }
  }
  return secrets;
}

void find(const Text& text, std::string_view secret, std::vector<Range>& found) {
  const std::string_view bytes = text.bytes;
  if (secret.empty()) return;
  for (size_t at = bytes.find(secret); at != std::string_view::npos; at = bytes.find(secret, at + 1)) {
    const size_t end = at + secret.size();
    const bool alone = (at == 0 || !is_word(bytes[at - 1])) && (end == bytes.size() || !is_word(bytes[end]));
    if (secret.size() >= kMaxAlone || alone) found.push_back({text.places[at].begin, text.places[end - 1].end});
  }
  // Cut off by the text's end.
  for (size_t size = std::min(secret.size(), bytes.size()); size >= kMaxAlone; --size) {
    if (bytes.ends_with(secret.substr(0, size))) found.push_back({text.places[bytes.size() - size].begin, text.places.back().end});
  }
}

std::vector<Range> places_of(const std::vector<std::string_view>& secrets, std::string_view text) {
  std::vector<Range> found;
  const std::vector<Text> texts = decodings(text);
  for (const std::string_view secret : secrets) {
    for (const Text& form : decodings(secret)) {
      for (const Text& each : texts) find(each, form.bytes, found);
    }
  }
  std::ranges::sort(found, {}, &Range::begin);
  return found;
}

// Printable, one line, not longer than a sentence or two.
std::string tidy(std::string text, bool more) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  if (text.size() > kMaxShown || more) {
    size_t end = std::min(kMaxShown, text.size());
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
    text = text.substr(0, end) + "…";
  }
  return text;
}

}  // namespace

std::string quoted(const Url& url, std::string_view text) {
  const std::vector<std::string_view> secrets = secrets_of(url);
  size_t longest = 0;
  for (const std::string_view secret : secrets) longest = std::max(longest, secret.size());
  const size_t quotable = std::min(text.size(), kMaxQuoted);
  const bool more = quotable < text.size();
  text = text.substr(0, kMaxQuoted + kMaxEncoding * longest);

  std::string shown;
  size_t at = 0;
  bool hidden = false;
  for (const Range& range : places_of(secrets, text)) {
    if (range.begin >= quotable) break;
    if (range.begin > at || !hidden) shown.append(text.substr(at, range.begin - at)).append("****");
    hidden = true;
    at = std::max(at, range.end);
  }
  if (at < quotable) shown += text.substr(at, quotable - at);
  return tidy(std::move(shown), more);
}

}  // namespace rtmp
