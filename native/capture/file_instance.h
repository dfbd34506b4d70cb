// Which of the files that had this path one after the other is there now. Pure but for stat(2).
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace capture {

/// A device's node or a server's socket is made anew when it comes back. Its inode alone does not tell on a disk, which gives the
/// number of the last one to the next; it is never written, so its mtime is when it was made, while rights change its ctime. 0: there
/// is none.
inline uint64_t instance_of(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return 0;
  const auto nanoseconds = static_cast<uint64_t>(about.st_mtim.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(about.st_mtim.tv_nsec);
  return about.st_ino * 0x9E3779B97F4A7C15 ^ nanoseconds;  // an odd factor spreads the small numbers over all bits
}

}  // namespace capture
