// A shared library loaded at run time: what need not be on every machine.
#pragma once

#include <string>
#include <string_view>

#include "media/error.h"

namespace sys {

/// Why a library did not load.
struct LoadFailure {
  enum class Cause {
    kAbsent,      // there is none of that name
    kDependency,  // it needs another that is absent
    kMachine,     // it was built for another kind of machine
    kShortage,    // this process lacks what it takes
    kOther,
  };
  Cause cause = Cause::kAbsent;
  std::string words;  // the loader's, without the library's name; of a dependency, what is absent
  int number = 0;     // errno of a shortage

  /// `code` is that of a library that is not there or not usable, `shortage` that of a process which could not load any. `file` is
  /// the library, `package` Debian's name of what brings it.
  media::Error error(media::Code code, media::Code shortage, const std::string& file, const std::string& package) const;
  /// ": it needs libc.so.7, which is not installed"; empty for one that is not there.
  std::string reason() const;
};

/// What dlerror() says of `file`. `shortage` is the errno of what this process lacks, or 0. Pure.
LoadFailure read_load_failure(const std::string& file, std::string_view words, int shortage);

/// dlopen() with RTLD_NOW and `flags`; null, and `failure` says why. Any thread.
void* load(const std::string& file, int flags, LoadFailure& failure);

}  // namespace sys
