// scripts/local-server.mjs lives as long as whoever started it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Child } from '../support/child.js';
import { until } from '../support/until.js';

const script = fileURLToPath(new URL('../../scripts/local-server.mjs', import.meta.url));

test.for([
  ['one that answers', ''],
  ['one that does not yet', 'globalThis.fetch = () => Promise.reject(new Error("not yet"))'],
] as const)('ends with its input: %s', async ([, preload]) => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const server = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, script], { env });
  const child = new Child(server);
  await until('it listens', () => child.stderr.includes('HTTP server listening') && (preload !== '' || child.stdout !== ''));
  server.stdin.end();
  expect(await child.ends()).toEqual({ code: 0, signal: null });
  expect(child.stdout === '').toBe(preload !== '');
});
