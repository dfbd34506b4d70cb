// The figures of a running stream on one line. Pure.
import type { Stats } from '../index.js';

/** What happened between two moments of a publication. */
export interface Figures {
  /** Seconds since the beginning. */
  readonly time: number;
  /** Frames encoded a second; undefined without a picture. */
  readonly framesPerSecond: number | undefined;
  /** kbit/s that went out. */
  readonly kilobits: number;
  /** Milliseconds waiting to be sent. */
  readonly queue: number;
  /** Since the beginning. */
  readonly dropped: number;
}

export function figures(before: Stats | undefined, now: Stats): Figures {
  const seconds = now.duration - (before?.duration ?? 0);
  const perSecond = (count: (stats: Stats) => number) => {
    const more = count(now) - (before ? count(before) : 0);
    return seconds > 0 ? more / seconds : 0;
  };
  return {
    time: now.duration,
    framesPerSecond: now.video && perSecond((stats) => stats.video?.framesEncoded ?? 0),
    kilobits: (perSecond((stats) => sum(stats, 'bytesSent')) * 8) / 1_000,
    queue: Math.max(0, ...now.destinations.map((each) => each.queue.duration)),
    dropped: sum(now, 'droppedFrames'),
  };
}

export function liveLine({ time, framesPerSecond, kilobits, queue, dropped }: Figures, colour = false): string {
  const alarm = (text: string, on: boolean) => (on && colour ? `\x1b[33m${text}\x1b[39m` : text);
  return [
    clock(time),
    ...(framesPerSecond === undefined ? [] : [`${framesPerSecond.toFixed(1)} fps`]),
    `${Math.round(kilobits)} kbit/s`,
    alarm(`queue ${Math.round(queue)} ms`, queue >= 500),
    alarm(`dropped ${dropped}`, dropped > 0),
  ].join('  ');
}

/** 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** The stream as a whole, when it is over. */
export function summary(stats: Stats): string {
  return [
    clock(stats.duration),
    ...(stats.video ? [`${stats.video.framesEncoded} frames`] : []),
    `${(sum(stats, 'bytesSent') / 1e6).toFixed(1)} MB sent`,
    `${sum(stats, 'droppedFrames')} dropped`,
  ].join(', ');
}

function sum({ destinations }: Stats, name: 'bytesSent' | 'droppedFrames'): number {
  return destinations.reduce((total, each) => total + each[name], 0);
}
