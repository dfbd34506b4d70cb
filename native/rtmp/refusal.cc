#include "rtmp/refusal.h"

#include <algorithm>
#include <array>

namespace rtmp {
namespace {

constexpr size_t kMaxWords = 256;  // of a server's text in a message

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_any(const std::string& text, std::span<const std::string_view> words) {
  std::string folded = text;
  std::transform(folded.begin(), folded.end(), folded.begin(), lower);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return folded.find(word) != std::string::npos; });
}

bool is_auth(const media::Status& status) {
  static constexpr auto kCodes = std::to_array<std::string_view>({"authenticate", "authoriz", "publish.denied", "accessdenied"});
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"authmod=", "code=403", "need auth", "authenticat", "authoriz", "authfailed", "auth failed", "credential", "forbidden",
       "permission", "access denied", "invalid key", "invalid stream key", "invalid token"});
  return has_any(status.code, kCodes) || has_any(status.description, kWords);
}

bool is_busy(const media::Status& status) {
  static constexpr auto kCodes = std::to_array<std::string_view>({"publish.badname", "streambusy"});
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"already publish", "already being published", "already has a stream", "stream busy"});
  if (has_any(status.description, kWords)) return true;
  return has_any(status.code, kCodes) && !is_auth(status);  // BadName is also said of a key that is not known
}

std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1; };
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    decoded += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

bool is_word(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

// A short key is only replaced where it stands alone: "a" is in every sentence.
void replace_all(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  const bool anywhere = secret.size() >= 6;
  for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 1)) {
    const size_t end = at + secret.size();
    if (anywhere || ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end])))) {
      text.replace(at, secret.size(), "****");
      at += 3;
    }
  }
}

// Of the protocol's own words: a program compares them, and they stay as they are whatever the key is.
bool is_plain_code(const std::string& code) {
  const auto is_letter_or_dot = [](char c) { return c == '.' || (lower(c) >= 'a' && lower(c) <= 'z'); };
  return code.starts_with("Net") && code.size() < 64 && std::all_of(code.begin(), code.end(), is_letter_or_dot);
}

// Printable, one line, not longer than a sentence or two.
std::string tidy(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  if (text.size() > kMaxWords) {
    size_t end = kMaxWords;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not in the middle of a UTF-8 character
    text = text.substr(0, end) + "…";
  }
  return text;
}

std::string in_words(const media::Status& status) {
  if (status.code.empty() && status.description.empty()) return "it gave no reason";
  if (status.description.empty() || status.description == status.code) return status.code;
  return status.code.empty() ? status.description : status.code + ", \"" + status.description + '"';
}

}  // namespace

std::string without_key(const Url& url, std::string text) {
  const auto hide = [&text](std::string_view secret) {
    replace_all(text, secret);
    if (secret.find('%') != std::string_view::npos) replace_all(text, percent_decoded(secret));
  };
  const auto hide_query = [&](std::string_view query) {
    hide(query);
    while (!query.empty()) {
      const std::string_view parameter = query.substr(0, query.find('&'));
      if (const size_t equals = parameter.find('='); equals != std::string_view::npos) hide(parameter.substr(equals + 1));
      query.remove_prefix(std::min(query.size(), parameter.size() + 1));
    }
  };
  const std::string_view key = url.stream_key, app = url.app;
  hide(key);
  hide(key.substr(0, key.find('?')));
  for (const std::string_view part : {key, app}) {
    if (const size_t at = part.find('?'); at != std::string_view::npos) hide_query(part.substr(at + 1));
  }
  return text;
}

media::Error refusal(const Url& url, const std::string& what, media::Status status, media::Code otherwise) {
  const bool busy = is_busy(status);
  const bool auth = is_auth(status);
  if (!is_plain_code(status.code)) status.code = tidy(without_key(url, std::move(status.code)));
  for (std::string* part : {&status.level, &status.description}) *part = tidy(without_key(url, std::move(*part)));
  const std::string words = " (" + in_words(status) + ')';
  media::Code code = otherwise;
  std::string text = "the server ended the stream" + words;
  if (busy) {
    code = media::Code::kRtmpBusy;
    text = "the stream key is already being published" + words + ": stop the other publisher or take another key";
  } else if (auth) {
    code = media::Code::kRtmpAuth;
    text = "the server does not allow it" + words + ": check the stream key and its rights";
  } else if (otherwise == media::Code::kRtmpRejected) {
    text = "the server refused " + what + words + ": check the application and the stream key";
  }
  return media::Error(code, url.masked() + ": " + text).with_status(std::move(status));
}

std::optional<media::Status> ending_status(const Command& command) {
  if (command.name == "close") return media::Status{"", "status", "close"};
  if (command.name != "onStatus") return std::nullopt;
  static constexpr auto kEnds = std::to_array<std::string_view>(
      {"publish.badname", "publish.rejected", "publish.denied", "publish.failed", "netstream.unpublish", "connect.closed",
       "connect.rejected", "connect.appshutdown", "netstream.authenticate", "streambusy"});
  media::Status status = command.status();
  if (status.code == "NetConnection.Call.Failed") return std::nullopt;  // of a call that the server need not know
  if (status.level == "error" || has_any(status.code, kEnds)) return status;
  return std::nullopt;
}

}  // namespace rtmp
