// libfaac in a loop: one frame of 1,024 samples after another, as many as the clock asks for. Owns the library and the encoder.
#pragma once

#include <cstdint>
#include <vector>

namespace bench {

class AacFloor {
 public:
  /// libfaac 1.30's interface; 48 kHz, stereo.
  AacFloor(const char* library, int bit_rate);
  ~AacFloor();
  AacFloor(const AacFloor&) = delete;
  AacFloor& operator=(const AacFloor&) = delete;

  /// Encodes what `samples` of each channel since the beginning make, and not more than that.
  void encode_until(int64_t samples);

 private:
  void* library_;
  void* encoder_;
  int (*encode_)(void*, int32_t*, unsigned, unsigned char*, unsigned);
  int (*close_)(void*);
  std::vector<float> sound_;
  std::vector<unsigned char> out_;
  unsigned long input_samples_ = 0;
  int64_t encoded_ = 0;
};

}  // namespace bench
