// Decoded sound with its own timestamps, and what is to be heard in it.
import { run } from './run.js';

/** Samples that follow each other without a gap. */
export interface Sound {
  /** Seconds, as in the file: not shifted to begin at 0. */
  readonly time: number;
  readonly sampleRate: number;
  readonly samples: Float32Array;
}

export interface Beep {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  /** Hz. */
  readonly frequency: number;
  /** Of the sine, 1 is full scale. */
  readonly amplitude: number;
}

/**
 * One channel of a file's sound. FLV counts in milliseconds, so a frame that lies within 3 ms of the end of the one before
 * continues it; any other is placed at its timestamp, with silence in the gap.
 */
export async function decodeSound(file: string, channel = 0): Promise<Sound> {
  const { stdout, stderr } = await run('ffmpeg', [
    ...['-nostdin', '-hide_banner', '-loglevel', 'info', '-copyts', '-i', file, '-map', '0:a:0'],
    ...['-af', `pan=mono|c0=c${channel},aformat=flt,ashowinfo`, '-f', 'f32le', '-'],
  ]);
  const frames = [...stderr.matchAll(/Parsed_ashowinfo.* pts_time:(\S+).* rate:(\d+) nb_samples:(\d+)/g)].map((match) => ({
    time: Number(match[1]),
    sampleRate: Number(match[2]),
    count: Number(match[3]),
  }));
  const [first, last] = [frames[0], frames.at(-1)];
  if (!first || !last) throw new Error(`${file} has no sound`);
  const { sampleRate } = first;
  const samples = new Float32Array(Math.round((last.time - first.time + 0.003) * sampleRate) + last.count);
  const roundings: number[] = [];
  let [read, end] = [0, 0];
  for (const { time, count } of frames) {
    const stamped = Math.round((time - first.time) * sampleRate);
    const place = Math.abs(stamped - end) <= 0.003 * sampleRate ? end : stamped;
    roundings.push(time - place / sampleRate);
    for (let index = 0; index < count && place + index < samples.length; index++) {
      samples[place + index] = stdout.readFloatLE((read + index) * 4);
    }
    read += count;
    end = place + count;
  }
  // The mean over all frames takes the rounding to milliseconds out of the first one's time.
  const time = roundings.reduce((sum, value) => sum + value, 0) / roundings.length;
  return { time, sampleRate, samples };
}

/** Amplitude of `frequency` around each sample, in windows of `length` seconds (Goertzel), one value every `hop` samples. */
function envelope({ samples, sampleRate }: Sound, frequency: number, length: number, hop: number): Float32Array {
  const window = Math.round(length * sampleRate);
  const turn = (2 * Math.PI * frequency) / sampleRate;
  const values = new Float32Array(Math.max(0, Math.floor((samples.length - window) / hop) + 1));
  for (let index = 0; index < values.length; index++) {
    let [before, last] = [0, 0];
    for (let offset = 0; offset < window; offset++) {
      [before, last] = [last, (samples[index * hop + offset] ?? 0) + 2 * Math.cos(turn) * last - before];
    }
    const power = last * last + before * before - 2 * Math.cos(turn) * last * before;
    values[index] = (2 * Math.sqrt(Math.max(0, power))) / window;
  }
  return values;
}

/** A decoder has nothing to overlap the first AAC frame with, so that sound fades in over 1,024 samples and a window more. */
const fadeIn = 0.03;

/**
 * The beeps of about `frequency` Hz that are there from their beginning: one that sounds already when the recording starts has
 * no edge of its own. A window half filled gives half the amplitude: a beep's edge is where half is crossed.
 */
export function findBeeps(sound: Sound, frequency: number): Beep[] {
  const [length, hop] = [0.008, 16];
  const values = envelope(sound, frequency, length, hop);
  const half = values.reduce((a, b) => Math.max(a, b), 0) / 2;
  if (half < 0.01) return [];
  const timeOf = (index: number): number => sound.time + (index * hop) / sound.sampleRate + length / 2;
  const beeps: Beep[] = [];
  let start: number | undefined;
  for (let index = 1; index < values.length; index++) {
    const [before, value] = [values[index - 1] ?? 0, values[index] ?? 0];
    const crossing = timeOf(index - 1 + (half - before) / (value - before));
    if (before < half && value >= half && crossing > sound.time + fadeIn) start = crossing;
    if (before >= half && value < half && start !== undefined) {
      beeps.push({ start, end: crossing, ...sineWithin(sound, start + 0.01, crossing - 0.01) });
      start = undefined;
    }
  }
  return beeps;
}

/** Frequency by the zero crossings, amplitude by the root mean square. */
export function sineWithin(sound: Sound, from: number, to: number): { frequency: number; amplitude: number } {
  const at = (time: number): number => Math.round((time - sound.time) * sound.sampleRate);
  const part = sound.samples.subarray(Math.max(0, at(from)), at(to));
  const crossings: number[] = [];
  let power = 0;
  part.forEach((value, index) => {
    power += value * value;
    const before = part[index - 1] ?? 0;
    if (index > 0 && before < 0 && value >= 0) crossings.push(index - value / (value - before));
  });
  const [first, last] = [crossings[0] ?? 0, crossings.at(-1) ?? 0];
  const frequency = last > first ? ((crossings.length - 1) * sound.sampleRate) / (last - first) : 0;
  return { frequency, amplitude: Math.sqrt((2 * power) / Math.max(1, part.length)) };
}
