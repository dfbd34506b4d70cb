// Publishes in vain and for a moment, makes inputs that nobody publishes, and tells how much of all that cannot be collected.
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AudioInput, publish, VideoInput } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

const [url, times] = process.argv.slice(2);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const made = [];

async function use(time) {
  const { signal } = new AbortController(); // which a publication holds
  await publish('rtmp://127.0.0.1:1/live/key', { ...options, signal }).catch(() => undefined);
  const video = new VideoInput({ width: 320, height: 240, frameRate: 30, format: 'NV12' });
  video.write({ format: 'NV12', width: 320, height: 240, timestamp: 0, data: new Uint8Array(320 * 240 * 1.5) });
  const audio = new AudioInput({ sampleRate: 48_000, channels: 1 });
  const stream = await publish(`${url}-${time}`, options);
  await someFrames(stream, 1);
  await stream.stop();
  made.push(...[signal, video, audio, stream].map((object) => new WeakRef(object)));
}

for (let time = 0; time < Number(times); time++) await use(time);
const left = () => made.filter((object) => object.deref() !== undefined).length;
// What holds each other through native objects is freed over some rounds; what was just looked at is not, in the same turn.
for (let round = 0; round < 50 && left() > 0; round++) {
  await setImmediate();
  collect();
  await setImmediate();
}
console.log(JSON.stringify({ made: made.length, left: left() }));
