// The flags of `push`, and what publish() makes of them. Pure: sources are made by the functions that are passed in.
import { Command, Option } from 'commander';
import type * as Pusher from '../index.js';
import { exitCodesHelp } from './exit.js';
import { parseBitrate, parseControl, parseExtra, parseNumber, parseRegion, parseSize, type Region, type Size } from './values.js';

export interface PushFlags {
  readonly video: 'test-pattern' | 'screen' | 'camera' | 'none';
  readonly size?: Size;
  readonly fps?: number;
  readonly frameRateMode?: string;
  readonly videoBitrate?: number;
  readonly preset?: string;
  readonly tune?: string;
  readonly profile?: string;
  readonly keyframeInterval?: number;
  readonly bFrames?: number;
  readonly threads?: number;
  readonly x264?: Readonly<Record<string, string>>;
  readonly videoDevice?: string;
  readonly videoFormat?: string;
  readonly cameraControl?: Readonly<Record<string, number>>;
  readonly display?: string;
  readonly region?: Region;
  readonly cursor: boolean;
  readonly audio: 'tone' | 'silence' | 'system-audio' | 'microphone' | 'none';
  readonly audioDevice?: string;
  readonly audioBackend?: string;
  readonly audioGain?: number;
  readonly toneFrequency?: number;
  readonly mix?: 'tone' | 'system-audio' | 'microphone';
  readonly mixDevice?: string;
  readonly mixGain?: number;
  readonly audioBitrate?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly connectTimeout?: number;
  readonly writeTimeout?: number;
  readonly stopTimeout?: number;
  readonly maxBuffer?: number;
  readonly onDeviceLost?: string;
  readonly duration?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The command without its action. */
export function pushCommand(): Command {
  return new Command('push')
    .summary('publish live picture and sound')
    .description('Publishes live picture and sound to an RTMP server until it is interrupted.')
    .argument('[url]', 'rtmp://host[:port]/app/key; "-" reads it as one line from stdin; without it, from RTMP_PUSHER_URL.\n' +
      'Other users of the machine can read arguments, and with them the stream key.')
    .optionsGroup('Picture:')
    .addOption(new Option('--video <source>', 'the picture').choices(['test-pattern', 'screen', 'camera', 'none']).default('test-pattern'))
    .option('--size <WxH>', 'pixels of the encoded picture (default: the source\'s own)', parseSize)
    .option('--fps <rate>', 'frames a second, 29.97 and the like meant exactly (default: 30)', parseNumber)
    .option('--frame-rate-mode <name>', 'constant variable (default: constant)')
    .option('--video-bitrate <rate>', 'bit/s: 2500k, 2.5M (default: by size and rate)', parseBitrate)
    .option('--preset <name>', 'ultrafast superfast veryfast faster fast medium slow slower (default: veryfast)')
    .option('--tune <name>', 'zerolatency film animation stillimage none (default: zerolatency)')
    .option('--profile <name>', 'baseline main high (default: main)')
    .option('--keyframe-interval <seconds>', 'from one keyframe to the next (default: 2)', parseNumber)
    .option('--b-frames <count>', 'B-frames between two others (default: by preset and tune)', parseNumber)
    .option('--threads <count>', 'threads of the encoder (default: as x264 finds right)', parseNumber)
    .option('--x264 <name=value>', 'any other x264 option; may be repeated', parseExtra)
    .option('--video-device <id>', 'camera, as `rtmp-pusher devices` lists it (default: the first)')
    .option('--video-format <name>', 'of the camera: YUYV MJPG and others (default: the cheapest)')
    .option('--camera-control <name=value>', 'set at the camera: brightness=128; may be repeated', parseControl)
    .option('--display <name>', 'X display of the screen (default: DISPLAY)')
    .option('--region <WxH+X+Y>', 'part of the screen (default: all of it)', parseRegion)
    .option('--no-cursor', 'leave the mouse pointer out of the screen\'s picture')
    .optionsGroup('Sound:')
    .addOption(new Option('--audio <source>', 'the sound')
      .choices(['tone', 'silence', 'system-audio', 'microphone', 'none']).default('tone'))
    .option('--audio-device <id>', 'as `rtmp-pusher devices` lists it (default: the sound server\'s)')
    .option('--audio-backend <name>', 'auto pulse alsa, of the microphone (default: auto)')
    .option('--audio-gain <factor>', '0 to 10, 0.5 is 6 dB less (default: 1)', parseNumber)
    .option('--tone-frequency <Hz>', 'of the tone (default: 1000)', parseNumber)
    .addOption(new Option('--mix <source>', 'a second sound, mixed with the first').choices(['tone', 'system-audio', 'microphone']))
    .option('--mix-device <id>', 'as --audio-device, of the second sound')
    .option('--mix-gain <factor>', 'as --audio-gain, of the second sound', parseNumber)
    .option('--audio-bitrate <rate>', 'bit/s: 128k (default: 128k)', parseBitrate)
    .option('--sample-rate <Hz>', '44100 48000 (default: 48000)', parseNumber)
    .option('--channels <count>', '1 2 (default: 2)', parseNumber)
    .optionsGroup('Network:')
    .option('--connect-timeout <ms>', 'until the server must have accepted (default: 10000)', parseNumber)
    .option('--write-timeout <ms>', 'for which the server may take nothing (default: 10000)', parseNumber)
    .option('--stop-timeout <ms>', 'to send what is left at the end (default: 5000)', parseNumber)
    .option('--max-buffer <ms>', 'held when the network is slow, before frames are dropped (default: 700)', parseNumber)
    .optionsGroup('Running:')
    .option('--on-device-lost <what>', 'continue, until it is back, or end (default: continue)')
    .option('--duration <seconds>', 'stop after so long', parseNumber)
    .option('--json', 'one JSON object a line on stdout: started, stats (each second), congestion, device-lost, device-back,\n' +
      'warning, stopping, ended')
    .option('--quiet', 'nothing but errors on stderr')
    .addHelpText('after', exitCodesHelp);
}

type Sources = Pick<typeof Pusher, 'testPattern' | 'screen' | 'camera' | 'tone' | 'silence' | 'systemAudio' | 'microphone'>;
type Given<Function extends (options: never) => unknown> = Parameters<Function>[0];

/** Values are passed on as they are: publish() judges them. */
export function publishOptions(flags: PushFlags, sources: Sources): Pusher.PublishOptions {
  const { connectTimeout, writeTimeout, stopTimeout, maxBuffer, onDeviceLost } = flags;
  const video = flags.video === 'none' ? undefined : { source: videoSource(flags, sources), ...videoEncoding(flags) };
  const audio = flags.audio === 'none' ? undefined : { inputs: audioInputs(flags, sources), ...audioEncoding(flags) };
  return { video, audio, connectTimeout, writeTimeout, stopTimeout, maxBuffer, onDeviceLost } as Pusher.PublishOptions;
}

function videoSource(flags: PushFlags, { testPattern, screen, camera }: Sources): Pusher.VideoSource {
  const { video, size, fps: frameRate, display, region, cursor, videoDevice: device, videoFormat: format, cameraControl: controls } = flags;
  switch (video) {
    case 'screen':
      return screen({ display, ...region, frameRate, cursor });
    case 'camera':
      return camera({ device, ...size, frameRate, format, controls });
    default:
      return testPattern({ ...size, frameRate });
  }
}

function videoEncoding(flags: PushFlags) {
  const { preset, tune, profile, frameRateMode, keyframeInterval, bFrames, threads, videoBitrate: bitrate, x264: extra } = flags;
  const size = flags.video === 'screen' ? flags.size : undefined;
  return { ...size, bitrate, preset, tune, profile, frameRateMode, keyframeInterval, bFrames, threads, extra };
}

function audioEncoding(flags: PushFlags) {
  return { bitrate: flags.audioBitrate, ...sound(flags) };
}

function audioInputs(flags: PushFlags, sources: Sources): Pusher.MixInput[] {
  const { audio, audioDevice, audioGain, mix, mixDevice, mixGain } = flags;
  const first = { source: audioSource(audio, audioDevice, flags, sources), gain: audioGain };
  return mix === undefined ? [first] : [first, { source: audioSource(mix, mixDevice, flags, sources), gain: mixGain }];
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

/** The flag that sets an option, by the option's path as an error message begins with it. */
const flagOf: Readonly<Record<string, string>> = {
  width: '--size', height: '--size', frameRate: '--fps', frameRateMode: '--frame-rate-mode', preset: '--preset', tune: '--tune', profile: '--profile',
  keyframeInterval: '--keyframe-interval', bFrames: '--b-frames', threads: '--threads', extra: '--x264',
  display: '--display', 'camera.device': '--video-device', 'camera.format': '--video-format', device: '--audio-device', backend: '--audio-backend', frequency: '--tone-frequency',
  sampleRate: '--sample-rate', channels: '--channels', 'video.bitrate': '--video-bitrate', 'audio.bitrate': '--audio-bitrate',
  connectTimeout: '--connect-timeout', writeTimeout: '--write-timeout', stopTimeout: '--stop-timeout', maxBuffer: '--max-buffer',
  onDeviceLost: '--on-device-lost', gain: '--audio-gain', 'audio.inputs.1.gain': '--mix-gain',
  'screen.x': '--region', 'screen.y': '--region', 'screen.width': '--region', 'screen.height': '--region',
};

/** "video.bitrate must be …" as the user of the command knows it: "--video-bitrate must be …". */
export function inFlags(message: string): string {
  return message.replace(/^(\S+)(?= must be)/, (path) => flagOf[path] ?? flagOf[path.split('.').at(-1) ?? ''] ?? path);
}
