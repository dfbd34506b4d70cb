// The addon in worker_threads, in several of them at once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../support/child.js';
import { isMedia, readFlv } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

const keys = (name: string): string[] => [0, 1, 2].map((index) => `${name}-${index}`);

test('three workers publish at once, stop, and end', async () => {
  const child = runProgram('workers', [nginx.url('ends'), 'end']);
  const exit = await child.ends();
  expect({ ...exit, stderr: child.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(child.stdout).toBe('publishing\nworkers ended: 0 0 0\n');
  for (const key of keys('ends')) expect(readFlv(await nginx.recording(key)).filter(isMedia).length).toBeGreaterThan(15);
});

test('workers are terminated while they publish', async () => {
  const child = runProgram('workers', [nginx.url('terminated'), 'terminate']);
  const exit = await child.ends();
  expect({ ...exit, stderr: child.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(child.stdout).toBe('publishing\nworkers ended: 1 1 1\n');
  for (const key of keys('terminated')) await nginx.unpublished(key);
});

test('the process exits while its workers publish', async () => {
  const child = runProgram('workers', [nginx.url('exits'), 'exit']);
  const exit = await child.ends();
  expect({ ...exit, stderr: child.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  for (const key of keys('exits')) await nginx.unpublished(key);
});
