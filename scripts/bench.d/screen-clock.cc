// screen-clock DISPLAY SINK: fills an X screen with moving pictures, paints the clock mark on it 500 times a second, and plays a
// chirp through PulseAudio so that its first sample leaves the sink at each full second of the same clock. Runs until SIGTERM;
// then says how true it was, as one line of JSON.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "beeper.h"
#include "monotonic.h"
#include "painting.h"

namespace {

volatile std::sig_atomic_t stopped = 0;

constexpr int64_t kTick = 2'000;  // microseconds
constexpr int kTicksPerPicture = 8;

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fprintf(stderr, "usage: screen-clock DISPLAY SINK\n");
    return 2;
  }
  std::signal(SIGTERM, [](int) { stopped = 1; });
  std::signal(SIGINT, [](int) { stopped = 1; });

  bench::Painting painting(argv[1]);
  bench::Beeper beeper(argv[2]);
  std::puts("ready");
  std::fflush(stdout);

  int64_t ticks = 0, late = 0, longest = 0;
  double total = 0;
  for (int64_t tick = bench::now_us() / kTick + 1; !stopped; ++tick) {
    bench::sleep_until_us(tick * kTick);
    if (tick % kTicksPerPicture == 0) painting.move();
    const int64_t paint_time = painting.show_clock();
    total += static_cast<double>(paint_time);
    if (paint_time > longest) longest = paint_time;
    const int64_t now = bench::now_us() / kTick;
    if (now > tick) {
      late += now - tick;
      tick = now;
    }
    ++ticks;
  }
  if (ticks == 0) ticks = 1;
  std::printf("{\"ticks\":%lld,\"missedTicks\":%lld,\"paintMean\":%.0f,\"paintMax\":%lld,\"beeps\":%d,\"beepSpread\":%lld}\n",
              static_cast<long long>(ticks), static_cast<long long>(late), total / static_cast<double>(ticks),
              static_cast<long long>(longest), beeper.beeps(), static_cast<long long>(beeper.spread_us()));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "screen-clock: %s\n", error.what());
  return 1;
}
