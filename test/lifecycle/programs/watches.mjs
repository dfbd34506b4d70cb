// Watches a machine without devices, so that it waits for a change, and ends in the way that is asked for.
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { watchDevices } from 'rtmp-pusher';

const way = process.argv[2];
const abort = new AbortController();

async function watch() {
  const watching = watchDevices({ existing: false, signal: abort.signal });
  if (way === 'unread') return;
  watching.on('error', (error) => console.log(error.name)).on('close', () => console.log('closed')).on('data', () => {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  if (way === 'exit') process.exit(0);
  if (way === 'destroy') watching.destroy();
  if (way === 'abort') abort.abort();
}

if (!isMainThread) {
  await watch();
} else if (way === 'terminate') {
  const workers = [1, 2, 3].map(() => new Worker(fileURLToPath(import.meta.url), { argv: ['on'] }));
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  await new Promise((resolve) => setTimeout(resolve, 500));
  await Promise.all(workers.map((worker) => worker.terminate()));
} else {
  await watch();
}
