#include "capture/in_time.h"

#include <algorithm>
#include <mutex>
#include <vector>

namespace capture {
namespace {

struct Work {
  std::string name;
  std::shared_ptr<const std::atomic<bool>> ended;
};

// Of the process, as the threads are: whoever left one behind may be gone.
std::mutex mutex;
std::vector<Work> works;

}  // namespace

bool LeftBehind::lives(const std::string& name) {
  const std::lock_guard lock(mutex);
  std::erase_if(works, [](const Work& work) { return work.ended->load(); });
  return std::ranges::find(works, name, &Work::name) != works.end();
}

void LeftBehind::add(const std::string& name, std::shared_ptr<const std::atomic<bool>> ended) {
  const std::lock_guard lock(mutex);
  works.push_back({name, std::move(ended)});
}

}  // namespace capture
