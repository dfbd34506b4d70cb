// What a probe makes of the frames and the sound that it captures. Times are the capture's own, on CLOCK_MONOTONIC. Pure.
import type { AudioBuffer, CapturedFrame } from '../index.js';

/** How far times lie from where they should, in milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** A picture source over some seconds. */
export interface VideoFigures {
  readonly width: number;
  readonly height: number;
  /** Of the raw frames. */
  readonly format: string;
  /** Seconds from the first frame to the last. */
  readonly duration: number;
  /** That arrived. */
  readonly frames: number;
  /** Frames a second that the device made, missing ones included; undefined of a single frame. */
  readonly frameRate: number | undefined;
  /** Of the intervals between frames from the mean one. */
  readonly jitter: Spread;
  /** Places where frames are missing, and how many are. */
  readonly gaps: number;
  readonly missingFrames: number;
  /** From the moment of capture to the arrival in the program. */
  readonly delay: Spread;
}

/** One channel, in dBFS: 0 is the largest sample there is. Null for digital silence. */
export interface Level {
  readonly peak: number | null;
  readonly rms: number | null;
}

/** A sound source over some seconds. */
export interface AudioFigures {
  /** Hz, as announced. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly format: string;
  /** Seconds from the first sample to the last. */
  readonly duration: number;
  /** Samples of each channel that arrived. */
  readonly samples: number;
  /** Samples a second that the device makes by the system's clock; undefined of a single buffer. */
  readonly measuredRate: number | undefined;
  /** Of the buffers' times from where the samples before them end. */
  readonly jitter: Spread;
  /** Jumps in time, and how long they are together, in milliseconds. */
  readonly gaps: number;
  readonly missingTime: number;
  readonly delay: Spread;
  readonly levels: readonly Level[];
}

export class VideoMeasure {
  readonly #frames: Pick<CapturedFrame, 'timestamp' | 'sequence'>[] = [];
  readonly #delays: number[] = [];
  #shape: Pick<CapturedFrame, 'width' | 'height' | 'format'> = { width: 0, height: 0, format: 'I420' };

  /** `now`: microseconds on the same clock. */
  add({ timestamp, sequence, width, height, format }: CapturedFrame, now: number): void {
    this.#shape = { width, height, format };
    this.#frames.push({ timestamp, sequence });
    this.#delays.push(now - timestamp);
  }

  /** Seconds. */
  get duration(): number {
    return span(this.#frames);
  }

  figures(): VideoFigures {
    const { duration } = this;
    const [first, last] = [this.#frames[0], this.#frames.at(-1)];
    const made = first && last ? last.sequence - first.sequence : 0;
    const steps = pairs(this.#frames).map(([a, b]) => ({ count: b.sequence - a.sequence, time: b.timestamp - a.timestamp }));
    const mean = made > 0 ? (duration * 1e6) / made : 0;
    return {
      ...this.#shape,
      duration,
      frames: this.#frames.length,
      frameRate: duration > 0 ? made / duration : undefined,
      jitter: spread(steps.map(({ count, time }) => Math.abs(time - count * mean))),
      gaps: steps.filter(({ count }) => count > 1).length,
      missingFrames: Math.max(0, made + 1 - this.#frames.length),
      delay: spread(this.#delays),
    };
  }
}

/** Microseconds by which a buffer may lie off before it is a gap. */
const tolerance = 5_000;

export class AudioMeasure {
  readonly #buffers: { readonly timestamp: number; readonly samples: number }[] = [];
  readonly #delays: number[] = [];
  readonly #heard: { peak: number; squares: number }[] = [];
  #shape: Pick<AudioBuffer, 'sampleRate' | 'channels' | 'format'> = { sampleRate: 48_000, channels: 1, format: 'f32' };

  /** `now`: microseconds on the same clock. */
  add({ timestamp, sampleRate, channels, format, data }: AudioBuffer, now: number): void {
    this.#shape = { sampleRate, channels, format };
    this.#buffers.push({ timestamp, samples: data.length / channels });
    this.#delays.push(now - timestamp);
    const largest = format === 's16' ? 32_768 : 1;
    for (let channel = 0; channel < channels; channel++) {
      const heard = (this.#heard[channel] ??= { peak: 0, squares: 0 });
      for (let at = channel; at < data.length; at += channels) {
        const sample = Math.abs(data[at] ?? 0) / largest;
        heard.peak = Math.max(heard.peak, sample);
        heard.squares += sample * sample;
      }
    }
  }

  /** Seconds. */
  get duration(): number {
    return span(this.#buffers);
  }

  figures(): AudioFigures {
    const length = (samples: number) => (samples / this.#shape.sampleRate) * 1e6;
    const samples = sum(this.#buffers.map((buffer) => buffer.samples));
    const steps = pairs(this.#buffers).map(([{ timestamp, samples }, next]) =>
      ({ samples, off: next.timestamp - timestamp - length(samples) }));
    const whole = steps.filter(({ off }) => Math.abs(off) <= tolerance);
    const jumps = steps.filter(({ off }) => Math.abs(off) > tolerance);
    const time = sum(whole.map((step) => length(step.samples) + step.off));
    return {
      ...this.#shape,
      duration: this.duration + length(this.#buffers.at(-1)?.samples ?? 0) / 1e6,
      samples,
      measuredRate: time > 0 ? (sum(whole.map((step) => step.samples)) / time) * 1e6 : undefined,
      jitter: spread(whole.map(({ off }) => Math.abs(off))),
      gaps: jumps.length,
      missingTime: sum(jumps.map(({ off }) => Math.max(0, off))) / 1e3,
      delay: spread(this.#delays),
      levels: this.#heard.map(({ peak, squares }) => ({ peak: decibels(peak), rms: decibels(Math.sqrt(squares / samples)) })),
    };
  }
}

function decibels(value: number): number | null {
  return value > 0 ? 20 * Math.log10(value) : null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Seconds from the first to the last. */
function span(items: readonly { readonly timestamp: number }[]): number {
  return ((items.at(-1)?.timestamp ?? 0) - (items[0]?.timestamp ?? 0)) / 1e6;
}

function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.slice(1).map((item, index) => [items[index] as Item, item]);
}

/** Microseconds in, milliseconds out. */
function spread(microseconds: readonly number[]): Spread {
  const sorted = microseconds.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1e3;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
