// What inputs are made with, their rules and defaults, and what may be written to them. Never loads the addon.
import { types } from 'node:util';
import * as v from 'valibot';
import type { AudioBuffer, PixelFormat, VideoFrame } from './raw.js';
import { channels, frameRate, sourceRate } from './source-options.js';
import { check, exactly, integer, options, shape, word } from './validation.js';

/** What every frame of a {@link VideoInput} looks like. */
export interface VideoInputFormat {
  /** Pixels, 16–8192; even with I420, NV12, YUY2 and UYVY. */
  readonly width: number;
  /** Lines, 16–8192; even with I420 and NV12. */
  readonly height: number;
  /** Frames a second, 1–240: what is announced. The frames' own timestamps count. */
  readonly frameRate: number;
  /** Pixel format of every frame. */
  readonly format: PixelFormat;
}

/** What all sound of an {@link AudioInput} looks like. */
export interface AudioInputFormat {
  /** Hz, 8_000–192_000. */
  readonly sampleRate: number;
  /** Mono or stereo, interleaved. */
  readonly channels: 1 | 2;
  /** Integers of 16 bits, or floats within ±1. @default 'f32' */
  readonly format?: AudioBuffer['format'] | undefined;
}

const side = integer(16, 8192, 'pixels');
const even = (value: number) => value % 2 === 0;

const pixelFormat = word('I420', 'NV12', 'YUY2', 'UYVY', 'BGRA', 'RGBA', 'ARGB', 'BGR24', 'RGB24');

const videoFormat = v.pipe(
  options({ width: side, height: side, frameRate, format: pixelFormat }),
  v.forward(v.check(({ format, width }) => isRgb(format) || even(width), 'even with this pixel format'), ['width']),
  v.forward(v.check(({ format, height }) => !isPlanar(format) || even(height), 'even with this pixel format'),
    ['height']),
);

const audioFormat = options({
  sampleRate: sourceRate, channels, format: v.optional(word('s16', 'f32'), 'f32'),
});

export function videoInputFormat(format: VideoInputFormat): VideoInputFormat {
  return check(videoFormat, format, 'VideoInput');
}

export function audioInputFormat(format: AudioInputFormat): Required<AudioInputFormat> & { format: AudioBuffer['format'] } {
  return check(audioFormat, format, 'AudioInput');
}

const bytesPerPixel: Readonly<Record<PixelFormat, number>> = {
  I420: 1.5, NV12: 1.5, YUY2: 2, UYVY: 2, BGR24: 3, RGB24: 3, BGRA: 4, RGBA: 4, ARGB: 4,
};

function isRgb(format: PixelFormat): boolean {
  return bytesPerPixel[format] >= 3;
}

/** With half the colour rows. */
function isPlanar(format: PixelFormat): boolean {
  return bytesPerPixel[format] === 1.5;
}

/** Bytes of one frame. */
export function frameSize({ format, width, height }: Pick<VideoFrame, 'format' | 'width' | 'height'>): number {
  return width * height * bytesPerPixel[format];
}

/** Microseconds, rounded to whole ones; within what a number holds exactly. */
const timestamp = v.pipe(
  v.number('a number of microseconds'),
  v.transform(Math.round),
  v.safeInteger('a number of microseconds below 2^53'),
);

type Bytes = Uint8Array | Uint8ClampedArray;
const bytes = v.custom<Bytes>((value) => types.isUint8Array(value) || types.isUint8ClampedArray(value), 'a Uint8Array');
const asUint8Array = v.transform((data: Bytes) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));

/** The rule for one picture on its own; a {@link VideoFrame} is one. @internal */
export const picture = v.pipe(
  shape({ format: pixelFormat, width: side, height: side, data: v.pipe(bytes, asUint8Array) }),
  v.forward(v.check((given) => given.data.byteLength === frameSize(given), 'one picture of this format and size'), ['data']),
);

/** The rule for what a VideoInput of this format is given. @internal */
export function videoFrame(format: VideoInputFormat) {
  const size = frameSize(format);
  return shape({
    format: v.literal(format.format, `"${format.format}", as the VideoInput was made for`),
    width: exactly(format.width),
    height: exactly(format.height),
    timestamp,
    data: v.pipe(
      bytes,
      v.check((data) => data.byteLength === size, `a Uint8Array of ${size} bytes`),
      asUint8Array,
    ),
  });
}

/** The rule for what an AudioInput of this format is given. @internal */
export function audioBuffer(format: Required<AudioInputFormat>) {
  const [type, isSamples] = format.format === 's16'
    ? ['an Int16Array', types.isInt16Array] as const : ['a Float32Array', types.isFloat32Array] as const;
  return shape({
    format: v.literal(format.format ?? 'f32', `"${format.format}", as the AudioInput was made for`),
    sampleRate: exactly(format.sampleRate),
    channels: exactly(format.channels),
    timestamp,
    data: v.pipe(
      v.custom<Int16Array | Float32Array>((value) => isSamples(value), type),
      v.check((data) => data.length > 0 && data.length % format.channels === 0,
        `${type} of at least one sample for each of ${format.channels} channels`),
    ),
  });
}
