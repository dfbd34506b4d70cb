// A server's words as they may be shown: without the stream key, in whichever way it is written, on one line, and short. Pure.
#pragma once

#include <string>
#include <string_view>

#include "rtmp/rtmp.h"

namespace rtmp {

/// Each occurrence of a secret of the URL as ****: of the key, of its name and its query, of its parameters' values and of those
/// without a value, of an application's query, and of the one name of a URL without a key. They are found as they stand and in any
/// case, percent-encoded (in part, or twice), as HTML entities, as JSON escapes, with + for a space, decoded, and cut off by the
/// text's end. A secret of less than six characters is hidden only where it stands alone, and a part of less than three never: "a" and
/// "live" are in many a sentence, and no password.
std::string quoted(const Url& url, std::string_view text);

}  // namespace rtmp
