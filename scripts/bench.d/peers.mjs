// The command line of each peer for the same task, each tuned for the lowest latency it has: the screen and the sink's monitor,
// x264 veryfast/zerolatency at 2.5 Mbit/s with a keyframe every 60 frames, AAC at 128 kbit/s, FLV over RTMP.
import { fileURLToPath } from 'node:url';

export const settings = { frameRate: 30, videoBitrate: 2_500_000, keyframeEvery: 60, audioBitrate: 128_000, sampleRate: 48_000 };

const listen = ['-fflags', 'nobuffer', '-probesize', '32', '-analyzeduration', '0', '-thread_queue_size', '16'];
const bytesIn10Milliseconds = (settings.sampleRate / 100) * 4;
const x11grab = (stage) => [...listen, '-f', 'x11grab', '-draw_mouse', 0, '-framerate', settings.frameRate,
  '-video_size', `${stage.width}x${stage.height}`, '-i', stage.display];
const pulse = (stage) => [...listen, '-f', 'pulse', '-fragment_size', bytesIn10Milliseconds, '-i', stage.monitor];

function ffmpegCommand(inputs, sound, url) {
  return ['ffmpeg', [
    '-hide_banner', '-nostdin', '-loglevel', 'error', ...inputs,
    '-copyts', '-output_ts_offset', (-Date.now() / 1000).toFixed(3), '-fps_mode', 'passthrough',
    '-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p',
    '-g', settings.keyframeEvery, '-sc_threshold', 0,
    '-b:v', settings.videoBitrate, '-maxrate', settings.videoBitrate, '-bufsize', settings.videoBitrate,
    ...(sound ? ['-c:a', 'aac', '-b:a', settings.audioBitrate, '-ar', settings.sampleRate, '-ac', 2] : []),
    '-flush_packets', 1, '-tcp_nodelay', 1, '-f', 'flv', '-flvflags', 'no_duration_filesize', url,
  ].map(String)];
}

// The devices' own timestamps are kept: sound and picture are in step, and the muxer holds the picture back for the sound.
const ffmpegInStep = (stage, url, sound) => ffmpegCommand([...x11grab(stage), ...(sound ? pulse(stage) : [])], sound, url);

// The sound is stamped later than it is, so that the muxer does not wait for it.
const ffmpeg = (stage, url, sound) =>
  ffmpegCommand([...(sound ? ['-itsoffset', 0.1, ...pulse(stage)] : []), ...x11grab(stage)], sound, url);

function gstreamerCommand(stage, url, sound, aacEncoder) {
  const picture = `ximagesrc display-name=${stage.display} use-damage=false show-pointer=false !
    video/x-raw,framerate=${settings.frameRate}/1 ! videoconvert ! video/x-raw,format=I420 ! queue max-size-buffers=1 !
    x264enc tune=zerolatency speed-preset=veryfast bitrate=${settings.videoBitrate / 1000} vbv-buf-capacity=1000
      key-int-max=${settings.keyframeEvery} option-string=scenecut=0 ! video/x-h264,profile=high ! mux.`;
  const audio = `pulsesrc device=${stage.monitor} buffer-time=20000 latency-time=5000 !
    audio/x-raw,rate=${settings.sampleRate},channels=2 ! audioconvert ! ${aacEncoder} bitrate=${settings.audioBitrate} ! mux.`;
  const description = `flvmux name=mux streamable=true latency=0 ! rtmp2sink sync=false location=${url}
    ${picture} ${sound ? audio : ''}`;
  return ['gst-launch-1.0', ['-q', ...description.split(/\s+/).filter(Boolean)]];
}

// voaacenc takes the least memory and time; libav's encoder is the one most pipelines have.
const gstreamer = (stage, url, sound) => gstreamerCommand(stage, url, sound, 'voaacenc');
const gstreamerLibav = (stage, url, sound) => gstreamerCommand(stage, url, sound, 'avenc_aac');

const ours = fileURLToPath(new URL('publisher.mjs', import.meta.url));

function rtmpPusher(stage, url, sound, { eventLoop }) {
  const options = { url, display: stage.display, device: sound ? stage.monitor : '', eventLoop, ...settings };
  return [process.execPath, [ours, JSON.stringify(options)]];
}

export const peers = {
  'rtmp-pusher': rtmpPusher,
  gstreamer,
  'gstreamer-libav': gstreamerLibav,
  ffmpeg,
  'ffmpeg-in-step': ffmpegInStep,
};
