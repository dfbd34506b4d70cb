// What a system call's error number says has run out. Pure.
#pragma once

#include <cerrno>

namespace media {

/// What there is none left of, and what to do; null where the number says something else. Whatever was to be opened may be all
/// right: advice on that would be wrong.
inline const char* shortage(int number) {
  switch (number) {
    case EMFILE: return "this process has no file descriptor left; close what it has open, or raise its limit (ulimit -n)";
    case ENFILE: return "this machine has no file descriptor left; end some programs, or raise fs.file-max";
    case ENOMEM:
    case ENOBUFS: return "there is no memory left; free some, or raise the limit of this process or its container";
    default: return nullptr;
  }
}

}  // namespace media
