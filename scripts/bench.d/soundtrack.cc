#include "soundtrack.h"

#include <algorithm>
#include <cmath>

#include "chirp.h"
#include "decoder.h"

namespace bench {
namespace {

struct Piece {
  size_t begin;
  int64_t timestamp_ms;
  int64_t arrived_us;
};

double likeness_at(const std::vector<float>& sound, size_t begin, const std::vector<float>& chirp) {
  double product = 0, energy = 0, own = 0;
  for (size_t i = 0; i < chirp.size(); ++i) {
    const double sample = sound[begin + i];
    product += sample * chirp[i];
    energy += sample * sample;
    own += double(chirp[i]) * chirp[i];
  }
  return energy > 0 ? product / std::sqrt(energy * own) : 0;
}

Soundtrack::Chirp chirp_at(size_t sample, double likeness, const std::vector<Piece>& pieces) {
  auto begins_after = [](size_t at, const Piece& piece) { return at < piece.begin; };
  const Piece& piece = *std::prev(std::upper_bound(pieces.begin(), pieces.end(), sample, begins_after));
  const double within = static_cast<double>(sample - piece.begin) * 1000.0 / kSampleRate;
  return {static_cast<double>(piece.timestamp_ms) + within, likeness, piece.arrived_us};
}

}  // namespace

void Soundtrack::add(int64_t timestamp_ms, int64_t arrived_us, std::span<const uint8_t> frame) {
  packets_.push_back({timestamp_ms, arrived_us, {frame.begin(), frame.end()}});
}

std::vector<Soundtrack::Chirp> Soundtrack::find_chirps() const {
  std::vector<Chirp> found;
  if (packets_.empty() || configuration_.empty()) return found;
  Decoder decoder(Decoder::Codec::kAac, configuration_);
  std::vector<float> sound;
  std::vector<Piece> pieces;
  for (const Packet& packet : packets_) {
    pieces.push_back({sound.size(), packet.timestamp_ms, packet.arrived_us});
    const std::vector<float> samples = decoder.sound(packet.bytes);
    sound.insert(sound.end(), samples.begin(), samples.end());
  }
  const std::vector<float> chirp = make_chirp();
  constexpr size_t kMargin = kSampleRate / 25;  // a chirp is audible within its first 40 ms, and smeared by less than that
  for (size_t i = kMargin; i + 2 * kMargin + chirp.size() < sound.size(); ++i) {
    if (std::fabs(sound[i]) < 0.2f) continue;
    size_t best = i;
    double most = 0;
    for (size_t begin = i - kMargin; begin < i + kMargin; ++begin) {
      const double likeness = likeness_at(sound, begin, chirp);
      if (likeness > most) {
        most = likeness;
        best = begin;
      }
    }
    if (most > 0.7) found.push_back(chirp_at(best, most, pieces));
    i += chirp.size() + kMargin;
  }
  return found;
}

}  // namespace bench
