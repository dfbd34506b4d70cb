// A flag of `push` for every option of publish(), by the option's path; none gives its default. The paths are those of the schemas.
import { audioOptions, mixInput } from '../../src/audio-options.js';
import { publishOptions, videoEncoding } from '../../src/options.js';

const names = (prefix: string, { entries }: { readonly entries: object }, ...structure: string[]) =>
  Object.keys(entries).filter((name) => !structure.includes(name)).map((name) => `${prefix}${name}`);

/** Of all there are, but the tracks, their sources, and the signal, which is the command's own. */
export const optionPaths: readonly string[] = [
  ...names('', publishOptions, 'video', 'audio', 'signal'),
  ...names('video.', videoEncoding, 'source'),
  ...names('audio.', audioOptions, 'source', 'inputs'),
  ...['0', '1'].flatMap((index) => names(`audio.inputs.${index}.`, mixInput, 'source')),
];

export const everyFlag = (slate: string): Readonly<Record<string, readonly string[]>> => ({
  connectTimeout: ['--connect-timeout', '5000'],
  writeTimeout: ['--write-timeout', '5001'],
  stopTimeout: ['--stop-timeout', '5002'],
  maxBuffer: ['--max-buffer', '1000'],
  interleave: ['--interleave', 'strict'],
  onDeviceLost: ['--on-device-lost', 'end'],
  'video.width': ['--scale', '640x360'],
  'video.height': [],
  'video.frameRate': ['--encode-fps', '25'],
  'video.frameRateMode': ['--frame-rate-mode', 'variable'],
  'video.slate': ['--slate', slate],
  'video.bitrate': ['--video-bitrate', '600k'],
  'video.keyframeInterval': ['--keyframe-interval', '1'],
  'video.preset': ['--preset', 'superfast'],
  'video.tune': ['--tune', 'film'],
  'video.profile': ['--profile', 'high'],
  'video.bFrames': ['--b-frames', '2'],
  'video.threads': ['--threads', '1'],
  'video.extra': ['--x264', 'slices=2'],
  'audio.bitrate': ['--audio-bitrate', '64k'],
  'audio.sampleRate': ['--sample-rate', '44100'],
  'audio.channels': ['--channels', '1'],
  'audio.inputs.0.gain': ['--audio-gain', '0.5'],
  'audio.inputs.0.muted': ['--audio-muted'],
  'audio.inputs.1.gain': ['--mix', 'tone', '--mix-gain', '0.25'],
  'audio.inputs.1.muted': ['--mix-muted'],
});
