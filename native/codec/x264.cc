// The H.264 encoder. Sole includer of x264.h.
#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <mutex>
#include <optional>

extern "C" {
#include <x264.h>
}

#include "codec/avc.h"
#include "codec/c_locale.h"
#include "codec/codec.h"
#include "codec/frame_times.h"
#include "codec/x264_options.h"
#include "media/error.h"

namespace codec {
namespace {

using media::Code;
using media::Error;
using media::Time;

/// x264's last error line. Its own threads may write it too.
class Log {
 public:
  static void write(void* self, int, const char* format, va_list arguments) {
    char line[256];
    std::vsnprintf(line, sizeof line, format, arguments);
    line[std::strcspn(line, "\n")] = '\0';
    auto* const log = static_cast<Log*>(self);
    const std::lock_guard lock(log->mutex_);
    log->line_ = line;
  }
  /// ": " and the line, or nothing.
  std::string reason() {
    const std::lock_guard lock(mutex_);
    return line_.empty() ? line_ : ": " + line_;
  }

 private:
  std::mutex mutex_;
  std::string line_;
};

/// x264 computes with what it is given, and turns the result into an index.
bool has_only_usable_fractions(const x264_param_t& param) {
  const auto& rate = param.rc;
  const auto finite = [](float value) { return std::isfinite(value); };
  return std::ranges::all_of(std::initializer_list<float>{param.analyse.f_psy_rd, param.analyse.f_psy_trellis, rate.f_rf_constant,
                                                          rate.f_rf_constant_max, rate.f_rate_tolerance, rate.f_vbv_buffer_init,
                                                          rate.f_aq_strength, rate.f_qcompress, rate.f_qblur, rate.f_complexity_blur,
                                                          rate.f_ip_factor, rate.f_pb_factor},
                             finite);
}

/// What a setting must not do in this stream; empty when it does none of it. `cpu`: what x264 has found the machine to have.
const char* breach(const x264_param_t& param, const X264Settings& settings, uint32_t cpu) {
  if (param.cpu != cpu && param.cpu != 0) return "x264 uses what this CPU has, or with 0 nothing of it; an instruction that it lacks ends the process";
  if (!has_only_usable_fractions(param)) return "it takes a finite number";
  if (param.psz_cqm_file) return "it takes flat or jvt, no file; cqm4 and cqm8 take the numbers themselves";
  if (param.b_annexb) return "the stream carries AVCC";
  if (param.b_repeat_headers) return "SPS and PPS go into the sequence header only";
  if (param.b_vfr_input || param.i_fps_num != static_cast<uint32_t>(settings.frame_rate.num) ||
      param.i_fps_den != static_cast<uint32_t>(settings.frame_rate.den)) {
    return "the frame rate is set by frameRate, and timestamps are those of the capture";
  }
  if (param.b_open_gop || param.b_intra_refresh) return "viewers join, and dropped frames are made good, at IDR pictures only";
  if (param.b_interlaced || param.b_fake_interlaced || param.b_pulldown) return "the pictures are progressive";
  if (param.i_nal_hrd || param.b_bluray_compat) return "x264 ignores changes of the bitrate then";
  const auto& rate = param.rc;
  if (rate.i_rc_method == X264_RC_CQP) return "a constant quantizer has no bitrate that could give way to a slow network";
  if (rate.i_vbv_max_bitrate <= 0 || rate.i_vbv_buffer_size <= 0) return "without a VBV the bitrate cannot be changed";
  if (rate.i_rc_method == X264_RC_ABR && rate.i_bitrate != rate.i_vbv_max_bitrate) {
    return "the bitrate is set by bitrate, and can be changed only if the VBV has the same";
  }
  if (rate.i_rc_method == X264_RC_CRF && (rate.f_rf_constant < 1 || rate.f_rf_constant > 51)) {
    return "it is between 1 and 51; no profile that players have is lossless";
  }
  return nullptr;
}

bool contains(const char* const* names, const std::string& name) {
  while (*names && name != *names) ++names;
  return *names != nullptr;
}

/// Parameters own memory that some options allocate.
struct Parameters : x264_param_t {
  Parameters() { x264_param_default(this); }
  ~Parameters() { x264_param_cleanup(this); }
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;
};

int kilobits(int bits_per_second) { return std::max(1, bits_per_second / 1000); }

/// One extra option.
void apply(const std::string& name, const std::string& value, const X264Settings& settings, uint32_t cpu, x264_param_t& param) {
  const auto refused = [&](const char* reason) {
    return Error(Code::kEncoderOpen, "x264 option \"" + name + "\" cannot be \"" + value + "\" here: " + reason);
  };
  const X264Option* const option = x264_option(name);
  if (option && option->refusal) throw refused(option->refusal);
  const int result = option ? x264_param_parse(&param, name.c_str(), value.c_str()) : X264_PARAM_BAD_NAME;
  if (result == X264_PARAM_BAD_NAME) throw Error(Code::kEncoderOpen, "unknown x264 option \"" + name + '"');
  if (result != 0) throw Error(Code::kEncoderOpen, "x264 option \"" + name + "\" does not take the value \"" + value + '"');
  if (const char* reason = breach(param, settings, cpu)) throw refused(reason);
}

void apply(const X264Settings& settings, x264_param_t& param) {
  if (!contains(x264_preset_names, settings.preset)) {
    throw Error(Code::kEncoderOpen, "x264 has no preset \"" + settings.preset + '"');
  }
  if (!settings.tune.empty() && !contains(x264_tune_names, settings.tune)) {
    throw Error(Code::kEncoderOpen, "x264 has no tune \"" + settings.tune + '"');
  }
  x264_param_default_preset(&param, settings.preset.c_str(), settings.tune.empty() ? nullptr : settings.tune.c_str());
  const uint32_t cpu = param.cpu;
  param.i_width = settings.width;
  param.i_height = settings.height;
  param.i_csp = X264_CSP_I420;
  param.i_threads = settings.threads > 0 ? settings.threads : X264_THREADS_AUTO;
  if (settings.b_frames >= 0) param.i_bframe = settings.b_frames;

  // A timebase of 1/frameRate, which x264 writes into the SPS, where players read it. Capture times are kept in FrameTimes.
  param.b_vfr_input = 0;
  param.i_fps_num = static_cast<uint32_t>(settings.frame_rate.num);
  param.i_fps_den = static_cast<uint32_t>(settings.frame_rate.den);

  param.i_keyint_max = static_cast<int>(std::clamp(settings.keyframe_interval * settings.frame_rate.value() + 0.5, 1.0, 1e6));
  param.i_keyint_min = param.i_keyint_max;
  param.i_scenecut_threshold = 0;
  param.b_open_gop = param.b_intra_refresh = 0;

  // A buffer of one second: what a keyframe may borrow. Not nal_hrd, which would fix the rate for good.
  param.rc.i_rc_method = X264_RC_ABR;
  param.rc.i_bitrate = param.rc.i_vbv_max_bitrate = param.rc.i_vbv_buffer_size = kilobits(settings.bitrate);

  param.b_annexb = param.b_repeat_headers = 0;
  param.vui.b_fullrange = 0;
  param.vui.i_colorprim = param.vui.i_transfer = param.vui.i_colmatrix = settings.bt709 ? 1 : 6;  // bt709 or smpte170m
  param.vui.i_sar_width = param.vui.i_sar_height = 1;

  for (const auto& [name, value] : settings.extra) apply(name, value, settings, cpu, param);

  if (!settings.profile.empty()) {
    if (!contains(x264_profile_names, settings.profile) || x264_param_apply_profile(&param, settings.profile.c_str()) < 0) {
      throw Error(Code::kEncoderOpen, "x264 cannot encode this in profile \"" + settings.profile + '"');
    }
  }
}

class X264Encoder final : public media::VideoEncoder {
 public:
  explicit X264Encoder(const X264Settings& settings)
      : width_(settings.width), height_(settings.height), period_(1e6 / settings.frame_rate.value()), times_(period_) {
    const CLocale points;
    Parameters param;
    apply(settings, param);
    param.pf_log = &Log::write;
    param.p_log_private = &log_;
    param.i_log_level = X264_LOG_ERROR;
    param.rc.psz_stat_in = param.rc.psz_stat_out = nullptr;  // names of files not used, which a failing open would leak
    encoder_.reset(x264_encoder_open(&param));
    if (!encoder_) throw Error(Code::kEncoderOpen, "x264 refused its settings" + log_.reason());

    x264_encoder_parameters(encoder_.get(), &effective_);
    const auto& rate = effective_.rc;
    opened_ = {kilobits(settings.bitrate), rate.i_bitrate, rate.i_vbv_max_bitrate, rate.i_vbv_buffer_size};
    read_headers();
  }

  std::span<const uint8_t> configuration() const override { return configuration_; }

  Time reorder_delay() const override {
    if (effective_.i_bframe == 0) return Time(0);
    const int decoder_delay = effective_.i_bframe_pyramid ? 2 : 1;
    return Time(std::llround((effective_.i_bframe + decoder_delay) * period_));
  }

  void encode(const media::VideoFrame& frame, bool force_keyframe, std::vector<media::Packet>& out) override {
    const bool planar = frame.pixel_format == media::PixelFormat::kI420;
    if ((!planar && frame.pixel_format != media::PixelFormat::kNV12) || frame.width != width_ || frame.height != height_) {
      throw Error(Code::kEncoderFailed, "the picture is not of the format and size that the encoder was opened for");
    }
    x264_picture_t picture;
    x264_picture_init(&picture);
    picture.i_type = force_keyframe || keyframe_due(frame.pts) ? X264_TYPE_IDR : X264_TYPE_AUTO;
    if (picture.i_type == X264_TYPE_IDR) last_keyframe_ = frame.pts;
    picture.i_pts = times_.add(frame.pts);
    picture.img.i_csp = planar ? X264_CSP_I420 : X264_CSP_NV12;
    picture.img.i_plane = planar ? 3 : 2;
    for (int plane = 0; plane < picture.img.i_plane; ++plane) {
      picture.img.plane[plane] = const_cast<uint8_t*>(frame.planes[static_cast<size_t>(plane)]);  // x264 only reads it
      picture.img.i_stride[plane] = frame.strides[static_cast<size_t>(plane)];
    }
    encode_picture(&picture, out);
  }

  bool flush(std::vector<media::Packet>& out) override {
    if (x264_encoder_delayed_frames(encoder_.get()) <= 0) return false;
    encode_picture(nullptr, out);
    return true;
  }

  void set_bitrate(int bits_per_second) override {
    // An extra option may have given the VBV another size, or the rate control another aim: they are kept.
    const double scale = static_cast<double>(kilobits(bits_per_second)) / opened_.asked;
    const auto scaled = [scale](int value) { return static_cast<int>(std::ceil(value * scale)); };
    effective_.rc.i_bitrate = scaled(opened_.bitrate);
    effective_.rc.i_vbv_max_bitrate = scaled(opened_.vbv_bitrate);
    effective_.rc.i_vbv_buffer_size = scaled(opened_.vbv_buffer);
    if (x264_encoder_reconfig(encoder_.get(), &effective_) < 0) {
      throw Error(Code::kEncoderFailed, "x264 refused " + std::to_string(bits_per_second) + " bit/s" + log_.reason());
    }
  }

 private:
  /// x264 counts frames from keyframe to keyframe, but viewers wait in time: of a source that leaves pictures out they are as many
  /// seconds apart as of any other.
  bool keyframe_due(Time pts) const {
    if (!last_keyframe_) return true;  // the first is one anyway
    if (effective_.i_keyint_max == X264_KEYINT_MAX_INFINITE) return false;
    return static_cast<double>((pts - *last_keyframe_).count()) > (effective_.i_keyint_max - 0.5) * period_;
  }

  void read_headers() {
    x264_nal_t* nals = nullptr;
    int count = 0;
    const int size = x264_encoder_headers(encoder_.get(), &nals, &count);
    if (size < 0) throw Error(Code::kEncoderOpen, "x264 gave no headers" + log_.reason());
    std::span<const uint8_t> units(nals[0].p_payload, static_cast<size_t>(size));
    std::span<const uint8_t> sps;
    std::span<const uint8_t> pps;
    while (const auto unit = next_nal_unit(units)) {
      if (nal_type(*unit) == NalType::kSps) sps = *unit;
      if (nal_type(*unit) == NalType::kPps) pps = *unit;
      if (nal_type(*unit) == NalType::kSei) banner_.assign(unit->data() - kNalLengthSize, unit->data() + unit->size());
    }
    configuration_ = avc_configuration(sps, pps);
    if (configuration_.empty()) throw Error(Code::kEncoderOpen, "x264 gave no SPS and PPS that this stream can announce");
  }

  void encode_picture(x264_picture_t* picture, std::vector<media::Packet>& out) {
    x264_nal_t* nals = nullptr;
    int count = 0;
    x264_picture_t coded;
    const int size = x264_encoder_encode(encoder_.get(), &nals, &count, picture, &coded);
    if (size < 0) throw Error(Code::kEncoderFailed, "x264 failed to encode a picture" + log_.reason());
    if (size == 0) return;

    // The NAL units of a call lie in one piece. x264's banner, which tells a bug report how this was made, goes with the first.
    media::Packet packet(media::Track::kVideo, banner_.size() + static_cast<size_t>(size));
    const auto after_banner = std::ranges::copy(banner_, packet.body().begin()).out;
    std::ranges::copy(std::span(nals[0].p_payload, static_cast<size_t>(size)), after_banner);
    banner_.clear();
    packet.keyframe = coded.i_type == X264_TYPE_IDR;
    packet.disposable = std::ranges::all_of(std::span(nals, static_cast<size_t>(count)), [](const x264_nal_t& nal) {
      return nal.i_ref_idc == NAL_PRIORITY_DISPOSABLE;
    });
    packet.pts = times_.of(coded.i_pts);
    packet.dts = times_.of(coded.i_dts);
    times_.forget_before(coded.i_dts);  // dts rise, and no pts is below its dts
    out.push_back(std::move(packet));
  }

  int width_;
  int height_;
  double period_;  // µs
  Log log_;        // outlives the encoder
  std::unique_ptr<x264_t, decltype([](x264_t* encoder) { x264_encoder_close(encoder); })> encoder_;
  x264_param_t effective_{};  // as x264 completed it; its pointers belong to the encoder
  struct Rates {
    int asked, bitrate, vbv_bitrate, vbv_buffer;
  } opened_{};  // kbit/s, and kbit
  std::vector<uint8_t> configuration_;
  std::vector<uint8_t> banner_;
  FrameTimes times_;
  std::optional<Time> last_keyframe_;
};

}  // namespace

std::unique_ptr<media::VideoEncoder> open_x264(const X264Settings& settings) { return std::make_unique<X264Encoder>(settings); }

std::string x264_version() { return "x264 " X264_POINTVER; }

}  // namespace codec
