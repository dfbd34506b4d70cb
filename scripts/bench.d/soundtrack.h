// The sound of one run, kept as it came and searched for chirps afterwards, so that the search takes no time from the run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bench {

class Soundtrack {
 public:
  void set_configuration(std::span<const uint8_t> bytes) { configuration_.assign(bytes.begin(), bytes.end()); }
  void add(int64_t timestamp_ms, int64_t arrived_us, std::span<const uint8_t> frame);

  struct Chirp {
    double timestamp_ms;  // of its first sample, on the stream's clock
    double likeness;      // 1: exactly the chirp
    int64_t arrived_us;   // when the packet that begins it was there
  };
  /// Decodes everything and finds each chirp. A sound packet's first decoded sample is at the packet's timestamp, as in a player.
  std::vector<Chirp> find_chirps() const;

 private:
  struct Packet {
    int64_t timestamp_ms;
    int64_t arrived_us;
    std::vector<uint8_t> bytes;
  };
  std::vector<uint8_t> configuration_;
  std::vector<Packet> packets_;
};

}  // namespace bench
