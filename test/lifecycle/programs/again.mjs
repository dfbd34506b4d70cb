// Publishes many times in one process and tells what is left: threads and descriptors, after the first time and after the last.
import { readdirSync } from 'node:fs';
import { publish } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

const left = () => ({ threads: readdirSync('/proc/self/task').length, descriptors: readdirSync('/proc/self/fd').length });
const [url, times] = process.argv.slice(2);
const counts = [];
for (let time = 0; time < Number(times); time++) {
  const abort = new AbortController();
  const stream = await publish(`${url}-${time}`, { ...options, signal: abort.signal });
  await someFrames(stream, 3);
  if (time % 2 === 0) await stream.stop();
  else {
    abort.abort();
    await stream.finished.catch(() => undefined);
  }
  await publish(`${url}/no/such/app`, options).catch(() => undefined);
  counts.push(left());
}
console.log(JSON.stringify(counts));
