// A name's addresses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rtmp/alarm.h"
#include "rtmp/lookups.h"

namespace rtmp {

/// The addresses of `host`, in the order to try them: the system's, with the two families taking turns. Returns, or throws
/// ERR_RTMP_RESOLVE or the alarm's, as soon as there is a reason to, however long the name service takes.
std::vector<Address> resolve(const std::string& host, uint16_t port, Alarm& alarm);

}  // namespace rtmp
