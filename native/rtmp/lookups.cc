#include "rtmp/lookups.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <deque>
#include <map>
#include <system_error>
#include <thread>
#include <utility>

#include "media/error.h"

namespace rtmp {
namespace {

// Of the process, as the threads are, and never destroyed: they may be inside getaddrinfo() when it ends.
struct Shared {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<Lookup>> by_name;  // waiting or begun
  std::deque<std::string> waiting;
  size_t threads = 0;
};

Shared& shared() {
  static Shared& instance = *new Shared;
  return instance;
}

// A host program may unload this library (Node does, when a worker ends) while a detached thread is still inside getaddrinfo():
// the code it returns to must stay.
void keep_library_loaded() {
  static std::once_flag once;
  std::call_once(once, [] {
    Dl_info library{};
    if (dladdr(reinterpret_cast<void*>(&keep_library_loaded), &library) != 0) {
      dlopen(library.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
  });
}

void run() {
  pthread_setname_np(pthread_self(), "rtmp-resolve");
  Shared& all = shared();
  std::unique_lock lock(all.mutex);
  while (!all.waiting.empty()) {
    const std::string name = std::move(all.waiting.front());
    all.waiting.pop_front();
    const auto lookup = all.by_name[name].lock();
    if (!lookup) {
      all.by_name.erase(name);
      continue;
    }
    lock.unlock();
    Answer answer = lookup->ask();
    lock.lock();
    all.by_name.erase(name);  // before anybody has the answer: who asks then asks anew
    lookup->settle(std::move(answer));
  }
  --all.threads;
}

}  // namespace

Lookup::Lookup(std::function<Answer()> ask) : ask_(std::move(ask)), done_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!done_) throw media::Error::from_errno(media::Code::kRtmpResolve, "no descriptor left for a look-up", "eventfd", errno);
}

std::optional<Answer> Lookup::answer() const {
  const std::lock_guard lock(mutex_);
  return answer_;
}

void Lookup::settle(Answer answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
  eventfd_write(done_.get(), 1);
}

std::shared_ptr<const Lookup> Lookups::begin(const std::string& name, std::function<Answer()> ask) {
  keep_library_loaded();
  Shared& all = shared();
  const std::lock_guard lock(all.mutex);
  const bool known = all.by_name.contains(name);
  std::weak_ptr<Lookup>& place = all.by_name[name];
  if (auto lookup = place.lock()) return lookup;
  const auto lookup = std::make_shared<Lookup>(std::move(ask));
  place = lookup;
  if (!known) all.waiting.push_back(name);  // else it waits already, for somebody who has left
  if (all.threads == kMaxThreads) return lookup;
  try {
    std::thread(run).detach();
    ++all.threads;
  } catch (const std::system_error& error) {
    if (all.threads > 0) return lookup;  // one of them comes to it
    all.waiting.clear();
    all.by_name.clear();
    throw media::Error::no_thread(media::Code::kRtmpResolve, error.code().value());
  }
  return lookup;
}

}  // namespace rtmp
