// The door to the encoders.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "media/stages.h"

namespace codec {

struct X264Settings {
  int width;
  int height;
  media::Rational frame_rate;
  int bitrate;               // bit/s
  double keyframe_interval;  // seconds
  std::string preset;
  std::string tune;     // empty: none
  std::string profile;  // empty: what the settings need
  int b_frames;         // -1: as preset and tune say
  int threads;          // 0: x264 decides
  bool bt709;           // the matrix the pictures were made with: BT.709, else BT.601; limited range always
  std::vector<std::pair<std::string, std::string>> extra;  // any x264 option by its own name
};

/// Throws ERR_ENCODER_OPEN, naming the option that x264 refused.
std::unique_ptr<media::VideoEncoder> open_x264(const X264Settings& settings);

struct FaacSettings {
  int sample_rate;
  int channels;
  int bitrate;  // bit/s, of all channels together
};

/// AAC-LC. Loads libfaac, of either generation, at the first call; throws ERR_ENCODER_OPEN naming the package that brings it.
std::unique_ptr<media::AudioEncoder> open_faac(const FaacSettings& settings);

/// "faac 2.2 (libfaac.so.2)" and the like; empty when no libfaac is found.
std::string faac_version();
std::string x264_version();

}  // namespace codec
