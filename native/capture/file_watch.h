// Files of some folders that appear, vanish or change hands, as inotify tells. One thread.
#pragma once

#include <string>
#include <vector>

#include "capture/descriptor.h"

namespace capture {

class FileWatch {
 public:
  /// What begins with `prefix` in `folder`. A folder that is not there is waited for.
  struct Place {
    std::string folder;
    std::string prefix;
  };
  /// Throws media::Error when the system watches too many files already; so does take().
  explicit FileWatch(std::vector<Place> places);

  /// Can be read when take() has something to give.
  int fd() const { return fd_.get(); }
  /// The numbers of the places where something happened. Never blocks.
  std::vector<size_t> take();

 private:
  /// A place, and where inotify looks for it now: there or, while the folder is not there, where that will appear.
  struct Followed {
    Place place;
    int watch = -1;
    std::string prefix = {};
  };
  void follow(Followed& place);

  Descriptor fd_;
  std::vector<Followed> places_;
};

}  // namespace capture
