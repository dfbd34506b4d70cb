// How far sound and picture are apart in a recording of testPattern() and tone(): both follow the same wall clock.
import type { VideoStats } from '../../src/index.js';
import { steps } from './flv.js';
import { readPattern, type PatternReading } from './pattern.js';
import { decodePictures } from './picture.js';
import { decodeSound, findBeeps, type Beep } from './sound.js';

export interface Alignment {
  readonly readings: PatternReading[];
  readonly beeps: Beep[];
  /** Milliseconds from each flash to its beep: positive when the sound is late. One for each second in the recording. */
  readonly offsets: number[];
}

/** tone() swells for 2 ms, and findBeeps() takes the middle of that. */
const swell = 0.001;

/**
 * A picture is only shown every 1/frameRate seconds, but it says in print what time it was taken at. So the moment of the flash
 * is the first lit picture's time less what its clock is past the full second.
 */
export async function readAlignment(file: string, frequency = 1_000): Promise<Alignment> {
  const readings = (await decodePictures(file)).map(readPattern);
  const beeps = findBeeps(await decodeSound(file), frequency);
  const flashes = readings.filter((reading, index) => reading.flash && readings[index - 1]?.flash === false);
  const offsets = flashes.flatMap(({ time, clock }) => {
    const moment = time - (clock % 1000) / 1000;
    const beep = beeps.map(({ start }) => start - swell).find((start) => Math.abs(start - moment) < 0.4);
    return beep === undefined ? [] : [(beep - moment) * 1000];
  });
  return { readings, beeps, offsets };
}

/** Whether the pictures are in order, and none is shown again or left out that the statistics do not tell of. */
export function isWholeSequence(readings: readonly PatternReading[], video: VideoStats | undefined): boolean {
  const numbers = steps(readings.map(({ frame }) => frame));
  const [again, back] = [numbers.filter((step) => step === 0).length, numbers.filter((step) => step < 0).length];
  const [first, last] = [readings[0]?.frame ?? 0, readings.at(-1)?.frame ?? 0];
  const missing = last - first + 1 - (readings.length - again);
  const { framesRepeated = 0, framesDropped = 0, captureGaps = 0 } = video ?? {};
  return back === 0 && again <= framesRepeated && missing <= framesDropped + captureGaps;
}

/** Pictures a second, by their own numbers and times: gaps do not change it. */
export function pictureRate(readings: readonly PatternReading[]): number {
  const [first, last] = [readings[0], readings.at(-1)];
  return first && last ? (last.frame - first.frame) / (last.time - first.time) : 0;
}

export function figures(numbers: readonly number[]): string {
  return numbers.map((number) => number.toFixed(1)).join(' ');
}
