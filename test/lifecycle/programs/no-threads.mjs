// Publishes and captures where no more threads are to be had than are named, tells how each ends, and publishes when there are
// threads again. A thread needs address space for its stack: that is what is kept short.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { captureVideo, publish, PusherError, watchDevices } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

const [url, threads] = process.argv.slice(2);
const read = (file, pattern) => Number(readFileSync(`/proc/self/${file}`, 'utf8').match(pattern)?.[1]);
const allow = (bytes) => execFileSync('prlimit', ['--pid', String(process.pid), `--as=${bytes}:`]);

const told = async (attempt) => {
  try {
    await attempt();
    return 'no error';
  } catch (error) {
    return error instanceof PusherError ? `${error.code} ${error.syscall}` : String(error);
  }
};
const first = async (stream) => {
  for await (const _ of stream) return;
};

const stack = read('limits', /Max stack size\s+(\d+)/) || 2 * 1024 * 1024;
allow(read('status', /VmSize:\s+(\d+)/) * 1024 + (Number(threads) + 0.5) * stack);
const ends = { publish: await told(() => publish(url, options)) };
if (threads === '0') {
  ends.capture = await told(() => first(captureVideo(options.video.source)));
  ends.watch = await told(() => first(watchDevices({ existing: true })));
}
allow('unlimited');
console.log(JSON.stringify(ends));
const stream = await publish(url, options);
await someFrames(stream, 3);
await stream.stop();
