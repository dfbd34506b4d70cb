// The track with its lanes, threads and encoder, and with sources that need no device.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <future>

#include "child.h"
#include "pipeline/audio_track.h"

namespace {

using media::Packet;
using media::Time;
using pipeline::AudioTrack;
using namespace std::chrono_literals;

/// A track that runs on a thread of its own, as in a publication.
class Running {
 public:
  explicit Running(pipeline::AudioSettings settings, bool wanted = true)
      : track_(std::move(settings), &Running::events),
        thread_([this, wanted](const std::stop_token& stop) {
          try {
            track_.run(stop, [&](const pipeline::AudioDescription&) { return wanted; }, [this](Packet&& packet) { note(packet); });
          } catch (const media::Error& error) {
            error_ = error;
          }
          ended_ = true;
        }) {}

  AudioTrack& operator*() { return track_; }
  AudioTrack* operator->() { return &track_; }
  bool ended() const { return ended_; }
  void more(int packets) {
    const int before = packets_;
    test::until([&] { return packets_ >= before + packets || ended_; });
  }
  std::optional<media::Error> stop() {
    thread_.request_stop();
    return end();
  }
  std::optional<media::Error> end() {
    if (thread_.joinable()) thread_.join();
    return error_;
  }
  /// Timestamps of neighbours that are not a packet's length apart.
  int holes() const { return holes_; }

 private:
  void note(const Packet& packet) {
    constexpr Time kPacket(1024 * 1'000'000 / 48000);
    if (last_ && std::chrono::abs(packet.pts - *last_ - kPacket) > 2us) ++holes_;
    last_ = packet.pts;
    ++packets_;
  }

  std::atomic<int> packets_ = 0;
  std::atomic<int> holes_ = 0;
  std::optional<Time> last_;
  std::optional<media::Error> error_;
  std::atomic<bool> ended_ = false;
  static pipeline::AudioFeed::Events events(size_t) {
    return {.lost = [](const media::Error&) {}, .back = [](const std::string&, Time) {}};
  }

  AudioTrack track_;
  std::jthread thread_;
};

pipeline::MixInput silence(int sample_rate = 48000) { return {capture::Silence{sample_rate, 2}}; }

}  // namespace

TEST_CASE("audio track: several inputs, changed while they run, give one unbroken stream") {
  Running track({.inputs = {{capture::Tone{1000, 48000, 2}}, silence(44100), silence()}, .bitrate = 128000});
  track.more(30);
  track->set_gain(0, 0.5);
  track->set_muted(1, true);
  std::promise<std::optional<media::Error>> replaced;
  const auto settle = [&](std::optional<media::Error> error) { replaced.set_value(std::move(error)); };
  track->replace_source(1, capture::Tone{440, 44100, 1}, settle);
  CHECK_FALSE(replaced.get_future().get());
  test::until([&] {  // a beep of half the height
    const float peak = track->stats().inputs[0].peak;
    return peak > 0.24F && peak < 0.26F;
  });
  track.more(30);
  const pipeline::AudioStats stats = track->stats();
  REQUIRE(stats.inputs.size() == 3);
  CHECK(stats.inputs[0].gain == 0.5);
  CHECK(stats.inputs[1].muted);
  CHECK(stats.inputs[1].peak == 0);
  CHECK(stats.inputs[1].source.channels == 1);
  CHECK(std::abs(stats.stamp_error) < 5000);
  CHECK_FALSE(track.stop());
  CHECK(track.holes() == 0);
}

TEST_CASE("audio track: one input that cannot be opened ends it, whichever it is") {
  const pipeline::MixInput missing{capture::Alsa{"hw:CARD=NoSuchCard", 48000, 2}};
  for (const bool first : {true, false}) {
    Running track({.inputs = {first ? missing : silence(), first ? silence() : missing}, .bitrate = 128000});
    const auto error = track.end();
    REQUIRE(error);
    CHECK(error->code == media::Code::kDeviceNotFound);
  }
}

TEST_CASE("audio track: nothing runs when no packets are wanted") {
  Running track({.inputs = {silence(), silence()}, .bitrate = 128000}, false);
  CHECK_FALSE(track.end());
  CHECK(track->stats().packets_encoded == 0);
}
