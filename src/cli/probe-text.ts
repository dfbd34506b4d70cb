// A probe's figures as people read them. Pure.
import type { AudioFigures, Level, Spread, VideoFigures } from './measure.js';

export function videoText({ width, height, format, frames, duration, frameRate, jitter, gaps, missingFrames, delay }: VideoFigures): string {
  return lines({
    mode: `${width}x${height} ${format}`,
    rate: `${frameRate === undefined ? 'unknown' : `${frameRate.toFixed(2)} frames/s`}, ${count(frames, 'frame')} in ${duration.toFixed(1)} s`,
    jitter: spreadText(jitter),
    gaps: gaps === 0 ? 'none' : `${count(gaps, 'gap')}, ${count(missingFrames, 'frame')} missing`,
    delay: spreadText(delay),
  });
}

export function audioText({ sampleRate, channels, format, duration, measuredRate, jitter, gaps, missingTime, delay, levels }: AudioFigures): string {
  const names = channels === 1 ? [''] : ['left ', 'right '];
  return lines({
    mode: `${sampleRate} Hz, ${count(channels, 'channel')}, ${format}`,
    rate: `${measuredRate === undefined ? 'unknown' : `${measuredRate.toFixed(1)} samples/s`} over ${duration.toFixed(1)} s`,
    jitter: spreadText(jitter),
    gaps: gaps === 0 ? 'none' : `${count(gaps, 'gap')}, ${missingTime.toFixed(1)} ms missing`,
    delay: spreadText(delay),
    level: levels.map((level, channel) => `${names[channel] ?? ''}${levelText(level)}`).join('; '),
  });
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
