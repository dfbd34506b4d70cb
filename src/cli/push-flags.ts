// The flags of `push`. Pure.
import { Command, Option } from 'commander';
import { exitCodesHelp } from './exit.js';
import { mixOptions, type Mix } from './mix-flags.js';
import { parseBitrate, parseControl, parseExtra, parseNumber, parseRegion, parseSize, type Region, type Size } from './values.js';

export interface PushFlags {
  readonly video: 'test-pattern' | 'screen' | 'camera' | 'none';
  readonly size?: Size;
  readonly scale?: Size;
  readonly fps?: number;
  readonly encodeFps?: number;
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
  readonly slate?: string;
  readonly audio: 'tone' | 'silence' | 'system-audio' | 'microphone' | 'none';
  readonly audioDevice?: string;
  readonly audioBackend?: string;
  readonly audioGain?: number;
  readonly audioMuted?: boolean;
  readonly toneFrequency?: number;
  readonly mix?: readonly Mix[];
  readonly audioBitrate?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly connectTimeout?: number;
  readonly writeTimeout?: number;
  readonly stopTimeout?: number;
  readonly maxBuffer?: number;
  readonly interleave?: string;
  readonly onDeviceLost?: string;
  readonly duration?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The command without its action. */
export function pushCommand(): Command {
  const command = new Command('push')
    .summary('publish live picture and sound')
    .description('Publishes live picture and sound to an RTMP server until it is interrupted.')
    .argument('[url]', 'rtmp://host[:port]/app/key; "-" reads it as one line from stdin; without it, from RTMP_PUSHER_URL.\n' +
      'Other users of the machine can read arguments, and with them the stream key.')
    .optionsGroup('Picture:')
    .addOption(new Option('--video <source>', 'the picture')
      .choices(['test-pattern', 'screen', 'camera', 'none']).default('test-pattern'))
    .option('--size <WxH>', 'of the test pattern or the camera; of a screen, as --scale (default: the source\'s own)', parseSize)
    .option('--scale <WxH>', 'of the encoded picture: to fit, centred on black (default: the source\'s own)', parseSize)
    .option('--fps <rate>', 'frames a second of the source, 29.97 and the like meant exactly (default: 30)', parseNumber)
    .option('--encode-fps <rate>', 'frames a second of the encoded picture (default: the source\'s own)', parseNumber)
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
    .option('--slate <file.png>', 'shown while the source is lost (default: its last picture)')
    .optionsGroup('Sound:')
    .addOption(new Option('--audio <source>', 'the sound')
      .choices(['tone', 'silence', 'system-audio', 'microphone', 'none']).default('tone'))
    .option('--audio-device <id>', 'as `rtmp-pusher devices` lists it (default: the sound server\'s)')
    .option('--audio-backend <name>', 'auto pulse alsa, of every microphone (default: auto)')
    .option('--audio-gain <factor>', '0 to 10, 0.5 is 6 dB less (default: 1)', parseNumber)
    .option('--audio-muted', 'silence in its place, though it is captured')
    .option('--tone-frequency <Hz>', 'of every tone (default: 1000)', parseNumber);
  for (const option of mixOptions()) command.addOption(option);
  return command
    .option('--audio-bitrate <rate>', 'bit/s: 128k (default: 128k)', parseBitrate)
    .option('--sample-rate <Hz>', '44100 48000 (default: 48000)', parseNumber)
    .option('--channels <count>', '1 2 (default: 2)', parseNumber)
    .optionsGroup('Network:')
    .option('--connect-timeout <ms>', 'until the server must have accepted (default: 10000)', parseNumber)
    .option('--write-timeout <ms>', 'for which the server may take nothing (default: 10000)', parseNumber)
    .option('--stop-timeout <ms>', 'to send what is left at the end (default: 5000)', parseNumber)
    .option('--max-buffer <ms>', 'held when the network is slow, before frames are dropped (default: 700)', parseNumber)
    .option('--interleave <order>', 'relaxed, or strict: timestamps never go back over both tracks (default: relaxed)')
    .optionsGroup('Running:')
    .option('--on-device-lost <what>', 'continue, until it is back, or end (default: continue)')
    .option('--duration <seconds>', 'stop after so long', parseNumber)
    .option('--json', 'one JSON object a line on stdout: started, stats (each second), congestion, device-lost, device-back, ' +
      'device-changed, warning, stopping, ended')
    .option('--quiet', 'nothing but errors on stderr')
    .addHelpText('after', exitCodesHelp);
}
