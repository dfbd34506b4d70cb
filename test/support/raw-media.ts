// Pictures and sound made by a test, in each of the formats that inputs take.
import type { AudioBuffer, VideoFrame } from '../../src/index.js';

export type Rgb = readonly [number, number, number];

/** BT.601, limited range: what pictures below 720 lines are made with. */
function yuv([red, green, blue]: Rgb): [number, number, number] {
  const [r, g, b] = [red / 255, green / 255, blue / 255];
  return [
    Math.round(16 + 65.481 * r + 128.553 * g + 24.966 * b),
    Math.round(128 - 37.797 * r - 74.203 * g + 112 * b),
    Math.round(128 + 112 * r - 93.786 * g - 18.214 * b),
  ];
}

/** Four fields of one colour each: left upper, right upper, left lower, right lower. */
export function fourFields(format: VideoFrame['format'], width: number, height: number, colours: readonly Rgb[]): Uint8Array {
  const field = (x: number, y: number): Rgb => colours[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)] ?? [0, 0, 0];
  const bytes: number[] = [];
  const every = (step: number, write: (x: number, y: number) => readonly number[]): void => {
    for (let y = 0; y < height; y += step) for (let x = 0; x < width; x += step) bytes.push(...write(x, y));
  };
  switch (format) {
    case 'RGBA':
      every(1, (x, y) => [...field(x, y), 255]);
      break;
    case 'BGRA':
      every(1, (x, y) => [...field(x, y).slice().reverse(), 255]);
      break;
    case 'ARGB':
      every(1, (x, y) => [255, ...field(x, y)]);
      break;
    case 'RGB24':
      every(1, (x, y) => field(x, y));
      break;
    case 'BGR24':
      every(1, (x, y) => field(x, y).slice().reverse());
      break;
    case 'UYVY':
      every(1, (x, y) => [yuv(field(x, y))[x % 2 === 0 ? 1 : 2], yuv(field(x, y))[0]]);
      break;
    case 'YUY2':
      every(1, (x, y) => [yuv(field(x, y))[0], yuv(field(x, y))[x % 2 === 0 ? 1 : 2]]);
      break;
    case 'I420':
      every(1, (x, y) => [yuv(field(x, y))[0]]);
      every(2, (x, y) => [yuv(field(x, y))[1]]);
      every(2, (x, y) => [yuv(field(x, y))[2]]);
      break;
    case 'NV12':
      every(1, (x, y) => [yuv(field(x, y))[0]]);
      every(2, (x, y) => yuv(field(x, y)).slice(1));
      break;
  }
  return Uint8Array.from(bytes);
}

/** A sine of one frequency a channel, in pieces of 20 ms; `loudness` by second of the stream. */
export function* sines(
  format: AudioBuffer['format'],
  sampleRate: number,
  frequencies: readonly number[],
  seconds: number,
  loudness: (time: number) => number = () => 0.5,
): Generator<AudioBuffer> {
  const piece = sampleRate / 50;
  const channels = frequencies.length as 1 | 2;
  for (let first = 0; first < seconds * sampleRate; first += piece) {
    const samples = Array.from({ length: piece * channels }, (_, index) => {
      const time = (first + Math.floor(index / channels)) / sampleRate;
      return loudness(time) * Math.sin(2 * Math.PI * (frequencies[index % channels] ?? 0) * time);
    });
    const integers = (): Int16Array => Int16Array.from(samples, (sample) => Math.round(sample * 32_767));
    const data = format === 'f32' ? Float32Array.from(samples) : integers();
    yield { format, sampleRate, channels, timestamp: Math.round((first * 1e6) / sampleRate), data };
  }
}

/** The same picture again and again, stamped 1/frameRate apart; `data` may choose another by its number. */
export function* frames(
  format: { format: VideoFrame['format']; width: number; height: number; frameRate: number },
  count: number,
  data: (index: number) => Uint8Array,
): Generator<VideoFrame> {
  const { frameRate, ...shape } = format;
  for (let index = 0; index < count; index++) {
    yield { ...shape, timestamp: Math.round((index * 1e6) / frameRate), data: data(index) };
  }
}
