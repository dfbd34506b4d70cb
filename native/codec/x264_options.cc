#include "codec/x264_options.h"

#include <algorithm>
#include <string>

namespace codec {
namespace {

constexpr const char* kFiles = "live means one pass, without files";
constexpr const char* kOpenCl = "OpenCL keeps its programs in a file of the working directory, and prints";
constexpr const char* kNobodyReads = "x264's own log is not shown";
constexpr const char* kIntra = "AVC-Intra is a format of recorders, not of players";

/// What x264_param_parse() knows. Values are looked at when it has parsed them.
constexpr X264Option kOptions[] = {
    // The process
    {"asm", nullptr},
    {"cpu-independent", nullptr},
    {"deterministic", nullptr},
    {"n-deterministic", nullptr},  // "non-deterministic"
    {"threads", nullptr},
    {"lookahead-threads", nullptr},
    {"sliced-threads", nullptr},
    {"sync-lookahead", nullptr},
    {"opencl", kOpenCl},
    {"opencl-clbin", kOpenCl},
    {"opencl-device", kOpenCl},
    // Files and logs
    {"cqmfile", "it reads a file; cqm4 and cqm8 take the numbers themselves"},
    {"dump-yuv", kFiles},
    {"pass", kFiles},
    {"stats", kFiles},
    {"log", kNobodyReads},
    {"psnr", kNobodyReads},
    {"ssim", kNobodyReads},
    // What is announced of the stream
    {"level", nullptr},
    {"level-idc", nullptr},
    {"avcintra-class", kIntra},
    {"avcintra-flavor", kIntra},
    {"bluray-compat", nullptr},
    {"sar", nullptr},
    {"overscan", nullptr},
    {"videoformat", nullptr},
    {"fullrange", nullptr},
    {"colorprim", nullptr},
    {"transfer", nullptr},
    {"colormatrix", nullptr},
    {"chromaloc", nullptr},
    {"mastering-display", nullptr},
    {"cll", nullptr},
    {"alternative-transfer", nullptr},
    {"crop-rect", nullptr},
    {"frame-packing", nullptr},
    {"sps-id", nullptr},
    {"aud", nullptr},
    {"annexb", nullptr},
    {"repeat-headers", nullptr},
    {"global-header", nullptr},
    {"nal-hrd", nullptr},
    {"filler", nullptr},
    {"pic-struct", nullptr},
    {"stitchable", nullptr},
    // Time
    {"fps", nullptr},
    {"force-cfr", nullptr},
    {"interlaced", nullptr},
    {"tff", nullptr},
    {"bff", nullptr},
    {"fake-interlaced", nullptr},
    // Which pictures are of which type
    {"keyint", nullptr},
    {"min-keyint", nullptr},
    {"keyint-min", nullptr},
    {"scenecut", nullptr},
    {"intra-refresh", nullptr},
    {"open-gop", nullptr},
    {"bframes", nullptr},
    {"b-adapt", nullptr},
    {"b-bias", nullptr},
    {"b-pyramid", nullptr},
    {"ref", nullptr},
    {"frameref", nullptr},
    {"dpb-size", nullptr},
    {"weightb", nullptr},
    {"weight-b", nullptr},
    {"weightp", nullptr},
    // Slices and coding
    {"slices", nullptr},
    {"slices-max", nullptr},
    {"slice-max-size", nullptr},
    {"slice-max-mbs", nullptr},
    {"slice-min-mbs", nullptr},
    {"cabac", nullptr},
    {"cabac-idc", nullptr},
    {"constrained-intra", nullptr},
    {"nf", nullptr},
    {"filter", nullptr},
    {"deblock", nullptr},
    {"8x8dct", nullptr},
    {"cqm", nullptr},
    {"cqm4", nullptr},
    {"cqm4i", nullptr},
    {"cqm4p", nullptr},
    {"cqm4iy", nullptr},
    {"cqm4ic", nullptr},
    {"cqm4py", nullptr},
    {"cqm4pc", nullptr},
    {"cqm8", nullptr},
    {"cqm8i", nullptr},
    {"cqm8p", nullptr},
    // Analysis
    {"analyse", nullptr},
    {"partitions", nullptr},
    {"direct", nullptr},
    {"direct-pred", nullptr},
    {"chroma-qp-offset", nullptr},
    {"hdr-opt", nullptr},
    {"me", nullptr},
    {"merange", nullptr},
    {"me-range", nullptr},
    {"mvrange", nullptr},
    {"mv-range", nullptr},
    {"mvrange-thread", nullptr},
    {"mv-range-thread", nullptr},
    {"subme", nullptr},
    {"subq", nullptr},
    {"psy", nullptr},
    {"psy-rd", nullptr},
    {"chroma-me", nullptr},
    {"mixed-refs", nullptr},
    {"trellis", nullptr},
    {"fast-pskip", nullptr},
    {"dct-decimate", nullptr},
    {"deadzone-inter", nullptr},
    {"deadzone-intra", nullptr},
    {"nr", nullptr},
    // Rate control
    {"bitrate", nullptr},
    {"qp", nullptr},
    {"crf", nullptr},
    {"crf-max", nullptr},
    {"rc-lookahead", nullptr},
    {"mbtree", nullptr},
    {"qpmin", nullptr},
    {"qp-min", nullptr},
    {"qpmax", nullptr},
    {"qp-max", nullptr},
    {"qpstep", nullptr},
    {"qp-step", nullptr},
    {"ratetol", nullptr},
    {"vbv-maxrate", nullptr},
    {"vbv-bufsize", nullptr},
    {"vbv-init", nullptr},
    {"ipratio", nullptr},
    {"ip-factor", nullptr},
    {"pbratio", nullptr},
    {"pb-factor", nullptr},
    {"aq-mode", nullptr},
    {"aq-strength", nullptr},
    {"qcomp", nullptr},
    {"qblur", nullptr},
    {"cplxblur", nullptr},
    {"cplx-blur", nullptr},
    {"zones", "a live stream has no frame numbers to tie a quantizer or other options to"},
};

}  // namespace

const X264Option* x264_option(std::string_view given) {
  std::string name(given);
  std::ranges::replace(name, '_', '-');
  if (name.starts_with("no")) name.erase(0, name.starts_with("no-") ? 3 : 2);
  const auto found = std::ranges::find(kOptions, std::string_view(name), &X264Option::name);
  return found == std::ranges::end(kOptions) ? nullptr : &*found;
}

}  // namespace codec
