// What a server's status means to a publisher, in the one table of the codes that servers send. Pure.
#pragma once

#include "media/error.h"

namespace rtmp {

enum class Meaning : uint8_t {
  kNothing,   // it is no end: progress, or of something else than the stream, such as a recording
  kBusy,      // the key is being published
  kAuth,      // missing rights
  kRefused,   // refused, or failed
  kEnded,     // what was accepted has ended
  kUnclear,   // not known, and not called an error: the connection may go on, and if it ends these are its last words
};

Meaning meaning_of(const media::Status& status);

/// One of the protocol's own codes: a program compares them, and they stay as they are whatever the key is.
bool is_known_code(std::string_view code);

}  // namespace rtmp
