// Memory of captured pictures, used again. The first touch of fresh memory costs a page fault for each 4 kB, which takes longer
// than the copy that it is for. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace pipeline {

using Bytes = std::unique_ptr<uint8_t[]>;

/// What pictures have left, all of one size.
class Shelf {
 public:
  Bytes take(size_t size) {
    {
      const std::lock_guard lock(mutex_);
      if (size != size_) free_.clear();
      size_ = size;
      if (!free_.empty()) {
        Bytes bytes = std::move(free_.back());
        free_.pop_back();
        return bytes;
      }
    }
    return std::make_unique_for_overwrite<uint8_t[]>(size);
  }
  void put(Bytes bytes, size_t size) {
    const std::lock_guard lock(mutex_);
    if (size == size_ && (free_.size() + 1) * size <= kMost) free_.push_back(std::move(bytes));
  }

 private:
  // What a program has let go comes back when V8 collects garbage, which it does after some 80 MB of it.
  static constexpr size_t kMost = 128 << 20;

  std::mutex mutex_;
  size_t size_ = 0;
  std::vector<Bytes> free_;
};

/// One picture's bytes. They may outlive the shelf.
class Pixels {
 public:
  Pixels(const std::shared_ptr<Shelf>& shelf, size_t size) : bytes_(shelf->take(size).release(), Return{shelf, size}) {}

  std::span<uint8_t> bytes() const { return {bytes_.get(), bytes_.get_deleter().size}; }

 private:
  struct Return {
    std::weak_ptr<Shelf> shelf;
    size_t size;
    void operator()(uint8_t* bytes) const {
      Bytes owned(bytes);
      if (const auto still = shelf.lock()) still->put(std::move(owned), size);
    }
  };
  std::unique_ptr<uint8_t[], Return> bytes_;
};

}  // namespace pipeline
