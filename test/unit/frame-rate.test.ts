import { expect, test } from 'vitest';
import { rational } from '../../src/frame-rate.js';

test.for([
  [30, 30, 1],
  [1, 1, 1],
  [240, 240, 1],
  [29.97, 30_000, 1_001],
  [30_000 / 1_001, 30_000, 1_001],
  [23.976, 24_000, 1_001],
  [23.98, 24_000, 1_001],
  [59.94, 60_000, 1_001],
  [119.88, 120_000, 1_001],
  [12.5, 25, 2],
  [7.5, 15, 2],
  [29.5, 59, 2],
  [33.333, 33_333, 1_000],
] as const)('%f is %i/%i', ([framesPerSecond, num, den]) => expect(rational(framesPerSecond)).toEqual({ num, den }));
