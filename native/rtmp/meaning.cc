#include "rtmp/meaning.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace rtmp {
namespace {

using enum Meaning;

struct Entry {
  std::string_view code;  // in lower case; with a dot at its end, all codes that begin so
  Meaning meaning;
};

// The first that fits counts. The servers that send them: Flash Media Server and Adobe Media Server (whose list the others know), and
// where it is a code of their own, as noted.
constexpr auto kCodes = std::to_array<Entry>({
    {"netconnection.connect.success", kNothing},
    {"netconnection.connect.networkchange", kNothing},
    {"netconnection.connect.reconnectrequest", kNothing},  // Enhanced RTMP
    {"netconnection.connect.rejected", kRefused},          // with authmod= or need auth in its description: kAuth; with ex: a redirect
    {"netconnection.connect.failed", kRefused},
    {"netconnection.connect.invalidapp", kRefused},
    {"netconnection.connect.appshutdown", kEnded},
    {"netconnection.connect.closed", kEnded},
    {"netconnection.connect.idletimeout", kEnded},
    {"netconnection.call.", kNothing},  // a call that the server need not know, such as releaseStream
    {"netstream.publish.start", kNothing},
    {"netstream.publish.idle", kNothing},
    {"netstream.publish.badname", kBusy},        // also said of a key that is not known: then its description has it
    {"netstream.publish.badconnection", kBusy},  // node-media-server
    {"netstream.publish.badauth", kAuth},        // ZLMediaKit
    {"netstream.publish.unauthorized", kAuth},   // node-media-server 2
    {"netstream.publish.denied", kAuth},         // Wowza
    {"netstream.publish.alreadypublished", kBusy},   // this and the next six: content delivery networks
    {"netstream.publish.alreadypublishing", kBusy},
    {"netstream.publish.tokenempty", kAuth},
    {"netstream.publish.authfailed", kAuth},
    {"netstream.publish.blacklist", kAuth},
    {"netstream.publish.notwhitelist", kAuth},
    {"netstream.publish.arrearage", kRefused},   // the account is not paid for
    {"netstream.publish.kickout", kEnded},
    {"netstream.publish.rejected", kRefused},    // OvenMediaEngine
    {"netstream.publish.failed", kRefused},      // MonaServer
    {"netstream.authenticate.", kAuth},          // Twitch
    {"netstream.unpublish.success", kEnded},
    {"netstream.connect.closed", kEnded},
    {"netstream.connect.success", kNothing},
    {"netstream.connect.", kRefused},
    {"netstream.failed", kRefused},               // Red5 and Ant Media, of a publisher that its program does not allow
    {"netstream.invalidarg", kRefused},           // Red5
    {"netstream.play.streamnotfound", kRefused},  // brpc, of a publisher: the one code that all clients know
    {"netstream.play.failed", kRefused},
    {"netstream.play.", kNothing},
    {"netstream.record.", kNothing},  // nginx-rtmp and Red5: a recording that failed does not end the stream
    {"netstream.buffer.", kNothing},
    {"netstream.data.", kNothing},
    {"netstream.pause.", kNothing},
    {"netstream.unpause.", kNothing},
    {"netstream.seek.", kNothing},
});

std::string lower(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

std::optional<Meaning> known(std::string_view code) {
  const auto fits = [&](const Entry& entry) { return entry.code.ends_with('.') ? code.starts_with(entry.code) : code == entry.code; };
  const auto found = std::ranges::find_if(kCodes, fits);
  return found == kCodes.end() ? std::nullopt : std::optional(found->meaning);
}

bool has_any(const std::string& text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

bool tells_of_rights(const std::string& text) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"authmod=", "code=403", "need auth", "authenticat", "authoriz", "authoris", "badauth", "authfailed", "auth failed", "credential",
       "forbidden", "permission", "denied", "not allowed", "invalid key", "invalid stream key", "invalid token"});
  return has_any(text, kWords);
}

bool tells_of_another(const std::string& text) {
  static constexpr auto kWords = std::to_array<std::string_view>({"already publish", "already being publish", "already has a stream",
                                                                  "stream already exist", "already in use", "stream busy", "streambusy"});
  return has_any(text, kWords);
}

bool tells_of_failure(const std::string& code) {
  static constexpr auto kWords = std::to_array<std::string_view>({"badname", "rejected", "failed", "invalid", "error", "closed"});
  return has_any(code, kWords);
}

}  // namespace

Meaning meaning_of(const media::Status& status) {
  const std::string code = lower(status.code), level = lower(status.level), description = lower(status.description);
  const auto entry = known(code);
  if (entry == kNothing) return kNothing;
  // What is not known and called a success is taken for that.
  const bool fine = !entry && (level == "status" || code.ends_with(".success"));
  if (!fine && tells_of_another(description)) return kBusy;
  if (entry == kAuth || (!entry && tells_of_rights(code)) || (!fine && tells_of_rights(description))) return kAuth;
  if (entry) return *entry;
  if (tells_of_another(code)) return kBusy;
  return level == "error" || tells_of_failure(code) ? kRefused : kUnclear;
}

bool is_known_code(std::string_view code) {
  return std::ranges::any_of(kCodes, [folded = lower(code)](const Entry& entry) { return folded == entry.code; });
}

}  // namespace rtmp
