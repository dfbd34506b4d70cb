// Frames a second as the exact fraction that encoders and containers want. Pure.
import type { NativeRational } from './native.js';

/**
 * 29.97 means 30000/1001 (SMPTE ST 12-1), 23.976 or 23.98 means 24000/1001, and so on for every whole rate; anything else is
 * taken to the nearest thousandth.
 */
export function rational(framesPerSecond: number): NativeRational {
  if (Number.isInteger(framesPerSecond)) return { num: framesPerSecond, den: 1 };
  const whole = Math.ceil(framesPerSecond);
  if (Math.abs(framesPerSecond - (whole * 1000) / 1001) < 0.005) return { num: whole * 1000, den: 1001 };
  const thousandths = Math.round(framesPerSecond * 1000);
  const divisor = greatestCommonDivisor(thousandths, 1000);
  return { num: thousandths / divisor, den: 1000 / divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
