// Which of the files that had this path one after the other is there now. Pure but for stat(2).
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace capture {

/// A device's node or a server's socket is made anew when it comes back. /dev gives no inode's number twice, and udev touches its
/// nodes at times. A disk gives the number of the last file to the next; but a socket is never written, so that its mtime is when
/// it was made. 0: there is none.
inline uint64_t instance_of(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return 0;
  if (S_ISCHR(about.st_mode)) return about.st_ino;
  const timespec& made = about.st_mtim;
  const uint64_t nanoseconds = static_cast<uint64_t>(made.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(made.tv_nsec);
  return about.st_ino * 0x9E3779B97F4A7C15 ^ nanoseconds;  // an odd factor spreads the small numbers over all bits
}

}  // namespace capture
