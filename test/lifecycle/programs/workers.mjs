// Publishes from several worker threads at once. `end` stops each stream; `terminate` ends the workers while they publish;
// `exit` ends the process while they do.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { publish } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

const [url, way, count = '3'] = process.argv.slice(2);

async function inWorker() {
  const stream = await publish(workerData, options);
  await someFrames(stream);
  parentPort.postMessage('publishing');
  parentPort.once('message', async () => {
    await stream.stop();
  });
}

async function inMain() {
  const workers = Array.from({ length: Number(count) }, (_, index) =>
    new Worker(fileURLToPath(import.meta.url), { workerData: `${url}-${index}` }));
  const exits = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  const publishing = (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await Promise.all(workers.map(publishing));
  console.log('publishing');
  if (way === 'exit') process.exit(0);
  if (way === 'end') for (const worker of workers) worker.postMessage('stop');
  if (way === 'terminate') await Promise.all(workers.map((worker) => worker.terminate()));
  console.log(`workers ended: ${(await Promise.all(exits)).join(' ')}`);
}

await (isMainThread ? inMain() : inWorker());
