// Tries what `attempts` names, once only so many descriptors are left as are named, and tells how it ends; then publishes with some
// again. Each is tried in a process of its own: a library that is loaded already needs none.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { camera, captureAudio, captureVideo, listDevices, microphone, publish, PusherError, screen, systemAudio, watchDevices } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

const [url, what, left] = process.argv.slice(2);
const first = async (stream) => {
  for await (const _ of stream) return;
};
const attempts = {
  publish: async () => (await publish(url, options)).stop(),
  lookup: async () => (await publish(url.replace('127.0.0.1', 'localhost'), options)).stop(),
  screen: () => first(captureVideo(screen())),
  camera: () => first(captureVideo(camera())),
  microphone: () => first(captureAudio(microphone())),
  alsa: () => first(captureAudio(microphone({ backend: 'alsa' }))),
  pulse: () => first(captureAudio(systemAudio())),
  watch: () => first(watchDevices()),
  list: async () => {
    const { notes } = await listDevices();
    if (notes.length > 0) throw new Error(notes.join('\n'));
  },
};

const tell = (error) => (error instanceof PusherError ? `${error.code} ${error.cause?.code}: ${error.message}` : error.message);

execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=200:']);
const held = [];
try {
  for (;;) held.push(openSync('/dev/null'));
} catch {
  for (let count = Number(left); count > 0; count--) closeSync(held.pop());
}
const end = await Promise.race([attempts[what]().then(() => 'no error', tell), delay(10_000, 'nothing')]);
for (const fd of held) closeSync(fd);
console.log(JSON.stringify(end));
const stream = await publish(url, options);
await someFrames(stream, 3);
await stream.stop();
process.exit(); // a capture may still wait
