#include "rtmp/lookups.h"

#include <doctest/doctest.h>
#include <netdb.h>
#include <poll.h>

#include <atomic>
#include <semaphore>
#include <string>
#include <vector>

using rtmp::Answer;
using rtmp::Lookup;
using rtmp::Lookups;

namespace {

using Held = std::vector<std::shared_ptr<const Lookup>>;

Answer answer_of(const Lookup& lookup) {
  pollfd fd = {lookup.descriptor(), POLLIN, 0};
  poll(&fd, 1, -1);
  return *lookup.answer();
}

}  // namespace

TEST_CASE("look-ups that hang hold a few threads, one for each name, and what nobody waits for is never begun") {
  struct Shared {
    std::counting_semaphore<> begun{0}, go_on{0};
    std::atomic<int> count = 0;
  };
  const auto shared = std::make_shared<Shared>();
  const auto hang = [shared] {
    ++shared->count;
    shared->begun.release();
    shared->go_on.acquire();
    return Answer{.error = EAI_AGAIN};
  };
  const auto name = [](int number) { return "name-" + std::to_string(number); };
  constexpr int kMost = Lookups::kMaxThreads;

  Held held = {Lookups::begin(name(0), hang)};
  shared->begun.acquire();
  for (int i = 0; i < 300; ++i) held.push_back(Lookups::begin(name(0), hang));
  CHECK(held.back() == held.front());
  held.clear();  // all have left
  CHECK_FALSE(Lookups::begin(name(0), hang)->answer());
  CHECK(answer_of(*Lookups::begin("another", [] { return Answer{.error = EAI_NONAME}; })).error == EAI_NONAME);
  CHECK(shared->count == 1);

  for (int i = 1; i < kMost; ++i) held.push_back(Lookups::begin(name(i), hang));
  for (int i = 1; i < kMost; ++i) shared->begun.acquire();
  for (int i = 0; i < 300; ++i) Lookups::begin(name(kMost + i), hang);
  const auto last = Lookups::begin("last", [] { return Answer{.error = EAI_FAIL}; });
  CHECK(shared->count == kMost);  // none of the threads is free
  CHECK_FALSE(last->answer());
  shared->go_on.release(kMost);
  CHECK(answer_of(*last).error == EAI_FAIL);
  for (const auto& lookup : held) CHECK(answer_of(*lookup).error == EAI_AGAIN);
  CHECK(shared->count == kMost);

  // An answer is not kept for later.
  CHECK(answer_of(*Lookups::begin("last", [] { return Answer{.error = EAI_NONAME}; })).error == EAI_NONAME);
}
