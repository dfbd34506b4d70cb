// A program that makes its frames and publishes them in real time. Its one argument is JSON from raw.mjs. Half of the time each
// write() stands beside a copy of as much, the first of the two in turns; the other half only frames are written.
import { publish, VideoInput } from 'rtmp-pusher';
import { quantile } from './measure.mjs';
import { threadCpu } from './thread-cpu.mjs';

const { url, width, height, seconds } = JSON.parse(process.argv[2]);
const period = 1000 / 30;
const size = width * height * 4;

// Several, as a program has them: one alone would stay in the processor's cache.
const pictures = Array.from({ length: 4 }, (_, number) => Buffer.alloc(size, 60 * number));
const targets = pictures.map(() => Buffer.alloc(size, 1));
const format = { format: 'BGRA', width, height };
const input = new VideoInput({ ...format, frameRate: 30 });
const stream = await publish(url, { video: { source: input, preset: 'ultrafast' } });

const start = performance.now();
let frames = 0;
/** Each frame at its time; `act` gets its number. */
async function play(until, act) {
  while (performance.now() < until) {
    const due = start + frames * period;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    act(frames++);
  }
}
const write = (number) => input.write({ ...format, timestamp: Math.round(number * period * 1000), data: pictures[number % 4] });

const times = { write: [], copy: [] };
function timed(name, action) {
  const began = performance.now();
  action();
  times[name].push((performance.now() - began) * 1000);
}
await play(start + 1000, write);
await play(performance.now() + seconds * 500, (number) => {
  // A write that has to wait for the one before only queues.
  if (input.writableLength > 0) return write(number);
  const copy = () => pictures[number % 4].copy(targets[number % 4]);
  const steps = [() => timed('write', () => write(number)), () => timed('copy', copy)];
  if (number % 8 >= 4) steps.reverse();
  for (const step of steps) step();
});
const before = { cpu: threadCpu(), frames };
await play(performance.now() + seconds * 500, write);
const cpu = (threadCpu() - before.cpu) / (frames - before.frames);
input.end();
await stream.finished;

const both = (list) => ({ p50: quantile(list, 0.5), p95: quantile(list, 0.95) });
console.log(JSON.stringify({
  write: both(times.write), copy: both(times.copy), threadCpu: cpu, frames, encoded: stream.stats().video.framesEncoded,
}));
