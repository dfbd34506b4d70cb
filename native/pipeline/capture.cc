#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "convert/convert.h"
#include "media/picture_layout.h"
#include "pipeline/feed.h"
#include "pipeline/pipeline.h"
#include "pipeline/worker.h"

namespace pipeline {

using media::Error;

namespace {

/// The one copy on the way to the program: the device needs its memory back.
CapturedFrame own(const media::VideoFrame& frame, media::Rational rate, const std::shared_ptr<Shelf>& shelf) {
  const auto layout = media::picture_layout(frame.pixel_format, frame.width, frame.height);
  Pixels pixels(shelf, layout.size);
  for (size_t i = 0; i < layout.strides.size(); ++i) {
    const auto length = static_cast<size_t>(layout.strides[i]);
    const uint8_t* from = frame.planes[i];
    uint8_t* to = pixels.bytes().data() + layout.offsets[i];
    const int rows = length > 0 ? layout.rows[i] : 0;
    for (int row = 0; row < rows; ++row, from += frame.strides[i], to += length) std::memcpy(to, from, length);
  }
  const media::VideoFormat format{frame.pixel_format, frame.width, frame.height, rate};
  return {.format = format, .pts = frame.pts, .sequence = frame.sequence, .pixels = std::move(pixels)};
}

CapturedBuffer own(const media::AudioBuffer& buffer) {
  const auto* bytes = static_cast<const uint8_t*>(buffer.samples);
  return {buffer.format, buffer.pts, {bytes, bytes + buffer.frames * buffer.format.bytes_per_frame()}};
}

/// What the capturing thread has made and what was asked for, whichever came first.
template <class Item>
class Mailbox {
 public:
  using Stale = bool (*)(const Item&);
  /// `stale`: what is too old to be given to who asks now.
  explicit Mailbox(size_t capacity, Stale stale) : capacity_(capacity), stale_(stale) {}

  bool has_room() const {
    std::lock_guard lock(mutex_);
    return items_.size() < capacity_;
  }

  void put(Item&& item) {
    std::function<void(Captured<Item>)> done;
    {
      std::lock_guard lock(mutex_);
      if (!pending_) {
        if (items_.size() < capacity_) items_.push_back(std::move(item));
        return;
      }
      done = std::exchange(pending_, nullptr);
    }
    done({std::move(item), std::nullopt});
  }

  void end(std::optional<Error> error) {
    std::function<void(Captured<Item>)> done;
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
      if (pending_) {
        done = std::exchange(pending_, nullptr);
      } else {
        error_ = std::move(error);
        return;
      }
    }
    done({std::nullopt, std::move(error)});
  }

  void take(std::function<void(Captured<Item>)> done) {
    Captured<Item> now;
    {
      std::lock_guard lock(mutex_);
      while (!items_.empty() && stale_(items_.front())) items_.pop_front();
      if (!items_.empty()) {
        now.item = std::move(items_.front());
        items_.pop_front();
      } else if (ended_) {
        now.error = std::exchange(error_, std::nullopt);
      } else {
        pending_ = std::move(done);
        return;
      }
    }
    done(std::move(now));
  }

 private:
  const size_t capacity_;
  const Stale stale_;
  mutable std::mutex mutex_;
  std::deque<Item> items_;
  std::function<void(Captured<Item>)> pending_;
  std::optional<Error> error_;
  bool ended_ = false;
};

/// `Door` is VideoCapture or AudioCapture; `Pump` reads the device into a mailbox until it is stopped.
template <class Door, class Item>
class Running final : public Door {
 public:
  using Pump = std::function<void(std::stop_token, Mailbox<Item>&)>;

  Running(size_t capacity, Pump pump, typename Mailbox<Item>::Stale stale = [](const Item&) { return false; })
      : mailbox_(capacity, stale),
        worker_(
            "rtmp capture", media::Code::kDeviceLost,
            [this, pump = std::move(pump)](std::stop_token stop) { pump(stop, mailbox_); },
            [this](std::optional<Error> error) { mailbox_.end(std::move(error)); }) {}

  void read(std::function<void(Captured<Item>)> done) override { mailbox_.take(std::move(done)); }
  void close() override {
    worker_.request_stop();
    worker_.join();
  }

 private:
  Mailbox<Item> mailbox_;
  Worker worker_;
};

constexpr size_t kHeldFrames = 1;
constexpr media::Time kFresh = std::chrono::milliseconds(100);
constexpr size_t kHeldBuffers = 100;  // of some 10 ms: a second
constexpr size_t kAllChanges = SIZE_MAX;

}  // namespace

std::unique_ptr<VideoCapture> capture_video(capture::VideoSettings settings, bool rgba) {
  return std::make_unique<Running<VideoCapture, CapturedFrame>>(
      kHeldFrames, [settings = std::move(settings), rgba](std::stop_token stop, Mailbox<CapturedFrame>& mailbox) {
        const auto source = capture::open_video(settings, stop);
        const media::Rational rate = source->format().frame_rate;
        convert::PictureDecoder decoder(source->opened().device);
        convert::RgbaConverter converter;
        const auto shelf = std::make_shared<Shelf>();
        while (const auto frame = source->read(stop)) {
          if (!mailbox.has_room()) continue;
          const auto picture = decoder.decode(*frame);
          if (picture) mailbox.put(own(rgba ? converter.convert(*picture) : *picture, rate, shelf));
        }
      },
      [](const CapturedFrame& frame) {
        const auto two_frames = media::Time(2 * 1'000'000 * frame.format.frame_rate.den / frame.format.frame_rate.num);
        return media::monotonic_now() - frame.pts > std::max(two_frames, kFresh);
      });
}

std::unique_ptr<AudioCapture> capture_audio(capture::AudioSettings settings) {
  return std::make_unique<Running<AudioCapture, CapturedBuffer>>(
      kHeldBuffers, [settings = std::move(settings)](std::stop_token stop, Mailbox<CapturedBuffer>& mailbox) {
        Feed<media::AudioSource, capture::AudioSettings> feed(settings, capture::open_same_audio, {});
        feed.open(stop);
        while (!stop.stop_requested() && !feed.ended()) {
          if (const auto buffer = feed.read(stop, media::kForever)) mailbox.put(own(*buffer));
        }
      });
}

std::unique_ptr<DeviceWatch> watch_devices(bool existing) {
  return std::make_unique<Running<DeviceWatch, capture::DeviceChange>>(
      kAllChanges, [existing](std::stop_token stop, Mailbox<capture::DeviceChange>& mailbox) {
        const auto watch = capture::watch_devices(existing);
        while (auto change = watch->next(stop)) mailbox.put(std::move(*change));
      });
}

}  // namespace pipeline
