// What the server's words mean: busy, unauthorized, rejected. Pure.
#pragma once

#include <optional>
#include <string>

#include "media/error.h"
#include "rtmp/inbound.h"
#include "rtmp/rtmp.h"

namespace rtmp {

/// `_error` as an answer to `what` ("connect"), or a status that ends the stream. `otherwise` is the code where the words tell of
/// neither a busy key nor missing rights. The key is taken out of the server's words.
media::Error refusal(const Url& url, const std::string& what, media::Status status, media::Code otherwise);

/// The status of a command by which the server ends or refuses the stream; empty for all others.
std::optional<media::Status> ending_status(const Command& command);

/// `text` with each occurrence of the stream key, of its parts and of its parameters' values as ****.
std::string without_key(const Url& url, std::string text);

}  // namespace rtmp
