#include "system/library.h"

#include <dlfcn.h>

#include <cerrno>
#include <cstring>

#include "system/shortage.h"

namespace sys {
namespace {

using Cause = LoadFailure::Cause;

// Words and strerror() are in the same language, whichever the program has set.
bool ends_as(std::string_view words, int number) { return words.ends_with(std::strerror(number)); }

/// The errno that the loader's words end with. It tells no other way.
int shortage_in(std::string_view words) {
  for (const int number : {EMFILE, ENFILE, ENOMEM}) {
    if (ends_as(words, number)) return number;
  }
  return 0;
}

}  // namespace

LoadFailure read_load_failure(const std::string& file, std::string_view words, int shortage) {
  if (const int number = shortage_in(words); number != 0) shortage = number;
  if (shortage != 0) return {Cause::kShortage, std::string(words), shortage};
  const std::string own = file + ": ";
  const bool of_it = words.starts_with(own);
  if (ends_as(words, ENOENT)) {
    if (of_it) return {Cause::kAbsent, {}, 0};
    return {Cause::kDependency, std::string(words.substr(0, words.find(": "))), 0};
  }
  // Of a library that is searched for, the loader names the first wrong one in full.
  const bool foreign = words.find("ELFCLASS") != std::string_view::npos || words.find("wrong ELF") != std::string_view::npos;
  if (of_it) words.remove_prefix(own.size());
  return {foreign ? Cause::kMachine : Cause::kOther, std::string(words), 0};
}

std::string LoadFailure::reason() const {
  switch (cause) {
    case Cause::kAbsent: return "";
    case Cause::kDependency: return ": it needs " + words + ", which is not installed";
    case Cause::kMachine: return ": it was built for another kind of machine (" + words + ")";
    case Cause::kShortage:
    case Cause::kOther: break;
  }
  return ": " + words;
}

media::Error LoadFailure::error(media::Code code, media::Code shortage, const std::string& file, const std::string& package) const {
  const std::string what = file + " could not be loaded";
  if (cause == Cause::kShortage) return media::Error::from_errno(shortage, what, "dlopen", number);
  const auto with = [&](const std::string& advice) { return media::Error(code, what + reason() + "; " + advice); };
  const auto apt = [&](const char* option) { return " (on Debian and Ubuntu: apt install " + std::string(option) + package + ")"; };
  switch (cause) {
    case Cause::kDependency: return with("install that");
    case Cause::kMachine: return with("install the one for this machine" + apt(""));
    case Cause::kOther: return with("install it anew" + apt("--reinstall "));
    default: return with("install it" + apt(""));
  }
}

void* load(const std::string& file, int flags, LoadFailure& failure) {
  void* const handle = dlopen(file.c_str(), RTLD_NOW | flags);
  if (handle != nullptr) return handle;
  const char* const words = dlerror();
  failure = read_load_failure(file, words != nullptr ? words : "", shortage_now());
  return nullptr;
}

}  // namespace sys
