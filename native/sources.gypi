{
  "variables": {
    "system_files": [
      "system/library.cc",
      "system/shortage.cc"
    ],
    "pipeline_files": [
      "pipeline/audio_track.cc",
      "pipeline/backlog.cc",
      "pipeline/capture.cc",
      "pipeline/destination.cc",
      "pipeline/lane.cc",
      "pipeline/mixer.cc",
      "pipeline/packet_queue.cc",
      "pipeline/publisher.cc",
      "pipeline/strip.cc",
      "pipeline/throttle.cc",
      "pipeline/video_track.cc"
    ],
    "capture_files": [
      "capture/alsa.cc",
      "capture/alsa_stream.cc",
      "capture/camera.cc",
      "capture/camera_mode.cc",
      "capture/camera_range.cc",
      "capture/capture.cc",
      "capture/cursor.cc",
      "capture/file_watch.cc",
      "capture/in_time.cc",
      "capture/input.cc",
      "capture/input_clock.cc",
      "capture/library.cc",
      "capture/metronome.cc",
      "capture/microphone.cc",
      "capture/pulse.cc",
      "capture/pulse_log.cc",
      "capture/screen.cc",
      "capture/sound.cc",
      "capture/sound_watch.cc",
      "capture/synthetic.cc",
      "capture/test_picture.cc",
      "capture/v4l2.cc",
      "capture/v4l2_buffers.cc",
      "capture/v4l2_controls.cc",
      "capture/v4l2_formats.cc",
      "capture/v4l2_node.cc",
      "capture/wake.cc",
      "capture/watch.cc",
      "capture/written.cc",
      "capture/x11.cc",
      "capture/x11_credentials.cc",
      "capture/x11_knock.cc"
    ],
    "convert_files": [
      "convert/components.cc",
      "convert/decoder.cc",
      "convert/jpeg.cc",
      "convert/pixels.cc",
      "convert/recolour.cc",
      "convert/resample.cc",
      "convert/rgb.cc"
    ],
    "codec_files": [
      "codec/aac.cc",
      "codec/avc.cc",
      "codec/faac.cc",
      "codec/faac_1.cc",
      "codec/faac_2.cc",
      "codec/x264.cc",
      "codec/x264_options.cc"
    ],
    "flv_files": [
      "flv/amf0.cc",
      "flv/tags.cc"
    ],
    "rtmp_files": [
      "rtmp/alarm.cc",
      "rtmp/command.cc",
      "rtmp/connection.cc",
      "rtmp/dial.cc",
      "rtmp/inbound.cc",
      "rtmp/inbox.cc",
      "rtmp/link.cc",
      "rtmp/lookups.cc",
      "rtmp/meaning.cc",
      "rtmp/quotation.cc",
      "rtmp/refusal.cc",
      "rtmp/resolve.cc",
      "rtmp/tcp.cc",
      "rtmp/url.cc",
      "rtmp/writer.cc"
    ],
    "addon_files": [
      "addon/addon.cc",
      "addon/capture.cc",
      "addon/condition_variable.cc",
      "addon/controls.cc",
      "addon/devices.cc",
      "addon/errors.cc",
      "addon/inputs.cc",
      "addon/options.cc",
      "addon/publisher.cc",
      "addon/stats.cc"
    ],
    "native_defines": ["NAPI_VERSION=8", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
    "native_cflags": ["-Wall", "-Wextra", "-Wno-maybe-uninitialized", "-fvisibility=hidden"]
  }
}
