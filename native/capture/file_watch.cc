#include "capture/file_watch.h"

#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "media/error.h"
#include "system/shortage.h"

namespace capture {
namespace {

namespace fs = std::filesystem;

// Attributes: a node's owner and group are set after it was made.
constexpr uint32_t kMask = IN_CREATE | IN_DELETE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;

/// inotify's own limits are told by the numbers of other shortages.
media::Error cannot_watch(const char* syscall, int number) {
  using media::Error;
  constexpr media::Code kCode = media::Code::kDeviceLost;
  const std::string what = "devices cannot be watched";
  const bool own_limit = number == ENOSPC || (number == EMFILE && sys::shortage_now() == 0);
  if (!own_limit) return Error::from_errno(kCode, what, syscall, number);
  Error error(kCode, what + ": a limit in /proc/sys/fs/inotify is reached; raise it (" + syscall + ")");
  error.number = number;
  error.syscall = syscall;
  return error;
}

bool can_be_watched(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder, error) && access(folder.c_str(), R_OK) == 0;
}

}  // namespace

FileWatch::FileWatch(std::vector<Place> places) : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!fd_) throw cannot_watch("inotify_init1", errno);
  for (Place& place : places) follow(places_.emplace_back(Followed{std::move(place)}));
}

void FileWatch::follow(Followed& followed) {
  const int before = followed.watch;
  fs::path path;
  do {
    path = followed.place.folder;
    followed.prefix = followed.place.prefix;
    while ((followed.watch = inotify_add_watch(fd_.get(), path.c_str(), kMask)) < 0) {
      if (!path.has_relative_path()) throw cannot_watch("inotify_add_watch", errno);
      followed.prefix = path.filename();
      path = path.parent_path();
    }
    // It may have appeared before its parent was watched.
  } while (path != followed.place.folder && can_be_watched(path / followed.prefix));
  const bool used = std::ranges::any_of(places_, [before](const Followed& each) { return each.watch == before; });
  if (before >= 0 && !used) inotify_rm_watch(fd_.get(), before);
}

std::vector<size_t> FileWatch::take() {
  std::vector<bool> touched(places_.size());
  alignas(inotify_event) std::array<char, 4096> buffer;
  for (ssize_t size; (size = read(fd_.get(), buffer.data(), buffer.size())) > 0;) {
    inotify_event event{};
    for (size_t at = 0; at + sizeof event <= static_cast<size_t>(size); at += sizeof event + event.len) {
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string_view name(event.len > 0 ? buffer.data() + at + sizeof event : "");
      const bool all = (event.mask & IN_Q_OVERFLOW) != 0;
      for (size_t i = 0; i < places_.size(); i++) {
        const bool gone = (event.mask & IN_IGNORED) != 0;
        if (all || (places_[i].watch == event.wd && (gone || name.starts_with(places_[i].prefix)))) touched[i] = true;
      }
    }
  }
  std::vector<size_t> numbers;
  for (size_t i = 0; i < places_.size(); i++) {
    if (!touched[i]) continue;
    follow(places_[i]);
    numbers.push_back(i);
  }
  return numbers;
}

}  // namespace capture
