// Bodies of the commands a publisher sends (RTMP 1.0, section 7.2, and the two of Flash Media Live Encoder that servers expect).
// Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "rtmp/rtmp.h"

namespace rtmp {

/// Transaction numbers; the answer has the same. 0 means that no answer is wanted.
inline constexpr double kConnectTransaction = 1;
inline constexpr double kCreateStreamTransaction = 4;
inline constexpr double kPublishTransaction = 5;

std::vector<uint8_t> connect_command(const Url& url, const std::string& flash_version);
std::vector<uint8_t> release_stream_command(const Url& url);
std::vector<uint8_t> fc_publish_command(const Url& url);
std::vector<uint8_t> create_stream_command();
std::vector<uint8_t> publish_command(const Url& url);
std::vector<uint8_t> fc_unpublish_command(const Url& url);
std::vector<uint8_t> delete_stream_command(uint32_t stream_id);

}  // namespace rtmp
