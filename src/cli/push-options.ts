// What publish() makes of the flags of `push`, and how its complaints name them. Pure: sources are made by the functions that are
// passed in.
import type * as Pusher from '../index.js';
import { UsageError } from './exit.js';
import { checkSources, flagsOf } from './flag-sources.js';
import type { PushFlags } from './push-flags.js';
import type { Size } from './values.js';

type Sources = Pick<typeof Pusher, 'testPattern' | 'screen' | 'camera' | 'tone' | 'silence' | 'systemAudio' | 'microphone'>;
type Given<Function extends (options: never) => unknown> = Parameters<Function>[0];

/** @throws {UsageError} for a flag of a source that is not chosen */
function checkFlags(flags: PushFlags): void {
  const { video, audio, mix = [] } = flags;
  const sources = [`--video ${video}`, `--audio ${audio}`, ...mix.map(({ source }) => `--mix ${source}`)];
  checkSources('push', flagsOf(flags), sources);
  for (const { source, device } of mix) {
    if (device !== undefined) checkSources('push', ['--mix-device'], [`--mix ${source}`]);
  }
}

/** Values are passed on as they are: publish() judges them. */
export function publishOptions(flags: PushFlags, sources: Sources, slate?: Pusher.Slate): Pusher.PublishOptions {
  checkFlags(flags);
  const { connectTimeout, writeTimeout, stopTimeout, maxBuffer, interleave, onDeviceLost } = flags;
  const video = flags.video === 'none' ? undefined : { source: videoSource(flags, sources), slate, ...videoEncoding(flags) };
  const audio = flags.audio === 'none' ? undefined : { inputs: audioInputs(flags, sources), ...audioEncoding(flags) };
  return { video, audio, connectTimeout, writeTimeout, stopTimeout, maxBuffer, interleave, onDeviceLost } as Pusher.PublishOptions;
}

function videoSource(flags: PushFlags, { testPattern, screen, camera }: Sources): Pusher.VideoSource {
  const { size, fps: frameRate, display, region, cursor, videoDevice: device, videoFormat: format, cameraControl: controls } = flags;
  switch (flags.video) {
    case 'screen':
      return screen({ display, ...region, frameRate, cursor });
    case 'camera':
      return camera({ device, ...size, frameRate, format, controls });
    default:
      return testPattern({ ...size, frameRate });
  }
}

function videoEncoding(flags: PushFlags) {
  const { encodeFps: frameRate, videoBitrate: bitrate, x264: extra, ...same } = flags;
  const { preset, tune, profile, frameRateMode, keyframeInterval, bFrames, threads } = same;
  const size = encodedSize(flags);
  return { ...size, frameRate, frameRateMode, bitrate, preset, tune, profile, keyframeInterval, bFrames, threads, extra };
}

/** A screen's size is its region's: --size has always been the encoded one there. */
function encodedSize({ video, size, scale }: PushFlags): Size | undefined {
  if (video === 'screen' && size && scale) throw new UsageError('--size and --scale are the same for a screen, one is enough');
  return scale ?? (video === 'screen' ? size : undefined);
}

function audioEncoding(flags: PushFlags) {
  return { bitrate: flags.audioBitrate, ...sound(flags) };
}

function audioInputs(flags: PushFlags, sources: Sources): Pusher.MixInput[] {
  const { audio, audioDevice: device, audioGain: gain, audioMuted: muted, mix = [] } = flags;
  return [{ source: audio, device, gain, muted }, ...mix].map(({ source, device, ...settings }) =>
    ({ source: audioSource(source, device, flags, sources), ...settings }));
}

function audioSource(kind: PushFlags['audio'], device: string | undefined, flags: PushFlags, sources: Sources): Pusher.AudioSource {
  const { audioBackend: backend, toneFrequency: frequency } = flags;
  switch (kind) {
    case 'system-audio':
      return sources.systemAudio({ device, ...sound(flags) } as Given<Sources['systemAudio']>);
    case 'microphone':
      return sources.microphone({ device, backend, ...sound(flags) } as Given<Sources['microphone']>);
    case 'silence':
      return sources.silence(sound(flags) as Given<Sources['silence']>);
    default:
      return sources.tone({ frequency, ...sound(flags) } as Given<Sources['tone']>);
  }
}

/** The device gives what the encoder takes: nothing is resampled on the way. */
function sound({ sampleRate, channels }: PushFlags) {
  return { sampleRate, channels };
}

/** The flag that sets an option, by the option's name or, where that has several flags, its path. */
const flagOf: Readonly<Record<string, string>> = {
  width: '--size', height: '--size', frameRate: '--fps', frameRateMode: '--frame-rate-mode', preset: '--preset', tune: '--tune',
  profile: '--profile', keyframeInterval: '--keyframe-interval', bFrames: '--b-frames', threads: '--threads', extra: '--x264',
  display: '--display', device: '--audio-device', backend: '--audio-backend', frequency: '--tone-frequency',
  sampleRate: '--sample-rate', channels: '--channels', 'video.bitrate': '--video-bitrate', 'audio.bitrate': '--audio-bitrate',
  connectTimeout: '--connect-timeout', writeTimeout: '--write-timeout', stopTimeout: '--stop-timeout', maxBuffer: '--max-buffer',
  interleave: '--interleave', onDeviceLost: '--on-device-lost', gain: '--mix-gain', 'audio.inputs.0.gain': '--audio-gain',
  'camera.device': '--video-device', 'camera.format': '--video-format', 'video.frameRate': '--encode-fps',
  'screen.x': '--region', 'screen.y': '--region', 'screen.width': '--region', 'screen.height': '--region',
};

/** "video.bitrate must be …" as the user of the command knows it: "--video-bitrate must be …". */
export function inFlags(message: string, { scale }: Pick<PushFlags, 'scale'> = {}): string {
  return message.replace(/^(\S+)(?= must be)/, (path) => {
    if (path.startsWith('video.slate')) return '--slate';
    if (scale && /^video\.(width|height)$/.test(path)) return '--scale';
    return flagOf[path] ?? flagOf[path.split('.').at(-1) ?? ''] ?? path;
  });
}
