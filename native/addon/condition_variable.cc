// Lets the addon load with a libstdc++ from before GCC 12 (RHEL 9): that release gave one function of all that is used here a new
// version, GLIBCXX_3.4.30, only because it is not noexcept any more. With a definition of its own the addon asks for none. It is
// hidden, so that nobody else's libstdc++ is meant by it.
#include <condition_variable>

#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12

__asm__(".hidden _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE");

void std::condition_variable::wait(std::unique_lock<std::mutex>& lock) {
  pthread_cond_wait(native_handle(), lock.mutex()->native_handle());
}

#endif
