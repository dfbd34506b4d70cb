// One peer's turn on the stage: start, a settled stretch that is measured, stop. Gives plain figures.
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Child, now, sleep } from './child.mjs';
import { cpuSeconds, idleSeconds, memory } from './cost.mjs';

export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] : NaN;
}
export const median = (values) => quantile(values, 0.5);

class Viewer {
  constructor(program, url) {
    this.frames = [];
    this.chirps = [];
    this.child = new Child(program, [url], { onLine: (line) => this.#take(line) });
  }

  #take(line) {
    const [kind, ...numbers] = line.split(' ');
    if (kind === 'frame') {
      const [arrived, decoded, timestamp, mark, key] = numbers.map(Number);
      this.frames.push({ arrived, decoded, timestamp, mark, key });
    } else if (kind === 'chirp') {
      const [arrived, timestamp] = numbers.map(Number);
      this.chirps.push({ arrived, timestamp });
    }
  }

  playing() {
    return this.child.until(() => this.child.lines.includes('playing'), 'the server let it play');
  }
}

/** The moment at which the server lists the stream. */
async function listed(stage, key, publisher) {
  for (;;) {
    if (await stage.lists(key)) return now();
    if (!publisher.alive) throw new Error(`${publisher.name} ended: ${publisher.complaints.trim() || 'without a word'}`);
    if (now() - publisher.startedAt > 30e6) throw new Error(`${publisher.name}: not listed in 30 s. ${publisher.complaints}`);
    await sleep(5);
  }
}

/** What a program of ours says: one object of all its lines. */
const words = (publisher) =>
  Object.assign({}, ...publisher.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)));

/**
 * For each beep, in milliseconds: how far it lies behind the picture, and how old it was when its packet came. The mark tells
 * when each picture was on the screen, the beep was at the sink's output at a full second; both have timestamps on the stream's
 * clock.
 */
function beepsOf({ frames, chirps }, from) {
  return chirps.filter((chirp) => chirp.arrived >= from).flatMap(({ timestamp, arrived }) => {
    const near = frames.filter((frame) => frame.mark >= 0 && Math.abs(frame.timestamp - timestamp) < 1000);
    if (near.length < 10) return [];
    const moment = timestamp - median(near.map((frame) => frame.timestamp - frame.mark));
    const second = Math.round(moment / 1000) * 1000;
    return [{ offset: moment - second, age: arrived / 1000 - second }];
  });
}

function soundFigures(beeps) {
  const offsets = beeps.map((beep) => beep.offset);
  return {
    offsets, offset: median(offsets), low: Math.min(...offsets), high: Math.max(...offsets),
    age: median(beeps.map((beep) => beep.age)),
  };
}

/** `seconds` 0: only the start. */
export async function measure({ stage, programs, peer, key, sound, seconds, eventLoop = false }) {
  const viewer = new Viewer(join(programs, 'reader'), stage.url(key));
  await viewer.playing();
  const [command, args] = peer(stage, stage.url(key), sound, { eventLoop });
  const publisher = new Child(command, args, { env: stage.env });
  const listedAt = await listed(stage, key, publisher);
  await publisher.until(() => viewer.frames.length > 0, 'the first picture', 30);
  const began = { process: publisher.startedAt, publish: words(publisher).publishAt ?? publisher.startedAt };
  const since = (moment) => ({ fromProcess: (moment - began.process) / 1000, fromPublish: (moment - began.publish) / 1000 });
  const start = { listed: since(listedAt), keyframe: since(viewer.frames[0].arrived) };

  let figures = {};
  if (seconds > 0) {
    await sleep(3000);
    const cpuBefore = cpuSeconds(publisher.pid), idleBefore = idleSeconds(), first = viewer.frames.length, from = now();
    await sleep(seconds * 1000);
    const cpu = cpuSeconds(publisher.pid) - cpuBefore, last = viewer.frames.length, to = now();
    const idle = (idleSeconds() - idleBefore) / (((to - from) / 1e6) * cpus().length);
    const count = last - first;
    figures = { first, last, idle, cpuPerThousand: (cpu * 1000) / count, frameRate: (count * 1e6) / (to - from) };
    Object.assign(figures, memory(publisher.pid));
    if (!publisher.alive) throw new Error(`${publisher.name} ended while it published: ${publisher.complaints.trim()}`);
  }
  await publisher.end(command === 'ffmpeg' || command.startsWith('gst') ? 'SIGINT' : 'SIGTERM');
  await viewer.child.end('SIGTERM', 60);
  if (seconds === 0) return { start };

  const frames = viewer.frames.slice(figures.first, figures.last);
  const marked = frames.filter((frame) => frame.mark >= 0);
  const ages = marked.map((frame) => frame.decoded / 1000 - frame.mark);
  const steps = marked.slice(1).map((frame, i) => frame.mark - marked[i].mark);
  const { eventLoopP99, eventLoopMax, stats } = words(publisher);
  return {
    start,
    cpuPerThousand: figures.cpuPerThousand,
    memoryPeak: figures.peak,
    memoryOwn: figures.own,
    frameRate: figures.frameRate,
    idle: figures.idle,
    longestGap: Math.max(...steps),
    unreadable: frames.length - marked.length,
    latency: { p50: median(ages), p95: quantile(ages, 0.95) },
    wire: { p50: median(marked.map((frame) => frame.arrived / 1000 - frame.mark)) },
    sound: sound ? soundFigures(beepsOf(viewer, frames[0].arrived)) : undefined,
    eventLoop: eventLoop ? { p99: eventLoopP99, max: eventLoopMax } : undefined,
    stats,
  };
}
