// A probe's figures as people read them. Pure.
import { visible } from '../visible.js';
import type { AudioFigures, Level, Spread, VideoFigures } from './measure.js';

export function videoText(figures: VideoFigures): string {
  const { width, height, format, frameRate, frames, duration, gaps, missingFrames } = figures;
  return lines({
    mode: `${width}x${height} ${visible(format)}`,
    rate: `${rateText(frameRate, 2, 'frames/s')}, ${count(frames, 'frame')} in ${duration.toFixed(1)} s`,
    jitter: spreadText(figures.jitter),
    gaps: gaps === 0 ? 'none' : `${count(gaps, 'gap')}, ${count(missingFrames, 'frame')} missing`,
    delay: spreadText(figures.delay),
  });
}

export function audioText(figures: AudioFigures): string {
  const { sampleRate, channels, format, measuredRate, duration, gaps, missingTime, levels } = figures;
  const names = channels === 1 ? [''] : ['left ', 'right '];
  return lines({
    mode: `${sampleRate} Hz, ${count(channels, 'channel')}, ${visible(format)}`,
    rate: `${rateText(measuredRate, 1, 'samples/s')} over ${duration.toFixed(1)} s`,
    jitter: spreadText(figures.jitter),
    gaps: gaps === 0 ? 'none' : `${count(gaps, 'gap')}, ${missingTime.toFixed(1)} ms missing`,
    delay: spreadText(figures.delay),
    level: levels.map((level, channel) => `${names[channel] ?? ''}${levelText(level)}`).join('; '),
  });
}

function rateText(rate: number | undefined, digits: number, unit: string): string {
  return rate === undefined ? 'unknown' : `${rate.toFixed(digits)} ${unit}`;
}

function levelText({ peak, rms }: Level): string {
  return peak === null || rms === null ? 'silence' : `peak ${peak.toFixed(1)}, RMS ${rms.toFixed(1)} dBFS`;
}

function spreadText({ p50, p95, max }: Spread): string {
  return `p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, largest ${max.toFixed(1)} ms`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function lines(rows: Readonly<Record<string, string>>): string {
  return Object.entries(rows).map(([name, text]) => `  ${name.padEnd(8)}${text}\n`).join('');
}
