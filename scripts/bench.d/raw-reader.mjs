// A program that captures the screen and lets each frame go. Its one argument is JSON from raw.mjs.
import { captureVideo, screen } from 'rtmp-pusher';
import { threadCpu } from './thread-cpu.mjs';

const { frameRate, seconds } = JSON.parse(process.argv[2]);
const processCpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const resident = process.memoryUsage.rss();
let seen = 0, most = 0, before;
for await (const frame of captureVideo(screen({ frameRate, cursor: false }))) {
  if (frame.data.length === 0) throw new Error('a frame without pixels');
  most = Math.max(most, process.memoryUsage.rss());
  // The first frames bring their memory with them.
  if (++seen === 30) before = { moment: performance.now(), thread: threadCpu(), process: processCpu() };
  if (before && performance.now() - before.moment > seconds * 1000) break;
}
const frames = seen - 30;
console.log(JSON.stringify({
  frameRate, frames, seconds: (performance.now() - before.moment) / 1000, threadCpu: (threadCpu() - before.thread) / frames,
  processCpu: (processCpu() - before.process) / frames, memory: (most - resident) / 1e6,
}));
