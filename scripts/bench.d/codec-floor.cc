// codec-floor DISPLAY SECONDS LIBFAAC: what no publisher can save. Thirty times a second it reads the screen, converts it,
// encodes it with x264 and the sound with faac, on one thread and x264's own, and throws the result away. Prints, as one line of
// JSON, the frames, the seconds of CPU that each part took, and the megabytes that were most resident.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include <sys/resource.h>
#include <x264.h>

#include "aac-floor.h"
#include "grabber.h"
#include "monotonic.h"

namespace {

constexpr int kFrameRate = 30, kVideoBitrate = 2'500'000, kAudioBitrate = 128'000, kKeyframeEvery = 60;
constexpr int64_t kSampleRate = 48'000;

class Encoder {
 public:
  Encoder(int width, int height) {
    x264_param_t settings;
    x264_param_default_preset(&settings, "veryfast", "zerolatency");
    settings.i_log_level = X264_LOG_WARNING;
    settings.i_csp = X264_CSP_I420;
    settings.i_width = width;
    settings.i_height = height;
    settings.i_fps_num = kFrameRate;
    settings.i_fps_den = 1;
    settings.i_keyint_max = settings.i_keyint_min = kKeyframeEvery;
    settings.i_scenecut_threshold = 0;
    settings.b_repeat_headers = 0;
    settings.b_annexb = 0;
    settings.rc.i_rc_method = X264_RC_ABR;
    settings.rc.i_bitrate = settings.rc.i_vbv_max_bitrate = settings.rc.i_vbv_buffer_size = kVideoBitrate / 1000;
    x264_param_apply_profile(&settings, "high");
    encoder_ = x264_encoder_open(&settings);
    if (!encoder_) throw std::runtime_error("x264 does not open");
  }
  ~Encoder() { x264_encoder_close(encoder_); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  void encode(bench::Grabber& grabber, int64_t index) {
    x264_picture_t picture, out;
    x264_picture_init(&picture);
    picture.i_pts = index;
    picture.img.i_csp = X264_CSP_I420;
    picture.img.i_plane = 3;
    for (size_t plane = 0; plane < 3; ++plane) {
      picture.img.plane[plane] = grabber.planes()[plane];
      picture.img.i_stride[plane] = grabber.strides()[plane];
    }
    x264_nal_t* units;
    int count;
    if (x264_encoder_encode(encoder_, &units, &count, &picture, &out) < 0) throw std::runtime_error("x264 failed");
  }

 private:
  x264_t* encoder_;
};

int64_t process_cpu() { return bench::nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::fprintf(stderr, "usage: codec-floor DISPLAY SECONDS LIBFAAC\n");
    return 2;
  }
  bench::Grabber grabber(argv[1]);
  Encoder encoder(grabber.width(), grabber.height());
  bench::AacFloor aac(argv[3], kAudioBitrate);
  const int64_t frames = kFrameRate * std::atoll(argv[2]);

  int64_t screen = 0, conversion = 0, x264 = 0, faac = 0;
  auto take = [](int64_t& part, auto&& work) {
    const int64_t before = process_cpu();
    work();
    part += process_cpu() - before;
  };
  const int64_t begin = bench::now_us(), cpu_begin = process_cpu();
  for (int64_t frame = 0; frame < frames; ++frame) {
    bench::sleep_until_us(begin + frame * 1'000'000 / kFrameRate);
    take(screen, [&] { grabber.read(); });
    take(conversion, [&] { grabber.convert(); });
    take(x264, [&] { encoder.encode(grabber, frame); });
    take(faac, [&] { aac.encode_until(frame * kSampleRate / kFrameRate); });
  }
  const int64_t cpu = process_cpu() - cpu_begin;
  auto seconds = [](int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; };
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"frames\":%lld,\"cpu\":%.3f,\"screen\":%.3f,\"conversion\":%.3f,\"x264\":%.3f,\"faac\":%.3f,\"memory\":%.1f}\n",
              static_cast<long long>(frames), seconds(cpu), seconds(screen), seconds(conversion), seconds(x264), seconds(faac),
              static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "codec-floor: %s\n", error.what());
  return 1;
}
