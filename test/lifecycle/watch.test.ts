// How a program that watches for devices ends.
import { expect, test } from 'vitest';
import { runProgram } from '../support/child.js';

const bare = { DISPLAY: '', PULSE_SERVER: 'unix:/nonexistent/native' };

test.for([
  ['unread', ''],
  ['exit', ''],
  ['destroy', 'closed\n'],
  ['abort', 'AbortError\nclosed\n'],
  ['terminate', ''],
])('%s', async ([way, says]) => {
  const child = runProgram('watches', [way as string], { env: bare });
  const exit = await child.ends();
  expect({ ...exit, stderr: child.stderr, stdout: child.stdout }).toEqual({ code: 0, signal: null, stderr: '', stdout: says });
});

test('not while somebody waits; SIGTERM ends it', async () => {
  const child = runProgram('watches', ['on'], { env: bare });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(child.running).toBe(true);
  child.kill('SIGTERM');
  expect(await child.ends()).toEqual({ code: null, signal: 'SIGTERM' });
});
