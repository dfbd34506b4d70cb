// A source that can be unplugged by the test: what feed.h makes of it. The real devices are unplugged in test/vm.
#include <atomic>
#include <doctest/doctest.h>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "child.h"
#include "media/stages.h"
#include "pipeline/feed.h"

using media::Code;
using media::Error;
using media::Time;
using namespace std::chrono_literals;

namespace {

/// The devices of a machine, by name. One program has one at a time.
struct Machine {
  std::mutex mutex;
  std::set<std::string> plugged;
  std::set<std::string> used;
  std::atomic<int> opened = 0;
  std::atomic<bool> silent = false;
  std::atomic<bool> at_end = false;  // sources of the usual width are
  std::atomic<bool> slow = false;
  std::atomic<bool> stuck = false;  // what closes waits while it is

  void plug(const std::string& name) {
    const std::lock_guard lock(mutex);
    plugged.insert(name);
  }
  void unplug(const std::string& name) {
    const std::lock_guard lock(mutex);
    plugged.erase(name);
  }
  bool has(const std::string& name) {
    const std::lock_guard lock(mutex);
    return plugged.contains(name);
  }
};

struct Wanted {
  std::string name;
  int width = 320;
};

class UnpluggableSource final : public media::VideoSource {
 public:
  UnpluggableSource(Machine& machine, Wanted wanted) : machine_(machine), wanted_(std::move(wanted)) {
    if (machine_.slow) std::this_thread::sleep_for(50ms);
    const std::lock_guard lock(machine_.mutex);
    if (!machine_.plugged.contains(wanted_.name)) throw Error(Code::kDeviceNotFound, "no such device").with_device(wanted_.name);
    if (!machine_.used.insert(wanted_.name).second) throw Error(Code::kDeviceBusy, "in use").with_device(wanted_.name);
    ++machine_.opened;
  }
  ~UnpluggableSource() override {
    machine_.stuck.wait(true);
    const std::lock_guard lock(machine_.mutex);
    machine_.used.erase(wanted_.name);
  }
  media::VideoFormat format() const override { return {.width = wanted_.width, .height = 240}; }
  bool ended() const override { return machine_.at_end && wanted_.width == Wanted().width; }
  std::optional<media::VideoFrame> read(std::stop_token stop, Time until) override {
    if (ended()) return std::nullopt;
    const Time due = std::min(until, media::monotonic_now() + 2ms);
    while (media::monotonic_now() < due && !stop.stop_requested()) std::this_thread::sleep_for(500us);
    if (!machine_.has(wanted_.name) || machine_.silent) throw Error(Code::kDeviceLost, "gone").with_device(wanted_.name);
    if (stop.stop_requested()) return std::nullopt;
    media::VideoFrame frame;
    frame.width = wanted_.width;
    return frame;
  }

 private:
  Machine& machine_;
  Wanted wanted_;
};

/// Stands for whichever device is chosen at the moment.
class DefaultSource final : public media::AudioSource {
 public:
  struct Machine {
    std::atomic<const char*> chosen = "speakers";
    std::atomic<bool> broken = false;
    std::atomic<int> opened = 0;
    std::atomic<int> present = 0;
  };
  explicit DefaultSource(Machine& machine) : machine_(machine), name_(machine.chosen) {
    ++machine_.opened;
    if (machine_.broken) throw Error(Code::kDeviceNotFound, "no such device");
    ++machine_.present;
  }
  ~DefaultSource() override { --machine_.present; }
  media::AudioFormat format() const override { return {}; }
  media::Opened opened() const override { return {name_, "", ""}; }
  Time latency() const override { return {}; }
  bool superseded() const override { return name_ != machine_.chosen.load(); }
  std::optional<media::AudioBuffer> read(std::stop_token, Time until) override {
    std::this_thread::sleep_until(media::to_time_point(std::min(until, media::monotonic_now() + 2ms)));
    return media::AudioBuffer{};
  }

 private:
  Machine& machine_;
  const std::string name_;
};

using TestFeed = pipeline::Feed<media::VideoSource, Wanted>;

constexpr Time kWait = 20ms;  // of a read for which there is nothing

struct Fixture {
  Machine machine;
  std::vector<std::string> told;
  TestFeed feed;

  explicit Fixture(bool goes_on = true) : feed({"camera"}, opener(), goes_on ? events() : TestFeed::Events{}) {
    machine.plug("camera");
  }
  TestFeed::Open opener() {
    return [this](Wanted& wanted, std::stop_token) { return std::make_unique<UnpluggableSource>(machine, wanted); };
  }
  TestFeed::Events events() {
    return {.lost = [this](const Error& error) { told.push_back("lost " + error.device); },
            .back = [this](const std::string& device, Time) { told.push_back("back " + device); }};
  }
  /// Reads until a frame comes that is right.
  template <class Right>
  void read_until(Right right) {
    for (;;) {
      const auto frame = feed.read({}, media::monotonic_now() + kWait);
      if (frame) feed.confirm();
      if (right(frame)) return;
    }
  }
};

const auto any = [](const auto& frame) { return frame.has_value(); };
const auto none = [](const auto& frame) { return !frame.has_value(); };

}  // namespace

TEST_SUITE_BEGIN("feed");

TEST_CASE("a device that is unplugged and plugged in again") {
  Fixture test;
  test.feed.open({});
  test.read_until(any);
  for (int round = 0; round < 3; ++round) {
    test.told.clear();
    test.machine.unplug("camera");
    test.read_until(none);
    CHECK(test.feed.lost());
    CHECK(!test.feed.ended());
    CHECK(test.told == std::vector<std::string>{"lost camera"});
    CHECK_FALSE(test.feed.read({}, media::monotonic_now() + 30ms));  // returns in time although there is nothing to wait for
    test.machine.plug("camera");
    test.read_until(any);
    CHECK(test.told == std::vector<std::string>{"lost camera", "back camera"});
  }
  CHECK(test.feed.generation() == 3);
}

TEST_CASE("what stands for the wanted device is another: it is read without a pause, and told") {
  DefaultSource::Machine machine;
  std::vector<std::string> told;
  pipeline::Feed<media::AudioSource, int> feed(
      0, [&](int&, std::stop_token) { return std::make_unique<DefaultSource>(machine); },
      {.changed = [&](const std::string& device, const std::string& previous) { told.push_back(previous + " -> " + device); }});
  feed.open({});
  const auto read_until = [&](const auto& done) {
    test::until([&] {
      CHECK(feed.present());
      feed.read({}, media::monotonic_now() + 20ms);
      return done();
    });
  };
  read_until([] { return true; });
  machine.chosen = "headset";
  read_until([&] { return !told.empty(); });
  CHECK(feed.source().opened().device == "headset");
  CHECK(feed.generation() == 1);
  // What cannot be opened is tried again, while the present one goes on; one that is the default again is not left.
  machine.broken = true;
  machine.chosen = "television";
  const int before = machine.opened;
  read_until([&] { return machine.opened >= before + 2; });
  machine.chosen = "headset";
  read_until([&] { return !feed.source().superseded(); });
  machine.broken = false;
  machine.chosen = "speakers";
  read_until([&] { return told.size() == 2; });
  CHECK(told == std::vector<std::string>{"speakers -> headset", "headset -> speakers"});
  feed.close();
  CHECK(machine.present == 0);
}

TEST_CASE("a device that can be opened again but gives nothing is not back") {
  Fixture test;
  test.feed.open({});
  test.machine.unplug("camera");
  test.read_until(none);
  const int opened = test.machine.opened;
  {
    const std::lock_guard lock(test.machine.mutex);
    test.machine.plugged.insert("camera");
    test.machine.silent = true;
  }
  test.read_until([&](const auto&) { return test.machine.opened >= opened + 2; });
  CHECK(test.told == std::vector<std::string>{"lost camera"});
  test.machine.silent = false;
  test.read_until(any);
  CHECK(test.told == std::vector<std::string>{"lost camera", "back camera"});
}

TEST_CASE("where a loss is not forgiven, reading throws it") {
  Fixture test(false);
  test.feed.open({});
  test.machine.unplug("camera");
  CHECK_THROWS_AS(test.read_until(none), Error);
}

TEST_CASE("another source takes over without a pause in which nothing can be read") {
  Fixture test;
  test.machine.plug("screen");
  test.feed.open({});
  std::optional<Error> failure;
  std::atomic<int> answers = 0;
  const auto answer = [&](std::optional<Error> error) {
    failure = std::move(error);
    ++answers;
  };
  bool free = false;
  test.feed.replace({"screen", 640}, [&](std::optional<Error> error) {
    {
      const std::lock_guard lock(test.machine.mutex);
      free = !test.machine.used.contains("camera");
    }
    answer(std::move(error));
  });
  test.read_until([](const auto& frame) { return frame && frame->width == 640; });
  test.read_until([&](const auto&) { return answers == 1; });
  CHECK_FALSE(failure);
  CHECK(free);
  CHECK(test.told.empty());

  SUBCASE("one that cannot be opened leaves the present one in place") {
    test.feed.replace({"nothing"}, answer);
    test.read_until([&](const auto& frame) {
      CHECK((!frame || frame->width == 640));
      return answers == 2;
    });
    REQUIRE(failure);
    CHECK(failure->code == Code::kDeviceNotFound);
    test.read_until([](const auto& frame) { return frame && frame->width == 640; });
  }
  SUBCASE("the same device in another mode is closed before it is opened") {
    test.feed.replace({"screen", 1280}, answer);
    test.read_until([&](const auto& frame) { return answers == 2 && frame && frame->width == 1280; });
    CHECK_FALSE(failure);
  }
  SUBCASE("in the order in which they were asked for") {
    test.feed.replace({"camera"}, answer);
    test.feed.replace({"screen", 1280}, answer);
    test.read_until([&](const auto& frame) { return answers == 3 && frame && frame->width == 1280; });
  }
}

TEST_CASE("who has replaced a source is told when it is closed, and not before") {
  Fixture test;
  test.machine.plug("screen");
  test.feed.open({});
  test.machine.stuck = true;
  std::atomic<int> answers = 0, refused = 0;
  const auto answer = [&](std::optional<Error> error) {
    refused += error.has_value();
    ++answers;
  };
  test.feed.replace({"screen", 640}, answer);
  test.read_until([](const auto& frame) { return frame && frame->width == 640; });
  const auto let_go = [&] {
    test.machine.stuck = false;
    test.machine.stuck.notify_all();
  };
  for (int i = 0; i < 20; ++i) {
    test.read_until(any);
    CHECK(answers == 0);
  }
  SUBCASE("while the new one is read") {
    let_go();
    test.read_until([&](const auto&) { return answers == 1; });
  }
  SUBCASE("by the end of the feed, if that comes first") {
    std::jthread later([&] {
      std::this_thread::sleep_for(5ms);
      let_go();
    });
    test.feed.close();
  }
  CHECK(answers == 1);
  CHECK(refused == 0);
}

TEST_CASE("a source that was opened and not read before the end is closed when that is told") {
  Fixture test;
  test.machine.plug("screen");
  test.feed.open({});
  test.machine.at_end = true;
  bool free = false;
  test.feed.replace({"screen"}, [&](std::optional<Error> error) {
    const std::lock_guard lock(test.machine.mutex);
    free = error && !test.machine.used.contains("screen");
  });
  while (test.machine.opened < 2) std::this_thread::yield();
  test.feed.finish();
  CHECK(free);
}

TEST_CASE("another source takes the place of a lost device, which is then not looked for any more") {
  Fixture test;
  test.machine.plug("screen");
  test.feed.open({});
  test.machine.unplug("camera");
  test.read_until(none);
  std::atomic<int> answers = 0;
  test.feed.replace({"screen", 640}, [&](std::optional<Error>) { ++answers; });
  test.read_until([](const auto& frame) { return frame && frame->width == 640; });
  const int opened = test.machine.opened;
  test.machine.plug("camera");
  const Time end = media::monotonic_now() + 700ms;
  test.read_until([&](const auto&) { return media::monotonic_now() > end; });
  CHECK(test.machine.opened == opened);
  CHECK(test.told == std::vector<std::string>{"lost camera"});
}

TEST_CASE("a device used by another program is asked for, and the present one comes back when it stays refused") {
  Fixture test;
  test.machine.plug("screen");
  UnpluggableSource other(test.machine, {"screen"});
  test.feed.open({});
  std::optional<Error> failure;
  std::atomic<bool> answered = false;
  test.feed.replace({"screen"}, [&](std::optional<Error> error) {
    failure = std::move(error);
    answered = true;
  });
  test.read_until([&](const auto&) { return answered.load(); });
  REQUIRE(failure);
  CHECK(failure->code == Code::kDeviceBusy);
  test.read_until(any);
  CHECK(test.told.empty());
}

TEST_CASE("an input at its end waits for what is to replace it") {
  Fixture test;
  test.machine.plug("screen");
  test.feed.open({});
  test.machine.at_end = true;
  test.read_until(none);
  CHECK(test.feed.ended());
  std::atomic<int> answers = 0;
  test.machine.slow = true;
  test.feed.replace({"screen", 640}, [&](std::optional<Error>) { ++answers; });
  const Time began = media::monotonic_now();
  int reads = 0;
  test.read_until([&](const auto& frame) {
    CHECK_FALSE(test.feed.ended());
    ++reads;
    return frame.has_value();
  });
  CHECK(reads <= (media::monotonic_now() - began) / kWait + 2);  // each has waited
  test.read_until([&](const auto&) { return answers == 1; });
}

TEST_CASE("who wants to replace an input that has ended is told that it is too late") {
  Fixture test;
  test.machine.plug("screen");
  test.feed.open({});
  test.machine.at_end = true;
  test.read_until(none);
  REQUIRE(test.feed.ended());
  std::atomic<int> refused = 0;
  const auto refuse = [&](std::optional<Error> error) { refused += error.has_value(); };
  test.machine.slow = true;
  test.feed.replace({"screen"}, refuse);
  test.feed.replace({"screen"}, refuse);
  test.feed.finish();
  CHECK(refused == 2);
  test.feed.replace({"screen"}, refuse);
  CHECK(refused == 3);
}

TEST_CASE("a device that gives nothing of use is lost, and not back before it does") {
  Fixture test;
  test.feed.open({});
  test.feed.confirm();
  REQUIRE(test.feed.read({}, media::kForever));
  for (int round = 0; round < 2; ++round) {
    test.feed.give_up(Error(Code::kDeviceLost, "rubbish").with_device("camera"));
    CHECK(test.feed.lost());
    while (!test.feed.read({}, media::monotonic_now() + 20ms)) {}
  }
  CHECK(test.told == std::vector<std::string>{"lost camera"});
  test.feed.confirm();
  CHECK(test.told == std::vector<std::string>{"lost camera", "back camera"});
}

TEST_CASE("a stop ends the wait for a lost device, and so does the end of the feed") {
  Fixture test;
  test.feed.open({});
  test.machine.unplug("camera");
  test.read_until(none);
  std::stop_source stop;
  std::jthread stopper([&stop] {
    std::this_thread::sleep_for(20ms);
    stop.request_stop();
  });
  CHECK_FALSE(test.feed.read(stop.get_token(), media::kForever));
  test.feed.close();
}

TEST_SUITE_END();
