#include <algorithm>
#include <charconv>

#include "rtmp/rtmp.h"

namespace rtmp {
namespace {

constexpr std::string_view kForm = "rtmp://host[:port]/app/streamKey";
constexpr size_t kMaxHost = 253;
constexpr size_t kMaxPart = 4096;  // of app and of key

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// Only text that was checked before gets into a message: of an URL that is wrong, the scheme and the host at most.
[[noreturn]] void refuse(const std::string& what) { throw media::Error(media::Code::kRtmpUrl, what); }

void check_scheme(std::string_view text) {
  const size_t end = text.find("://");
  const std::string scheme = lower(text.substr(0, end == std::string_view::npos ? 0 : end));
  const bool named = !scheme.empty() && scheme.size() <= 16 && std::all_of(scheme.begin(), scheme.end(), is_letter);
  if (!named) refuse("the URL has no scheme: expected " + std::string(kForm));
  if (scheme == "rtmp") return;
  static constexpr std::string_view kLater[] = {"rtmps", "rtmpe", "rtmpt", "rtmpte", "rtmpts", "rtmfp"};
  if (std::ranges::find(kLater, scheme) != std::end(kLater)) {
    refuse(scheme + ":// is not supported yet: use rtmp://");
  }
  refuse(scheme + ":// is not an RTMP URL: expected " + std::string(kForm));
}

uint16_t parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    refuse("the URL's port must be a number from 1 to 65535: expected " + std::string(kForm));
  }
  return static_cast<uint16_t>(port);
}

bool is_host_character(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; }
bool is_ipv6_character(char c) { return is_letter(c) || is_digit(c) || c == ':' || c == '.' || c == '%'; }

void parse_authority(std::string_view text, Url& url) {
  if (text.find('@') != std::string_view::npos) {
    refuse("the URL has a user name before its host, which is not supported: credentials belong into the stream key's query");
  }
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) refuse("the URL's IPv6 address has no closing bracket");
    url.host = text.substr(1, end - 1);
    if (url.host.find(':') == std::string::npos || !std::all_of(url.host.begin(), url.host.end(), is_ipv6_character)) {
      refuse("the URL's brackets hold no IPv6 address");
    }
    text.remove_prefix(end + 1);
    if (!text.empty() && !text.starts_with(':')) refuse("the URL has something other than a port after its IPv6 address");
    if (!text.empty()) url.port = parse_port(text.substr(1));
    return;
  }
  const size_t colon = text.find(':');
  if (colon != text.rfind(':')) refuse("an IPv6 address in an URL stands in brackets: rtmp://[2001:db8::1]/app/streamKey");
  url.host = text.substr(0, colon);
  if (url.host.empty()) refuse("the URL has no host: expected " + std::string(kForm));
  if (url.host.size() > kMaxHost) refuse("the URL's host is longer than " + std::to_string(kMaxHost) + " characters");
  if (!std::all_of(url.host.begin(), url.host.end(), is_host_character)) {
    refuse("the URL's host has a character that no host name has (an international name is written in its xn-- form)");
  }
  if (colon != std::string_view::npos) url.port = parse_port(text.substr(colon + 1));
}

std::string authority(const Url& url) {
  std::string result = url.host.find(':') == std::string::npos ? url.host : '[' + url.host + ']';
  if (url.port != 1935) result += ':' + std::to_string(url.port);
  return result;
}

// The key is the last segment of the path, or a query behind the last slash. A query belongs to the key, except where it follows the
// first segment: then the form is rtmp://host/app?query/key, as some servers write their virtual hosts. One name alone is an
// application without a key. FFmpeg and librtmp read and send them so.
void parse_path(std::string_view text, Url& url) {
  const std::string where = "rtmp://" + authority(url);
  if (text.empty() || text.front() == '?') refuse(where + " names no application and no stream key: expected " + std::string(kForm));
  size_t slash = text.substr(0, text.find('?')).rfind('/');
  if (slash == std::string_view::npos) slash = text.rfind('/');
  url.app = text.substr(0, slash);
  if (slash != std::string_view::npos) url.stream_key = text.substr(slash + 1);
  if (url.app.empty() || url.app.front() == '/' || url.app.back() == '/' || url.app.find("//") < url.app.find('?')) {
    refuse(where + "/**** has an empty name in its path: expected " + std::string(kForm));
  }
  if (slash != std::string_view::npos && (url.stream_key.empty() || url.stream_key == "?")) {
    // What is taken for the application may be the key, with a slash behind it.
    refuse(where + "/**** has no stream key behind its last slash, which a URL of one name does without: expected " + std::string(kForm));
  }
  if (url.app.size() > kMaxPart || url.stream_key.size() > kMaxPart) {
    refuse(where + "/**** has an application or a stream key longer than " + std::to_string(kMaxPart) + " bytes");
  }
}

}  // namespace

Url Url::parse(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
      refuse("the URL has a space or a control character in it: write it without, or as %20 where the server wants one");
    }
  }
  check_scheme(text);
  text.remove_prefix(text.find("://") + 3);
  const size_t slash = std::min(text.find('/'), text.size());
  Url url;
  parse_authority(text.substr(0, slash), url);
  parse_path(text.substr(std::min(slash + 1, text.size())), url);
  return url;
}

std::string Url::tc_url() const { return "rtmp://" + authority(*this) + '/' + app; }

// The rule of src/mask.ts, which knows a URL only by its text.
std::string Url::masked() const {
  std::string path = stream_key.empty() ? app : app + '/' + stream_key;
  path.resize(std::min(path.find_first_of("?#"), path.size()));
  // Behind a slash that ends it no key was found: what stands before may be one, and only the first of several names is none.
  const size_t key = path.ends_with('/') ? path.find('/') : path.rfind('/');
  path.resize(key + 1 < path.size() ? key + 1 : 0);  // npos + 1 is 0
  return "rtmp://" + authority(*this) + '/' + path + "****";
}

}  // namespace rtmp
