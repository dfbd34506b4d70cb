#include "rtmp/refusal.h"

#include <utility>

#include "rtmp/meaning.h"
#include "rtmp/quotation.h"

namespace rtmp {
namespace {

/// As it may be shown.
media::Status shown(const Url& url, media::Status status) {
  if (!is_known_code(status.code)) status.code = quoted(url, status.code);
  status.level = quoted(url, status.level);
  status.description = quoted(url, status.description);
  return status;
}

std::string in_words(const media::Status& status) {
  if (status.code.empty() && status.description.empty()) return "it gave no reason";
  if (status.description.empty() || status.description == status.code) return status.code;
  return status.code.empty() ? status.description : status.code + ", \"" + status.description + '"';
}

/// The application that the server sends publishers to. Whether its last name is the key's is not known: it ends as a masked URL does.
std::string target(const Url& url, std::string_view redirect) {
  redirect = redirect.substr(0, redirect.find_first_of("?#"));
  while (redirect.ends_with('/')) redirect.remove_suffix(1);
  const std::string text = quoted(url, redirect);
  return text.ends_with("****") ? text : text + "/****";
}

std::string advice(const Url& url) {
  return url.stream_key.empty() ? "check the URL: it has one name, and most servers want an application and a stream key"
                                : "check the application and the stream key";
}

}  // namespace

media::Error refusal(const Url& url, const std::string& what, media::Status status, media::Code otherwise) {
  const Meaning meaning = meaning_of(status);
  const std::string redirect = std::exchange(status.redirect, {});
  status = shown(url, std::move(status));
  const std::string words = " (" + in_words(status) + ')';
  media::Code code = otherwise;
  std::string text = "the server ended the stream" + words;
  if (!redirect.empty()) {
    text = "the server sends its publishers elsewhere" + words + ": publish to " + target(url, redirect) + " instead";
  } else if (meaning == Meaning::kBusy) {
    code = media::Code::kRtmpBusy;
    text = "the stream key is already being published" + words + ": stop the other publisher or take another key";
  } else if (meaning == Meaning::kAuth) {
    code = media::Code::kRtmpAuth;
    text = "the server does not allow it" + words + ": check the stream key and its rights";
  } else if (otherwise == media::Code::kRtmpRejected) {
    text = "the server refused " + what + words + ": " + advice(url);
  }
  return media::Error(code, url.masked() + ": " + text).with_status(std::move(status));
}

std::optional<media::Status> ending_status(const Command& command) {
  if (command.name == "close") return media::Status{"", "status", "close"};
  if (command.name != "onStatus") return std::nullopt;
  media::Status status = command.status();
  const Meaning meaning = meaning_of(status);
  if (meaning == Meaning::kNothing || meaning == Meaning::kUnclear) return std::nullopt;
  return status;
}

std::optional<media::Status> unclear_status(const Command& command) {
  if (command.name != "onStatus" && command.name != "onFCPublish" && command.name != "_error") return std::nullopt;
  media::Status status = command.status();
  if (meaning_of(status) == Meaning::kNothing || (status.code.empty() && status.description.empty())) return std::nullopt;
  return status;
}

media::Error with_last_words(const Url& url, media::Error error, media::Status status) {
  status = shown(url, std::move(status));
  media::Error told(error.code, std::string(error.what()) + "; before, it had said: " + in_words(status));
  told.number = error.number;
  told.syscall = error.syscall;
  return std::move(told).with_status(std::move(status));
}

}  // namespace rtmp
