// Memory that an X server on this machine writes pictures into (MIT-SHM).
#pragma once

#include <sys/ipc.h>
#include <sys/shm.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace capture {

/// To be unnamed once the server holds it too: then nothing is left behind by a crash.
class SharedPicture {
 public:
  explicit SharedPicture(size_t bytes) : id_(shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600)) {
    if (id_ >= 0) address_ = shmat(id_, nullptr, 0);
  }
  ~SharedPicture() {
    unname();
    if (*this) shmdt(address_);
  }
  SharedPicture(const SharedPicture&) = delete;
  SharedPicture& operator=(const SharedPicture&) = delete;

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
