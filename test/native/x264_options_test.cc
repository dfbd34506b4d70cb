// Every option of x264, given anything: it works or is refused in words. In child processes, because what is looked for ends one.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "child.h"
#include "codec/codec.h"
#include "codec/x264_options.h"
#include "media/error.h"
#include "x264_pictures.h"

namespace {

// x264_param_parse() of x264 164, and names that are none.
constexpr const char* kNames[] = {
    "asm", "no-asm", "threads", "lookahead-threads", "sliced-threads", "sync-lookahead", "deterministic", "non-deterministic",
    "cpu-independent", "level", "level-idc", "bluray-compat", "avcintra-class", "avcintra-flavor", "sar", "overscan", "videoformat",
    "fullrange", "colorprim", "transfer", "colormatrix", "chromaloc", "mastering-display", "cll", "alternative-transfer", "fps", "ref",
    "frameref", "dpb-size", "keyint", "min-keyint", "keyint-min", "scenecut", "intra-refresh", "bframes", "b-adapt", "b-bias",
    "b-pyramid", "open-gop", "nf", "filter", "deblock", "slice-max-size", "slice-max-mbs", "slice-min-mbs", "slices", "slices-max",
    "cabac", "cabac-idc", "interlaced", "tff", "bff", "constrained-intra", "cqm", "cqmfile", "cqm4", "cqm8", "cqm4i", "cqm4p", "cqm4iy",
    "cqm4ic", "cqm4py", "cqm4pc", "cqm8i", "cqm8p", "log", "dump-yuv", "analyse", "partitions", "8x8dct", "weightb", "weight-b",
    "weightp", "direct", "direct-pred", "chroma-qp-offset", "hdr-opt", "me", "merange", "me-range", "mvrange", "mv-range",
    "mvrange-thread", "mv-range-thread", "subme", "subq", "psy-rd", "psy", "chroma-me", "mixed-refs", "trellis", "fast-pskip",
    "dct-decimate", "deadzone-inter", "deadzone-intra", "nr", "bitrate", "qp", "qp_constant", "crf", "crf-max", "rc-lookahead", "qpmin",
    "qp-min", "qpmax", "qp-max", "qpstep", "qp-step", "ratetol", "vbv-maxrate", "vbv-bufsize", "vbv-init", "ipratio", "ip-factor",
    "pbratio", "pb-factor", "aq-mode", "aq-strength", "pass", "stats", "qcomp", "mbtree", "qblur", "cplxblur", "cplx-blur", "zones",
    "crop-rect", "psnr", "ssim", "aud", "sps-id", "global-header", "repeat-headers", "annexb", "force-cfr", "nal-hrd", "filler",
    "pic-struct", "fake-interlaced", "frame-packing", "stitchable", "opencl", "opencl-clbin", "opencl-device", "no-mbtree", "nopsy",
    "b_adapt", "", "no", "no-", "_", "psz_dump_yuv", "qpfile", "help", "output", "%s%n"};

constexpr const char* kValues[] = {
    "", "0", "1", "2", "3", "-1", "7", "16", "100", "1000000", "2147483647", "-2147483648", "4294967295", "99999999999999999999", "0.001",
    "1e-30", "1e9", "1e38", "1e400", "-1e38", "nan", "-nan", "inf", "-inf", "true", "false", "auto", "none", "all", "x", "%s%n%n%n",
    "=", "=5", "1:1", "-2147483648:2147483647", "0/0", "1/0", "nan:nan", "1e38:1e38", "1,1,1,1", "4294967295,4294967295,4294967295,4294967295",
    "-1,-1,-1,-1", "/dev/zero", "/dev/tty", "/etc/passwd", "written", "written.log", "jvt", "flat", "tesa", "infinite", "1b", "smpte2084",
    "AVX512", "SSE2,AVX512", "G(1,1)B(1,1)R(1,1)WP(1,1)L(9223372036854775807,-9223372036854775808)",
    "0,10,q=1", "0,1,asm=4294967295", "0,2147483647,b=nan", "0,10,b=1e38/1,2,q=99", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"};

/// What one option made of all the values.
struct Trial {
  std::string ended;    // "": as it should; else how, and at which value
  std::string printed;  // by stdout and stderr
  size_t files = 0;     // that it left
  long megabytes = 0;
};

void attempt(const std::string& name, const std::string& value, const std::string& profile, const std::string& tune) {
  auto wanted = settings();
  wanted.width = 96;
  wanted.height = 64;
  wanted.profile = profile;
  wanted.tune = tune;
  wanted.threads = 0;
  wanted.extra = {{name, value}};
  try {
    const auto encoder = codec::open_x264(wanted);
    Picture picture(PixelFormat::kI420, 96, 64);
    std::vector<media::Packet> packets;
    for (int number = 0; number < 12; ++number) {
      if (number == 6) encoder->set_bitrate(100'000);
      encoder->encode(picture.at(number, capture_time(number)), number == 9, packets);
    }
    while (encoder->flush(packets)) {}
  } catch (const media::Error&) {
  }
}

Trial trial(const std::string& name) {
  const test::Folder folder;
  const std::string output = folder.path() + "/output";
  const std::string work = folder.path() + "/work";
  std::filesystem::create_directory(work);
  // What the child does at the moment, for when it can say no more.
  constexpr size_t kSize = 256;
  auto* const doing = static_cast<char*>(mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  std::cout.flush();  // the child would have what waits there as its own
  std::fflush(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int file = open(output.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(file, 1);
    dup2(file, 2);
    for (const int number : {SIGSEGV, SIGILL, SIGFPE, SIGABRT, SIGBUS}) signal(number, SIG_DFL);  // doctest's would print
    if (chdir(work.c_str()) != 0) _exit(2);
    for (const char* const value : kValues) {
      std::strncpy(doing, value, kSize - 1);
      alarm(60);  // for each: a hang, not a busy machine
      attempt(name, value, "high", "zerolatency");
      attempt(name, value, "main", "");
    }
    _exit(0);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  Trial result;
  if (WIFSIGNALED(status)) result.ended = std::string(strsignal(WTERMSIG(status))) + " at " + doing;
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) result.ended = "code " + std::to_string(WEXITSTATUS(status)) + " at " + doing;
  munmap(doing, kSize);
  std::ostringstream text;
  text << std::ifstream(output).rdbuf();
  result.printed = text.str();
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(work)) ++result.files;
  result.megabytes = usage.ru_maxrss / 1024;
  return result;
}

}  // namespace

TEST_CASE("x264: no option ends the process, hangs, prints, writes a file or eats the memory") {
  for (const std::string name : kNames) {
    CAPTURE(name);
    const Trial result = trial(name);
    CHECK(result.ended == "");
    CHECK(result.printed == "");
    CHECK(result.files == 0);
    CHECK(result.megabytes < 1000);
  }
}

TEST_CASE("x264: an option is known by all of its spellings, and unknown where x264 does not have it") {
  for (const char* const name : {"b-adapt", "b_adapt", "no-mbtree", "nombtree", "no_mbtree", "nr", "nf", "nal-hrd", "non-deterministic"}) {
    CAPTURE(name);
    CHECK(codec::x264_option(name) != nullptr);
  }
  for (const char* const name : {"", "no", "no-", "n-r", "B-ADAPT", "b-adapt ", "qpfile", "output"}) {
    CAPTURE(name);
    CHECK(codec::x264_option(name) == nullptr);
  }
}
