// A TCP connection to the first address that answers.
#pragma once

#include <string>
#include <vector>

#include "rtmp/alarm.h"
#include "rtmp/resolve.h"

namespace rtmp {

/// Tries the addresses 200 ms apart, at once when one has failed (RFC 8305), and returns the first connected socket,
/// non-blocking. Throws ERR_RTMP_CONNECT with the first failure's errno, or the alarm's. `where` is for the message: host:port.
Fd dial(const std::vector<Address>& addresses, const std::string& where, Alarm& alarm);

}  // namespace rtmp
