// A written input that goes from track to track while the program writes: each reads it from the moment when the one before says
// that it has let go. Also under the sanitizers.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "capture/capture.h"
#include "capture/input.h"
#include "pipeline/feed.h"

using media::Error;
using namespace std::chrono_literals;

namespace {

struct Pictures {
  using Source = media::VideoSource;
  using Settings = capture::VideoSettings;
  using Input = capture::VideoInput;
  using Written = capture::WrittenVideo;
  static constexpr media::VideoFormat kFormat{media::PixelFormat::kBGRA, 64, 64, {30, 1}};
  static constexpr size_t kBytes = 64 * 64 * 4;
  static Settings other() { return capture::TestPattern{64, 64, {240, 1}}; }
  static auto open() { return &capture::open_same_video; }
  static unsigned first_byte(const media::VideoFrame& frame) { return frame.planes[0][0]; }
};

struct Sound {
  using Source = media::AudioSource;
  using Settings = capture::AudioSettings;
  using Input = capture::AudioInput;
  using Written = capture::WrittenAudio;
  static constexpr media::AudioFormat kFormat{media::SampleFormat::kS16, 48000, 1};
  static constexpr size_t kBytes = 960;
  static Settings other() { return capture::Silence{48000, 1}; }
  static auto open() { return &capture::open_same_audio; }
  static unsigned first_byte(const media::AudioBuffer& buffer) { return *static_cast<const uint8_t*>(buffer.samples); }
};

/// A track: a feed, and the thread that reads it.
template <class Kind>
class Track {
 public:
  using Feed = pipeline::Feed<typename Kind::Source, typename Kind::Settings>;

  Track() : feed_(Kind::other(), Kind::open(), {}), reading_([this](std::stop_token stop) { run(stop); }) { open_.wait(false); }
  void replace(typename Kind::Settings settings, typename Feed::Replaced replaced) {
    feed_.replace(std::move(settings), std::move(replaced));
  }
  /// Waits for the answer.
  std::optional<Error> replace(typename Kind::Settings settings) {
    std::optional<Error> failure;
    std::atomic<bool> answered = false;
    replace(std::move(settings), [&](std::optional<Error> error) {
      failure = std::move(error);
      answered = true;
      answered.notify_all();
    });
    answered.wait(false);
    return failure;
  }
  void end() {
    reading_.request_stop();
    reading_.join();
  }

 private:
  void run(const std::stop_token& stop) {
    feed_.open(stop);
    open_ = true;
    open_.notify_all();
    while (!stop.stop_requested()) {
      if (const auto item = feed_.read(stop, media::monotonic_now() + 10ms)) seen_ += Kind::first_byte(*item);
    }
    feed_.close();
  }

  Feed feed_;
  std::atomic<bool> open_ = false;
  std::atomic<unsigned> seen_ = 0;
  std::jthread reading_;
};

/// The program: it writes whenever there is room.
template <class Kind>
class Program {
 public:
  Program()
      : input(std::make_shared<typename Kind::Input>(Kind::kFormat, [] {})), writing_([this](std::stop_token stop) {
          const std::vector<uint8_t> bytes(Kind::kBytes, 1);
          while (!stop.stop_requested()) {
            if (!input->has_room() || !input->write(bytes, media::monotonic_now().count())) std::this_thread::yield();
          }
        }) {}

  typename Kind::Settings source() const {
    return typename Kind::Written{input, std::make_shared<capture::InputClock>()};
  }

  const std::shared_ptr<typename Kind::Input> input;

 private:
  std::jthread writing_;
};

}  // namespace

TEST_SUITE_BEGIN("hand-over");

TEST_CASE_TEMPLATE("an input goes to and fro between two tracks", Kind, Pictures, Sound) {
  Program<Kind> program;
  Track<Kind> tracks[2];
  for (int round = 0; round < 500; ++round) {
    Track<Kind>& track = tracks[round % 2];
    REQUIRE_FALSE(track.replace(program.source()));
    REQUIRE_FALSE(track.replace(Kind::other()));
  }
  for (Track<Kind>& track : tracks) track.end();
}

TEST_CASE_TEMPLATE("an input goes on to the next track whenever one has ended, be it in the midst of an exchange", Kind, Pictures, Sound) {
  Program<Kind> program;
  for (int round = 0; round < 200; ++round) {
    Track<Kind> track;
    std::atomic<int> refused = 0;
    const auto count = [&](const std::optional<Error>& error) { refused += error.has_value(); };
    if (round % 2 == 0) REQUIRE_FALSE(track.replace(program.source()));
    track.replace(round % 2 == 0 ? Kind::other() : program.source(), count);
    if (round % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50 * round));
    track.end();
    CHECK(refused == 0);
  }
}

TEST_SUITE_END();
