// Memory that an X server on this machine writes pictures into (MIT-SHM).
#pragma once

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "capture/descriptor.h"

namespace capture {

/// A file without a name, which a server is given as a descriptor: nobody else can be meant.
class SharedFile {
 public:
  explicit SharedFile(size_t bytes) : bytes_(bytes), fd_(memfd_create("rtmp-pusher screen", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
    // A server that made it smaller would end this process.
    const bool whole = fd_ && ftruncate(fd_.get(), static_cast<off_t>(bytes)) == 0 &&
                       fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
    if (whole) address_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  }
  ~SharedFile() {
    if (*this) munmap(address_, bytes_);
  }
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;

  explicit operator bool() const { return address_ != MAP_FAILED; }
  /// To be given away; the memory stays.
  Descriptor take_descriptor() { return std::exchange(fd_, {}); }
  uint32_t* pixels() const { return static_cast<uint32_t*>(address_); }

 private:
  size_t bytes_;
  Descriptor fd_;
  void* address_ = MAP_FAILED;
};

/// A segment of System V, which a server is given by its number. Another segment may have that number where the server is. To be
/// unnamed once the server holds it too: then nothing is left behind by a crash.
class SharedSegment {
 public:
  explicit SharedSegment(size_t bytes) : id_(shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600)) {
    if (id_ >= 0) address_ = shmat(id_, nullptr, 0);
  }
  ~SharedSegment() {
    unname();
    if (*this) shmdt(address_);
  }
  SharedSegment(const SharedSegment&) = delete;
  SharedSegment& operator=(const SharedSegment&) = delete;

  explicit operator bool() const { return address_ != reinterpret_cast<void*>(-1); }
  void unname() {
    if (id_ >= 0) shmctl(std::exchange(id_, -1), IPC_RMID, nullptr);
  }
  int id() const { return id_; }
  uint32_t* pixels() const { return static_cast<uint32_t*>(address_); }

 private:
  int id_;
  void* address_ = reinterpret_cast<void*>(-1);
};

}  // namespace capture
