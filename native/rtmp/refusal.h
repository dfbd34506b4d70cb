// What a server's words become: an error with a code, in words that say what to do. Pure.
#pragma once

#include <optional>
#include <string>

#include "media/error.h"
#include "rtmp/inbound.h"
#include "rtmp/rtmp.h"

namespace rtmp {

/// `_error` as an answer to `what` ("the connection"), or a status that ends the stream. `otherwise` is the code where the words tell
/// of neither a busy key nor missing rights. The key is taken out of the server's words.
media::Error refusal(const Url& url, const std::string& what, media::Status status, media::Code otherwise);

/// The status of a command by which the server ends or refuses the stream; empty for all others.
std::optional<media::Status> ending_status(const Command& command);

/// One that is no end by itself, and tells why if the connection ends; empty for all others.
std::optional<media::Status> unclear_status(const Command& command);

/// `error` with what the server had said before, which may be the reason.
media::Error with_last_words(const Url& url, media::Error error, media::Status status);

}  // namespace rtmp
