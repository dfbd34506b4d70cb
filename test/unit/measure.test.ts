// What a probe makes of frames and sound whose times, gaps and levels are known.
import { describe, expect, test } from 'vitest';
import { AudioMeasure, VideoMeasure } from '../../src/cli/measure.js';
import { audioText, videoText } from '../../src/cli/probe-text.js';
import type { CapturedFrame } from '../../src/raw.js';

const frame = (sequence: number, timestamp: number): CapturedFrame =>
  ({ format: 'YUY2', width: 640, height: 360, sequence, timestamp, data: new Uint8Array() });

describe('pictures', () => {
  test('a steady source', () => {
    const measure = new VideoMeasure();
    for (let n = 0; n <= 50; n++) measure.add(frame(7 + n, 1e9 + n * 20_000), 1e9 + n * 20_000 + 3_000);
    expect(measure.duration).toBe(1);
    expect(measure.figures()).toEqual({
      width: 640, height: 360, format: 'YUY2', duration: 1, frames: 51, frameRate: 50, gaps: 0, missingFrames: 0,
      jitter: { p50: 0, p95: 0, max: 0 }, delay: { p50: 3, p95: 3, max: 3 },
    });
  });

  test('missing frames are counted, and do not slow the source down', () => {
    const measure = new VideoMeasure();
    for (const n of [0, 1, 2, 5, 6, 8, 9, 10]) measure.add(frame(n, n * 40_000), n * 40_000);
    const figures = measure.figures();
    expect(figures).toMatchObject({ frames: 8, frameRate: 25, gaps: 2, missingFrames: 3, jitter: { max: 0 } });
    expect(videoText(figures)).toContain('2 gaps, 3 frames missing');
  });

  test('jitter is how far an interval is from the mean', () => {
    const measure = new VideoMeasure();
    for (let n = 0; n <= 100; n++) measure.add(frame(n, n * 10_000 + (n === 50 ? 4_000 : 0)), n * 10_000);
    const { jitter } = measure.figures();
    expect(jitter.p50).toBeCloseTo(0, 6);
    expect(jitter.p95).toBeCloseTo(0, 6);
    expect(jitter.max).toBeCloseTo(4, 6);
  });

  test('a single frame has no rate', () => {
    const measure = new VideoMeasure();
    measure.add(frame(3, 1_000), 2_000);
    expect(measure.figures()).toMatchObject({ frames: 1, duration: 0, frameRate: undefined, missingFrames: 0 });
    expect(videoText(measure.figures())).toContain('unknown, 1 frame in 0.0 s');
  });
});

/** A second in buffers of 10 ms at 48 kHz whose samples come from `sample`, in time of a clock that is off by `ppm`. */
function sound(sample: (n: number, channel: number) => number, { ppm = 0, jumps = [] as number[] } = {}) {
  const measure = new AudioMeasure();
  let jumped = 0;
  for (let n = 0; n < 100; n++) {
    if (jumps.includes(n)) jumped += 30_000;
    const data = Float32Array.from({ length: 960 }, (_, at) => sample(n * 480 + (at >> 1), at & 1));
    const timestamp = 5e6 + n * 10_000 / (1 + ppm * 1e-6) + jumped;
    measure.add({ format: 'f32', sampleRate: 48_000, channels: 2, timestamp, data }, timestamp + 12_000);
  }
  return measure.figures();
}

describe('sound', () => {
  test('a sine on the left, silence on the right', () => {
    const figures = sound((n, channel) => (channel === 0 ? 0.5 * Math.sin(n / 10) : 0));
    expect(figures).toMatchObject({ sampleRate: 48_000, channels: 2, samples: 48_000, gaps: 0, delay: { p50: 12 } });
    expect(figures.duration).toBeCloseTo(1, 9);
    expect(figures.measuredRate).toBeCloseTo(48_000, 3);
    expect(figures.levels[0]?.peak).toBeCloseTo(-6.02, 1);
    expect(figures.levels[0]?.rms).toBeCloseTo(-9.03, 1);
    expect(figures.levels[1]).toEqual({ peak: null, rms: null });
    expect(audioText(figures)).toMatch(/left peak -6\.0, RMS -9\.0 dBFS; right silence/);
  });

  test('a clock that is off', () => {
    expect(sound(() => 0, { ppm: 250 }).measuredRate).toBeCloseTo(48_012, 1);
  });

  test('jumps in time are gaps, and do not slow the source down', () => {
    const figures = sound(() => 0, { jumps: [20, 60] });
    expect(figures).toMatchObject({ gaps: 2 });
    expect(figures.missingTime).toBeCloseTo(60, 6);
    expect(figures.measuredRate).toBeCloseTo(48_000, 3);
    expect(figures.jitter.max).toBeCloseTo(0, 6);
    expect(audioText(figures)).toContain('2 gaps, 60.0 ms missing');
  });

  test('integers', () => {
    const measure = new AudioMeasure();
    const data = Int16Array.of(16_384, -32_768);
    measure.add({ format: 's16', sampleRate: 44_100, channels: 1, timestamp: 0, data }, 0);
    expect(measure.figures()).toMatchObject({ measuredRate: undefined, samples: 2, levels: [{ peak: 0 }] });
  });
});
