#include "addon/options.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "addon/inputs.h"
#include "capture/input.h"
#include "media/picture_layout.h"

namespace addon {

using media::PixelFormat;
using media::SampleFormat;
using media::Time;

namespace {

constexpr std::array kPixelFormats = std::to_array<std::pair<const char*, PixelFormat>>({
    {"I420", PixelFormat::kI420},
    {"NV12", PixelFormat::kNV12},
    {"YUY2", PixelFormat::kYUY2},
    {"UYVY", PixelFormat::kUYVY},
    {"BGRA", PixelFormat::kBGRA},
    {"RGBA", PixelFormat::kRGBA},
    {"ARGB", PixelFormat::kARGB},
    {"BGR24", PixelFormat::kBGR24},
    {"RGB24", PixelFormat::kRGB24},
});
constexpr std::array kSampleFormats = std::to_array<std::pair<const char*, SampleFormat>>({
    {"s16", SampleFormat::kS16},
    {"f32", SampleFormat::kF32},
});

constexpr double kLargestInteger = 9007199254740991;  // Number.MAX_SAFE_INTEGER

[[noreturn]] void refuse(Napi::Object object, const std::string& key, const char* wanted) {
  throw Napi::TypeError::New(object.Env(), key + " must be " + wanted);
}

Napi::Object object(Napi::Object parent, const char* key) {
  const Napi::Value value = parent.Get(key);
  if (!value.IsObject()) refuse(parent, key, "an object");
  return value.As<Napi::Object>();
}

int integer(Napi::Object parent, const char* key) {
  const double value = number(parent, key);
  if (!(std::abs(value) <= std::numeric_limits<int>::max())) refuse(parent, key, "an integer of 32 bits");
  return static_cast<int>(value);
}

Time milliseconds(Napi::Object parent, const char* key) {
  const double value = number(parent, key);
  if (!(value >= 0 && value <= 1e9)) refuse(parent, key, "milliseconds");
  return Time(static_cast<int64_t>(value * 1000));
}

media::Rational rational(Napi::Object parent, const char* key) {
  const Napi::Object value = object(parent, key);
  const media::Rational rational{integer(value, "num"), integer(value, "den")};
  if (rational.num < 0 || rational.den < 1) refuse(parent, key, "a positive fraction");
  return rational;
}

template <class Table>
auto named(Napi::Object parent, const char* key, const Table& table) {
  const std::string name = text(parent, key);
  for (const auto& [each, value] : table) {
    if (name == each) return value;
  }
  refuse(parent, key, "a known format");
}

std::vector<std::pair<std::string, std::string>> pairs(Napi::Object parent, const char* key) {
  std::vector<std::pair<std::string, std::string>> result;
  const Napi::Object list = object(parent, key);
  if (!list.IsArray()) refuse(parent, key, "an array");
  const auto array = list.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value value = array[i];
    if (!value.IsArray()) refuse(parent, key, "an array of pairs");
    const auto pair = value.As<Napi::Array>();
    result.emplace_back(pair.Get(0U).ToString().Utf8Value(), pair.Get(1U).ToString().Utf8Value());
  }
  return result;
}

std::optional<pipeline::Picture> slate_of(Napi::Object video) {
  if (!video.Get("slate").IsObject()) return std::nullopt;
  const Napi::Object slate = object(video, "slate");
  const auto data = bytes(slate.Get("data"), "data");
  pipeline::Picture picture{video_format(slate), {data.begin(), data.end()}};
  const auto& [format, width, height, rate] = picture.format;
  if (picture.bytes.size() != media::picture_layout(format, width, height).size) refuse(slate, "data", "exactly one picture");
  return picture;
}

pipeline::VideoSettings video_settings(Napi::Object video, const std::shared_ptr<capture::InputClock>& clock) {
  return {.source = video_source(object(video, "source"), clock),
          .width = integer(video, "width"),
          .height = integer(video, "height"),
          .frame_rate = rational(video, "frameRate"),
          .constant_frame_rate = video.Get("constantFrameRate").ToBoolean(),
          .slate = slate_of(video),
          .bitrate = integer(video, "bitrate"),
          .keyframe_interval = number(video, "keyframeInterval"),
          .preset = text(video, "preset"),
          .tune = text(video, "tune"),
          .profile = text(video, "profile"),
          .b_frames = integer(video, "bFrames"),
          .threads = integer(video, "threads"),
          .extra = pairs(video, "extra")};
}

std::vector<pipeline::MixInput> mix_inputs(Napi::Object audio, const std::shared_ptr<capture::InputClock>& clock) {
  const Napi::Object inputs = object(audio, "inputs");
  if (!inputs.IsArray() || inputs.As<Napi::Array>().Length() == 0) refuse(audio, "inputs", "an array with at least one input");
  const auto array = inputs.As<Napi::Array>();
  std::vector<pipeline::MixInput> result;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value each = array[i];
    if (!each.IsObject()) refuse(audio, "inputs", "an array of objects");
    const auto input = each.As<Napi::Object>();
    result.push_back({.source = audio_source(object(input, "source"), clock),
                      .gain = number(input, "gain"),
                      .muted = input.Get("muted").ToBoolean()});
  }
  return result;
}

pipeline::AudioSettings audio_settings(Napi::Object audio, const std::shared_ptr<capture::InputClock>& clock) {
  return {.inputs = mix_inputs(audio, clock),
          .bitrate = integer(audio, "bitrate"),
          .sample_rate = integer(audio, "sampleRate"),
          .channels = integer(audio, "channels")};
}

}  // namespace

double number(Napi::Object object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsNumber() || std::isnan(value.As<Napi::Number>().DoubleValue())) refuse(object, key, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

std::string text(Napi::Object object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsString()) refuse(object, key, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::span<const uint8_t> bytes(Napi::Value array, const char* name) {
  if (!array.IsTypedArray()) throw Napi::TypeError::New(array.Env(), std::string(name) + " must be a typed array");
  void* begin = nullptr;
  // Not TypedArray::ArrayBuffer(), which has none for memory that is shared.
  const napi_status status = napi_get_typedarray_info(array.Env(), array, nullptr, nullptr, &begin, nullptr, nullptr);
  if (status != napi_ok) throw Napi::Error::New(array.Env());
  return {static_cast<const uint8_t*>(begin), array.As<Napi::TypedArray>().ByteLength()};
}

const char* to_string(PixelFormat format) {
  for (const auto& [name, value] : kPixelFormats) {
    if (value == format) return name;
  }
  return "";
}

const char* to_string(SampleFormat format) { return format == SampleFormat::kS16 ? "s16" : "f32"; }

capture::ControlValues control_values(Napi::Value pairs) {
  const auto wrong = [&] { return Napi::TypeError::New(pairs.Env(), "controls must be an array of names with integers"); };
  if (!pairs.IsArray()) throw wrong();
  const auto list = pairs.As<Napi::Array>();
  capture::ControlValues values;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value each = list[i];
    if (!each.IsArray()) throw wrong();
    const Napi::Value name = each.As<Napi::Array>().Get(0U), value = each.As<Napi::Array>().Get(1U);
    if (!name.IsString() || !value.IsNumber()) throw wrong();
    const double number = value.As<Napi::Number>().DoubleValue();
    if (!(std::abs(number) <= kLargestInteger) || number != std::trunc(number)) throw wrong();
    values.emplace_back(name.As<Napi::String>().Utf8Value(), static_cast<int64_t>(number));
  }
  return values;
}

media::VideoFormat video_format(Napi::Object format) {
  media::VideoFormat result{named(format, "format", kPixelFormats), integer(format, "width"), integer(format, "height"),
                            rational(format, "frameRate")};
  if (result.width < 1 || result.height < 1 || result.width > 16384 || result.height > 16384 || result.frame_rate.num < 1) {
    refuse(format, "width, height and frameRate", "positive, sizes at most 16384");
  }
  return result;
}

media::AudioFormat audio_format(Napi::Object format) {
  media::AudioFormat result{named(format, "format", kSampleFormats), integer(format, "sampleRate"), integer(format, "channels")};
  if (result.sample_rate < 1000 || result.sample_rate > 384000 || result.channels < 1 || result.channels > 2) {
    refuse(format, "sampleRate and channels", "within 1000 to 384000 and 1 to 2");
  }
  return result;
}

capture::VideoSettings video_source(Napi::Object source, const std::shared_ptr<capture::InputClock>& clock) {
  const std::string kind = text(source, "kind");
  if (kind == "test-pattern") {
    return capture::TestPattern{integer(source, "width"), integer(source, "height"), rational(source, "frameRate")};
  }
  if (kind == "screen") {
    return capture::Screen{.display = text(source, "display"),
                           .x = integer(source, "x"),
                           .y = integer(source, "y"),
                           .width = integer(source, "width"),
                           .height = integer(source, "height"),
                           .frame_rate = rational(source, "frameRate"),
                           .cursor = source.Get("cursor").ToBoolean()};
  }
  if (kind == "camera") {
    return capture::Camera{.device = text(source, "device"),
                           .width = integer(source, "width"),
                           .height = integer(source, "height"),
                           .frame_rate = rational(source, "frameRate"),
                           .format = text(source, "format"),
                           .controls = control_values(source.Get("controls"))};
  }
  if (kind == "video-input") return capture::WrittenVideo{VideoInputObject::of(object(source, "input")), clock};
  refuse(source, "kind", "a kind of video source");
}

capture::AudioSettings audio_source(Napi::Object source, const std::shared_ptr<capture::InputClock>& clock) {
  const std::string kind = text(source, "kind");
  if (kind == "audio-input") return capture::WrittenAudio{AudioInputObject::of(object(source, "input")), clock};
  const int sample_rate = integer(source, "sampleRate");
  const int channels = integer(source, "channels");
  if (kind == "tone") return capture::Tone{number(source, "frequency"), sample_rate, channels};
  if (kind == "silence") return capture::Silence{sample_rate, channels};
  if (kind == "system-audio") return capture::Pulse{text(source, "device"), true, sample_rate, channels};
  if (kind == "microphone") {
    const std::string device = text(source, "device");
    const std::string backend = text(source, "backend");
    if (backend == "pulse") return capture::Pulse{device, false, sample_rate, channels};
    if (backend == "alsa") return capture::Alsa{device, sample_rate, channels};
    if (backend == "auto") return capture::Microphone{device, sample_rate, channels};
    refuse(source, "backend", "auto, pulse or alsa");
  }
  refuse(source, "kind", "a kind of audio source");
}

pipeline::Settings publish_settings(Napi::Object options, const std::shared_ptr<capture::InputClock>& clock) {
  pipeline::Settings settings{.urls = {},
                              .video = {},
                              .audio = {},
                              .connect_timeout = milliseconds(options, "connectTimeout"),
                              .write_timeout = milliseconds(options, "writeTimeout"),
                              .stop_timeout = milliseconds(options, "stopTimeout"),
                              .max_buffer = milliseconds(options, "maxBuffer"),
                              .max_buffer_bytes = static_cast<size_t>(std::max(0.0, number(options, "maxBufferBytes"))),
                              .track_spread = milliseconds(options, "trackSpread"),
                              .ends_with_device = options.Get("endsWithDevice").ToBoolean(),
                              .encoder = text(options, "encoder")};
  const Napi::Object destinations = object(options, "destinations");
  if (!destinations.IsArray() || destinations.As<Napi::Array>().Length() == 0) {
    refuse(options, "destinations", "an array with at least one destination");
  }
  const auto list = destinations.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value each = list[i];
    if (!each.IsObject()) refuse(options, "destinations", "an array of objects");
    settings.urls.push_back(text(each.As<Napi::Object>(), "url"));
  }
  if (options.Get("video").IsObject()) settings.video = video_settings(object(options, "video"), clock);
  if (options.Get("audio").IsObject()) settings.audio = audio_settings(object(options, "audio"), clock);
  if (!settings.video && !settings.audio) refuse(options, "video or audio", "given");
  return settings;
}

}  // namespace addon
