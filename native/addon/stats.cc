#include "addon/stats.h"

#include <array>

namespace addon {

namespace {

double milliseconds(media::Time time) { return static_cast<double>(time.count()) / 1000; }
double count(uint64_t value) { return static_cast<double>(value); }

const char* to_string(pipeline::DestinationState state) {
  static constexpr std::array kNames{"connecting", "publishing", "stopping", "stopped"};
  return kNames[static_cast<size_t>(state)];
}

Napi::Object to_object(Napi::Env env, const pipeline::VideoSourceStats& stats) {
  auto object = Napi::Object::New(env);
  object.Set("device", stats.opened.device);
  object.Set("label", stats.opened.label);
  object.Set("format", stats.opened.format);
  object.Set("width", stats.width);
  object.Set("height", stats.height);
  object.Set("frameRate", stats.frame_rate);
  object.Set("lost", stats.lost);
  return object;
}

Napi::Object to_object(Napi::Env env, const pipeline::VideoStats& stats) {
  auto object = Napi::Object::New(env);
  object.Set("source", to_object(env, stats.source));
  object.Set("width", stats.width);
  object.Set("height", stats.height);
  object.Set("frameRate", stats.frame_rate);
  object.Set("framesCaptured", count(stats.frames_captured));
  object.Set("framesEncoded", count(stats.frames_encoded));
  object.Set("framesRepeated", count(stats.frames_repeated));
  object.Set("framesDropped", count(stats.frames_dropped));
  object.Set("captureGaps", count(stats.capture_gaps));
  object.Set("timestampJumps", count(stats.timestamp_jumps));
  object.Set("keyframes", count(stats.keyframes));
  object.Set("bytes", count(stats.bytes));
  object.Set("targetBitrate", stats.target_bitrate);
  object.Set("bitrate", stats.bitrate);
  object.Set("encodeTimeP50", milliseconds(stats.encode_time_p50));
  object.Set("encodeTimeP95", milliseconds(stats.encode_time_p95));
  return object;
}

Napi::Object to_object(Napi::Env env, const pipeline::AudioSourceStats& source) {
  auto object = Napi::Object::New(env);
  object.Set("device", source.opened.device);
  object.Set("label", source.opened.label);
  object.Set("format", source.opened.format);
  object.Set("sampleRate", source.sample_rate);
  object.Set("channels", source.channels);
  object.Set("lost", source.lost);
  return object;
}

Napi::Object to_object(Napi::Env env, const pipeline::MixInputStats& stats) {
  auto object = Napi::Object::New(env);
  object.Set("source", to_object(env, stats.source));
  object.Set("overruns", count(stats.overruns));
  object.Set("samplesCaptured", count(stats.samples_captured));
  object.Set("captureGaps", count(stats.capture_gaps));
  object.Set("timestampJumps", count(stats.timestamp_jumps));
  object.Set("drift", stats.drift_ppm);
  object.Set("gain", stats.gain);
  object.Set("muted", stats.muted);
  object.Set("peak", stats.peak);
  object.Set("rms", stats.rms);
  return object;
}

Napi::Object to_object(Napi::Env env, const pipeline::AudioStats& stats) {
  auto object = Napi::Object::New(env);
  object.Set("sampleRate", stats.sample_rate);
  object.Set("channels", stats.channels);
  object.Set("packetsEncoded", count(stats.packets_encoded));
  object.Set("bytes", count(stats.bytes));
  object.Set("bitrate", stats.bitrate);
  object.Set("peak", stats.peak);
  object.Set("rms", stats.rms);
  object.Set("clippedSamples", count(stats.clipped));
  auto inputs = Napi::Array::New(env, stats.inputs.size());
  for (uint32_t i = 0; i < stats.inputs.size(); ++i) inputs.Set(i, to_object(env, stats.inputs[i]));
  object.Set("inputs", inputs);
  return object;
}

Napi::Object to_object(Napi::Env env, const pipeline::DestinationStats& stats) {
  auto object = Napi::Object::New(env);
  object.Set("url", stats.url);
  object.Set("state", to_string(stats.state));
  object.Set("since", static_cast<double>(stats.since_ms));
  object.Set("bytesSent", count(stats.bytes_sent));
  object.Set("bytesAcked", count(stats.bytes_acked));
  object.Set("queueDuration", milliseconds(stats.queue_duration));
  object.Set("queueBytes", count(stats.queue_bytes));
  object.Set("droppedFrames", count(stats.dropped_frames));
  object.Set("roundTrip", milliseconds(stats.round_trip));
  object.Set("retransmits", count(stats.retransmits));
  object.Set("interleaveDelay", milliseconds(stats.interleave_delay));
  return object;
}

}  // namespace

Napi::Object to_object(Napi::Env env, const pipeline::Stats& stats) {
  auto object = Napi::Object::New(env);
  object.Set("duration", static_cast<double>(stats.duration.count()) / 1e6);
  if (stats.av_offset) object.Set("avOffset", *stats.av_offset / 1000);
  if (stats.video) object.Set("video", to_object(env, *stats.video));
  if (stats.audio) object.Set("audio", to_object(env, *stats.audio));
  auto destinations = Napi::Array::New(env, stats.destinations.size());
  for (uint32_t i = 0; i < stats.destinations.size(); ++i) destinations.Set(i, to_object(env, stats.destinations[i]));
  object.Set("destinations", destinations);
  return object;
}

}  // namespace addon
