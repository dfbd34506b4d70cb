// How far sound and picture are apart in a recording of testPattern() and tone(): both follow the same wall clock.
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

/** Pictures that are missing between the first and the last. */
export function missingPictures(readings: readonly PatternReading[]): number {
  const [first, last] = [readings[0], readings.at(-1)];
  return first && last ? last.frame - first.frame + 1 - readings.length : 0;
}

/** Pictures a second, by their own numbers and times: gaps do not change it. */
export function pictureRate(readings: readonly PatternReading[]): number {
  const [first, last] = [readings[0], readings.at(-1)];
  return first && last ? (last.frame - first.frame) / (last.time - first.time) : 0;
}

export function figures(numbers: readonly number[]): string {
  return numbers.map((number) => number.toFixed(1)).join(' ');
}
