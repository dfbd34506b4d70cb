#include "capture/written.h"

#include "capture/input.h"

namespace capture {
namespace {

std::optional<media::Error> warning(std::optional<std::string> report) {
  if (!report) return std::nullopt;
  return media::Error(media::Code::kInputTimestamps,
                      *report + ". Stamp pictures and sound in microseconds by one clock that does not jump; timestampJumps counts "
                                "what is not told of any more");
}

class WrittenVideoSource final : public media::VideoSource {
 public:
  explicit WrittenVideoSource(const WrittenVideo& settings) : input_(settings.input) { input_->attach(settings.clock); }
  ~WrittenVideoSource() override { input_->detach(); }

  media::VideoFormat format() const override { return input_->format(); }
  std::optional<media::VideoFrame> read(std::stop_token stop, media::Time until) override {
    return input_->read(std::move(stop), until);
  }
  bool ended() const override { return input_->ended(); }
  bool live() const override { return false; }
  uint64_t timestamp_jumps() const override { return input_->timestamp_jumps(); }
  std::optional<media::Error> take_warning() override { return warning(input_->take_report()); }

 private:
  std::shared_ptr<VideoInput> input_;
};

class WrittenAudioSource final : public media::AudioSource {
 public:
  explicit WrittenAudioSource(const WrittenAudio& settings) : input_(settings.input) { input_->attach(settings.clock); }
  ~WrittenAudioSource() override { input_->detach(); }

  media::AudioFormat format() const override { return input_->format(); }
  std::optional<media::AudioBuffer> read(std::stop_token stop, media::Time until) override {
    return input_->read(std::move(stop), until);
  }
  bool ended() const override { return input_->ended(); }
  bool live() const override { return false; }
  uint64_t timestamp_jumps() const override { return input_->timestamp_jumps(); }
  std::optional<media::Error> take_warning() override { return warning(input_->take_report()); }
  media::Time held() const override { return input_->held(); }
  /// Sound is read at its first sample's time; a program's writes come with some jitter.
  media::Time latency() const override { return std::chrono::milliseconds(20); }

 private:
  std::shared_ptr<AudioInput> input_;
};

}  // namespace

std::unique_ptr<media::VideoSource> open_written(const WrittenVideo& settings) {
  return std::make_unique<WrittenVideoSource>(settings);
}

std::unique_ptr<media::AudioSource> open_written(const WrittenAudio& settings) {
  return std::make_unique<WrittenAudioSource>(settings);
}

}  // namespace capture
