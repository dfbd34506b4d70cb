// Keeps captured frames beyond their capture, posts one to a worker thread, keeps one that came from there beyond that thread,
// and exits with all of them alive and a capture running. Each frame must stay as it was when it came.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { captureVideo, testPattern } from 'rtmp-pusher';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const source = testPattern({ width: 640, height: 360, frameRate: 240 });
const digest = (bytes) => createHash('sha1').update(bytes).digest('hex');

/** Some frames, each with its digest. Those between are garbage, whose memory is used again. */
async function someFrames() {
  const kept = [];
  let seen = 0;
  for await (const frame of captureVideo(source)) {
    if (seen++ % 3 === 0) kept.push({ frame, was: digest(frame.data) });
    collectGarbage();
    if (seen === 60) break;
  }
  return kept;
}
const unchanged = (list) => list.every(({ frame, was }) => digest(frame.data) === was);

async function inWorker() {
  const kept = await someFrames();
  parentPort.postMessage(kept[0]);
  parentPort.on('message', (frame) => parentPort.postMessage(digest(frame.data)));
}

async function inMain() {
  const kept = await someFrames();
  collectGarbage();
  console.log(`kept: ${unchanged(kept)}, different: ${new Set(kept.map(({ was }) => was)).size === kept.length}`);

  const worker = new Worker(fileURLToPath(import.meta.url));
  const [theirs] = await once(worker, 'message');
  const [{ frame, was }] = kept;
  worker.postMessage(frame);
  console.log(`posted: ${(await once(worker, 'message'))[0] === was}`);
  try {
    worker.postMessage(frame, [frame.data.buffer]);  // Node.js 20 copies, later ones refuse
    await once(worker, 'message');
  } catch (error) {
    if (error.name !== 'DataCloneError') throw error;
  }
  console.log(`still here: ${unchanged(kept)}`);
  await worker.terminate();
  collectGarbage();
  console.log(`received: ${unchanged([theirs])}`);

  captureVideo(source).once('data', (last) => {
    kept.push(last);
    process.exit(0);
  });
}

await (isMainThread ? inMain() : inWorker());
