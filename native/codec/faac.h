// One open encoder of libfaac, of either generation, behind one interface: blocks of sound in, raw AAC-LC packets out. Private
// to this room. An object is used by one thread; it calls into the library that its opener was given, which must outlive it.
#pragma once

#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "codec/codec.h"
#include "media/error.h"

namespace codec {

inline constexpr size_t kFaacBlock = 1024;  // samples of each channel

class FaacStream {
 public:
  virtual ~FaacStream() = default;
  /// AudioSpecificConfig.
  virtual std::span<const uint8_t> configuration() const = 0;
  /// No packet is larger, in bytes.
  virtual size_t packet_limit() const = 0;
  /// Samples by which the decoded sound is late: the first packet decodes to what lies this far before the first sample.
  virtual int priming() const = 0;
  /// Takes one whole block, within ±32768 (or nothing, to flush), and writes the next packet. Returns its size; 0: none yet.
  virtual size_t encode(std::span<float> block, std::span<uint8_t> packet) = 0;
};

/// For a library that has the functions of libfaac 1.x, and of 2.x. They throw ERR_ENCODER_OPEN.
std::unique_ptr<FaacStream> open_faac_1(void* library, const FaacSettings& settings);
std::unique_ptr<FaacStream> open_faac_2(void* library, const FaacSettings& settings);

/// "1.30", "2.2.0".
std::string faac_1_version(void* library);
std::string faac_2_version(void* library);

/// A function of the library. Throws ERR_ENCODER_OPEN when it lacks it.
template <class Function>
Function* faac_symbol(void* library, const char* name) {
  void* const found = dlsym(library, name);
  if (!found) {
    throw media::Error(media::Code::kEncoderOpen,
                       std::string("this libfaac has no ") + name + "(): install another version of it");
  }
  return reinterpret_cast<Function*>(found);
}

}  // namespace codec
