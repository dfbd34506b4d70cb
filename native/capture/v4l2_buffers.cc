#include "capture/v4l2_buffers.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include <linux/videodev2.h>

#include "capture/v4l2_failure.h"

namespace capture {
namespace {

constexpr uint32_t kBuffers = 4;  // one lent, one being filled, two for a consumer that is late
constexpr uint32_t kMostParts = 3;

}  // namespace

/// Memory of the driver's.
struct V4l2Buffers::Mapping {
  Mapping(int fd, size_t size, off_t offset) : size(size), address(mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, offset)) {}
  Mapping(Mapping&& other) noexcept : size(other.size), address(std::exchange(other.address, MAP_FAILED)) {}
  ~Mapping() {
    if (address != MAP_FAILED) munmap(address, size);
  }
  size_t size;
  void* address;
};

/// What is said to and by the driver of one buffer, in either API.
struct V4l2Buffers::Exchange {
  Exchange(uint32_t type, uint32_t index) : multi(type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE) {
    buffer.index = index;
    buffer.type = type;
    buffer.memory = V4L2_MEMORY_MMAP;
    if (!multi) return;
    buffer.m.planes = planes.data();
    buffer.length = planes.size();
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  uint32_t parts() const { return multi ? std::min(buffer.length, kMostParts) : 1; }
  size_t length(uint32_t part) const { return multi ? planes[part].length : buffer.length; }
  off_t place(uint32_t part) const { return multi ? planes[part].m.mem_offset : buffer.m.offset; }
  size_t begin(uint32_t part) const { return multi ? planes[part].data_offset : 0; }
  size_t used(uint32_t part) const { return multi ? planes[part].bytesused : buffer.bytesused; }

  bool multi;
  v4l2_buffer buffer{};
  std::array<v4l2_plane, VIDEO_MAX_PLANES> planes{};
};

V4l2Buffers::V4l2Buffers(const V4l2Node& node) : node_(node) {
  v4l2_requestbuffers request{};
  request.count = kBuffers;
  request.type = node_.type;
  request.memory = V4L2_MEMORY_MMAP;
  if (call_v4l2(node_.fd.get(), VIDIOC_REQBUFS, &request) < 0) throw v4l2_failure(node_, false, "VIDIOC_REQBUFS", errno);
  if (request.count < 2) throw v4l2_failure(node_, false, "VIDIOC_REQBUFS", ENOMEM);
  for (uint32_t i = 0; i < request.count; ++i) map(i);
}

V4l2Buffers::~V4l2Buffers() = default;

void V4l2Buffers::map(uint32_t index) {
  Exchange about(node_.type, index);
  if (call_v4l2(node_.fd.get(), VIDIOC_QUERYBUF, &about.buffer) < 0) throw v4l2_failure(node_, false, "VIDIOC_QUERYBUF", errno);
  auto& parts = buffers_.emplace_back();
  for (uint32_t part = 0; part < about.parts(); ++part) {
    const Mapping& mapping = parts.emplace_back(node_.fd.get(), about.length(part), about.place(part));
    if (mapping.address == MAP_FAILED) throw v4l2_failure(node_, false, "mmap", errno);
  }
  if (parts.empty()) throw v4l2_failure(node_, false, "VIDIOC_QUERYBUF", EPROTO);
}

uint32_t V4l2Buffers::count() const { return static_cast<uint32_t>(buffers_.size()); }

size_t V4l2Buffers::capacity(size_t part) const {
  size_t least = std::numeric_limits<size_t>::max();
  for (const auto& parts : buffers_) least = std::min(least, part < parts.size() ? parts[part].size : 0);
  return least;
}

void V4l2Buffers::queue(uint32_t index) {
  Exchange empty(node_.type, index);
  if (empty.multi) empty.buffer.length = static_cast<uint32_t>(buffers_[index].size());
  if (call_v4l2(node_.fd.get(), VIDIOC_QBUF, &empty.buffer) < 0) throw v4l2_failure(node_, true, "VIDIOC_QBUF", errno);
}

std::optional<FilledBuffer> V4l2Buffers::dequeue() {
  Exchange filled(node_.type, 0);
  const v4l2_buffer& buffer = filled.buffer;
  if (call_v4l2(node_.fd.get(), VIDIOC_DQBUF, &filled.buffer) < 0) {
    if (errno == EAGAIN) return std::nullopt;
    throw v4l2_failure(node_, true, "VIDIOC_DQBUF", errno);
  }
  if (buffer.index >= buffers_.size()) throw v4l2_failure(node_, true, "VIDIOC_DQBUF", EPROTO);
  FilledBuffer result{buffer.index, buffer.sequence, (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0, {}, {}};
  if ((buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC) {
    result.time = std::chrono::seconds(buffer.timestamp.tv_sec) + media::Time(buffer.timestamp.tv_usec);
  }
  const auto& parts = buffers_[buffer.index];
  for (uint32_t i = 0; i < parts.size(); ++i) {
    const size_t used = filled.used(i), begin = filled.begin(i);
    const size_t end = used == 0 ? parts[i].size : std::min(used, parts[i].size);
    if (begin <= end) result.parts[i] = {static_cast<const uint8_t*>(parts[i].address) + begin, end - begin, used != 0};
  }
  return result;
}

}  // namespace capture
