// Lets go of the publication without stopping it: it goes on, and keeps the process alive. Needs --expose-gc.
import { publish } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

await publish(process.argv[2], options).then((stream) => someFrames(stream));
for (let round = 0; round < 5; round++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  globalThis.gc();
}
console.log('forgotten');
