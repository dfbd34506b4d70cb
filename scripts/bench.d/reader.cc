// reader URL: a viewer that is already there when the stream begins. Decodes each picture as it arrives and prints, a line each:
//   playing                                   the server let it play
//   frame ARRIVED DECODED TIMESTAMP MARK KEY  microseconds of CLOCK_MONOTONIC (twice), presentation time in RTMP milliseconds,
//                                             the mark's milliseconds of CLOCK_MONOTONIC (-1: unreadable), 1 for a keyframe
//   chirp ARRIVED TIMESTAMP LIKENESS          after SIGTERM or the connection's end, for each beep found in the sound
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>

#include "decoder.h"
#include "mark.h"
#include "monotonic.h"
#include "player.h"
#include "soundtrack.h"

namespace {

/// A video tag's composition time offset: 24 bits, signed, milliseconds.
int64_t composition_offset(std::span<const uint8_t> body) {
  return static_cast<int32_t>(uint32_t{body[2]} << 24 | uint32_t{body[3]} << 16 | uint32_t{body[4]} << 8) >> 8;
}

int64_t mark_in(const bench::Decoder::Luma& luma, int64_t now_us) {
  if (luma.width < bench::kMarkWidth || luma.height < bench::kMarkHeight) return -1;
  uint32_t mark = 0;
  for (int bit = 0; bit < bench::kMarkBits; ++bit) {
    int sum = 0;
    for (int y = 4; y < 12; ++y)
      for (int x = 4; x < 12; ++x) sum += luma.pixels[y * luma.stride + bit * bench::kMarkBlock + x];
    if (sum > 64 * 125) mark |= 1u << bit;
  }
  const std::optional<uint32_t> clock = bench::read_mark(mark);
  return clock ? bench::unwrap_mark(*clock, now_us / 1000) : -1;
}

void print_frame(int64_t arrived, int64_t timestamp, const bench::Decoder::Luma& luma, bool keyframe) {
  const long long decoded = bench::now_us();
  const long long mark = mark_in(luma, decoded);
  std::printf("frame %lld %lld %lld %lld %d\n", static_cast<long long>(arrived), decoded, static_cast<long long>(timestamp), mark,
              keyframe);
  std::fflush(stdout);
}

void read_stream(const char* url) {
  bench::Player player(url);
  std::puts("playing");
  std::fflush(stdout);
  std::optional<bench::Decoder> pictures;
  bench::Soundtrack soundtrack;
  while (std::optional<bench::Player::Tag> tag = player.next()) {
    const int64_t arrived = bench::now_us();
    const auto body = tag->body;
    if (tag->video) {
      if (body.size() < 6) continue;
      if (body[1] == 0) {
        pictures.emplace(bench::Decoder::Codec::kAvc, body.subspan(5));
      } else if (body[1] == 1 && pictures) {
        const bench::Decoder::Luma luma = pictures->picture(body.subspan(5));
        if (luma.pixels) print_frame(arrived, tag->timestamp + composition_offset(body), luma, body[0] >> 4 == 1);
      }
    } else if (body[0] >> 4 == 10) {
      if (body[1] == 0) soundtrack.set_configuration(body.subspan(2));
      else soundtrack.add(tag->timestamp, arrived, body.subspan(2));
    }
  }
  for (const auto& chirp : soundtrack.find_chirps()) {
    std::printf("chirp %lld %.3f %.3f\n", static_cast<long long>(chirp.arrived_us), chirp.timestamp_ms, chirp.likeness);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: reader URL\n");
    return 2;
  }
  struct sigaction action{};
  action.sa_handler = [](int) { bench::Player::end(); };
  sigaction(SIGTERM, &action, nullptr);  // without SA_RESTART: the wait for the server ends
  sigaction(SIGINT, &action, nullptr);
  read_stream(argv[1]);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "reader: %s\n", error.what());
  return 1;
}
