// What the loader says of a library, as glibc words it, and libraries that are really not to be loaded.
#include "system/library.h"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "child.h"
#include "error_of.h"
#include "media/shortage.h"
#include "system/shortage.h"

using Cause = sys::LoadFailure::Cause;
using media::Code;

namespace {

/// While it lives this process may open so many descriptors more.
class FewDescriptors {
 public:
  explicit FewDescriptors(int left) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = 256;
    setrlimit(RLIMIT_NOFILE, &few);
    for (int fd; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) held_.push_back(fd);
    for (; left > 0; --left) drop();
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() {
    while (!held_.empty()) drop();
    setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  void drop() {
    close(held_.back());
    held_.pop_back();
  }
  rlimit before_{};
  std::vector<int> held_;
};

}  // namespace

TEST_CASE("what the loader says is told as what it means") {
  const std::string so = "libxcb.so.1";
  const auto cause = [&](const char* words, int shortage = 0) { return sys::read_load_failure(so, words, shortage).cause; };
  CHECK(cause("libxcb.so.1: cannot open shared object file: No such file or directory") == Cause::kAbsent);
  CHECK(cause("libxcb.so.1: cannot open shared object file: Too many open files") == Cause::kShortage);
  CHECK(cause("libxcb.so.1: cannot open shared object file: Too many open files in system") == Cause::kShortage);
  CHECK(cause("libxcb.so.1: failed to map segment from shared object: Cannot allocate memory") == Cause::kShortage);
  CHECK(cause("libxcb.so.1: cannot open shared object file: No such file or directory", EMFILE) == Cause::kShortage);
  CHECK(cause("libXau.so.6: cannot open shared object file: No such file or directory") == Cause::kDependency);
  CHECK(cause("libxcb.so.1: wrong ELF class: ELFCLASS32") == Cause::kMachine);
  CHECK(cause("/usr/lib/libxcb.so.1: undefined symbol: nonsense") == Cause::kOther);
  CHECK(cause("libxcb.so.1: cannot open shared object file: Permission denied") == Cause::kOther);
  CHECK(cause("") == Cause::kOther);

  const auto message = [&](const char* words) {
    return std::string(sys::read_load_failure(so, words, 0).error(Code::kDeviceNotFound, Code::kDeviceLost, so, "libxcb1").what());
  };
  CHECK(message("libxcb.so.1: cannot open shared object file: No such file or directory") ==
        "libxcb.so.1 could not be loaded; install it (on Debian and Ubuntu: apt install libxcb1)");
  CHECK(message("libXau.so.6: cannot open shared object file: No such file or directory") ==
        "libxcb.so.1 could not be loaded: it needs libXau.so.6, which is not installed; install that");
  CHECK(message("libxcb.so.1: wrong ELF class: ELFCLASS32").find("another kind of machine") != std::string::npos);
  CHECK(message("libxcb.so.1: cannot open shared object file: Too many open files").find("install") == std::string::npos);
}

TEST_CASE("libraries that do not load: none, no library, one without a right, one of another machine") {
  const test::Folder folder;
  const auto failure_of = [](const std::string& file) {
    sys::LoadFailure failure;
    CHECK(sys::load(file, RTLD_LOCAL, failure) == nullptr);
    return failure;
  };
  CHECK(failure_of("libsurely-not-there.so.9").cause == Cause::kAbsent);
  CHECK(failure_of(folder.path() + "/none.so").cause == Cause::kAbsent);
  const std::string text = folder.path() + "/text.so";
  std::ofstream(text) << std::string(5000, 'x');
  CHECK(failure_of(text).cause == Cause::kOther);
  CHECK(failure_of(text).words == "invalid ELF header");
  // This program's own head with the class of 32 bits.
  std::ifstream self("/proc/self/exe", std::ios::binary);
  std::string head(5000, '\0');
  self.read(head.data(), static_cast<std::streamsize>(head.size()));
  head[4] = 1;
  const std::string foreign = folder.path() + "/foreign.so";
  std::ofstream(foreign, std::ios::binary) << head;
  CHECK(failure_of(foreign).cause == Cause::kMachine);
}

TEST_CASE("out of descriptors is told as that, however many of a few are left") {
  CHECK(sys::shortage_now() == 0);
  CHECK(sys::shortage_behind(ENOENT) == 0);
  for (int left = 0; left < 4; left++) {
    CAPTURE(left);
    sys::LoadFailure failure;
    int now = 0;
    {
      const FewDescriptors few(left);
      now = sys::shortage_now();
      sys::load("libsurely-not-there.so.9", RTLD_LOCAL, failure);
    }
    CHECK(now == EMFILE);
    CHECK(failure.cause == Cause::kShortage);
    const auto error = failure.error(Code::kDeviceNotFound, Code::kDeviceLost, "libx.so", "libx");
    CHECK(error.code == Code::kDeviceLost);
    CHECK(error.number == EMFILE);
    CHECK(std::string(error.what()).find(media::shortage(EMFILE)) != std::string::npos);
  }
}
