#include "aac-floor.h"

#include <dlfcn.h>

#include <stdexcept>
#include <string>

#include "chirp.h"

namespace bench {
namespace {

// As faaccfg.h of libfaac 1.30 has it, packed, up to the members set here; the library keeps the rest.
#pragma pack(push, 1)
struct Configuration {
  int version;
  const char* name;
  const char* copyright;
  unsigned mpeg_version, object_type, joint_mode, use_lfe, use_tns;
  unsigned long bit_rate;
  unsigned bandwidth;
  unsigned long quality;
  unsigned output_format;
  const void* psychoacoustics;
  unsigned psychoacoustics_index;
  unsigned input_format;
};
#pragma pack(pop)
constexpr unsigned kMpeg4 = 0, kLow = 2, kMidSide = 1, kRaw = 0, kFloat = 4;

}  // namespace

AacFloor::AacFloor(const char* library, int bit_rate) : library_(dlopen(library, RTLD_NOW)) {
  if (!library_) throw std::runtime_error(dlerror());
  auto find = [this]<typename Function>(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(dlsym(library_, name));
    if (!function) throw std::runtime_error(std::string("libfaac lacks ") + name);
  };
  void* (*open)(unsigned long, unsigned, unsigned long*, unsigned long*);
  Configuration* (*get)(void*);
  int (*set)(void*, Configuration*);
  find(open, "faacEncOpen");
  find(get, "faacEncGetCurrentConfiguration");
  find(set, "faacEncSetConfiguration");
  find(encode_, "faacEncEncode");
  find(close_, "faacEncClose");

  unsigned long output_bytes = 0;
  encoder_ = open(kSampleRate, 2, &input_samples_, &output_bytes);
  Configuration* configuration = get(encoder_);
  configuration->mpeg_version = kMpeg4;
  configuration->object_type = kLow;
  configuration->joint_mode = kMidSide;
  configuration->use_lfe = configuration->use_tns = 0;
  configuration->bandwidth = 0;
  configuration->quality = 0;
  configuration->bit_rate = static_cast<unsigned long>(bit_rate) / 2;
  configuration->output_format = kRaw;
  configuration->input_format = kFloat;
  if (!set(encoder_, configuration)) throw std::runtime_error("libfaac refused the settings");
  out_.resize(output_bytes);
  sound_.resize(size_t{kSampleRate} * 2);  // a second: a chirp, then silence
  const std::vector<float> chirp = make_chirp();
  for (size_t i = 0; i < chirp.size(); ++i) sound_[2 * i] = sound_[2 * i + 1] = 32'767 * chirp[i];
  sound_.resize(sound_.size() + input_samples_);
}

AacFloor::~AacFloor() {
  close_(encoder_);
  dlclose(library_);
}

void AacFloor::encode_until(int64_t samples) {
  const auto frame = static_cast<int64_t>(input_samples_) / 2;
  for (; encoded_ + frame <= samples; encoded_ += frame) {
    const auto offset = static_cast<size_t>(2 * (encoded_ % kSampleRate));
    encode_(encoder_, reinterpret_cast<int32_t*>(&sound_[offset]), static_cast<unsigned>(input_samples_), out_.data(),
            static_cast<unsigned>(out_.size()));
  }
}

}  // namespace bench
