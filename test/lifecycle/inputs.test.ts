// What a program does with its inputs beside writing to them.
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../support/child.js';
import { temporaryDirectory } from '../support/daemon.js';
import { startNginx, type Nginx } from '../support/nginx.js';

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

test('hands them from publication to publication, whatever ends these', async () => {
  const child = runProgram('hands-over', [nginx.url('hands-over')]);
  const exit = await child.ends(60_000);
  expect({ ...exit, stderr: child.stderr, stdout: child.stdout }).toEqual({ code: 0, signal: null, stderr: '', stdout: 'handed over\n' });
});

test('makes them with another copy of the package: refused, with what to do', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const copy = temporaryDirectory();
  try {
    for (const part of ['dist', 'package.json', 'build/Release/rtmp_pusher.node']) {
      cpSync(join(root, part), join(copy.path, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy.path, 'node_modules'));
    const child = runProgram('second-copy', [join(copy.path, 'dist/index.js'), nginx.url('second-copy')]);
    const exit = await child.ends();
    expect({ ...exit, stderr: child.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(child.stdout).toMatch(/^TypeError: video must be the VideoInput itself, .* an input of another copy of rtmp-pusher\n/);
    expect(child.stdout).toMatch(/\nTypeError: audio must be the AudioInput itself, .* an input of another copy of rtmp-pusher\nown\n$/);
  } finally {
    copy.remove();
  }
});

// Megabytes that the process grows by at most while inputs take in 1,600 MB.
test.for([['dropped', 800], ['destroyed', 200], ['published', 400]] as const)('lets go of what was written when they are %s', async ([way, most]) => {
  const child = runProgram('writes-much', [way, nginx.url('writes-much')]);
  const exit = await child.ends(60_000);
  expect({ ...exit, stderr: child.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(Number(child.stdout)).toBeGreaterThan(0);
  expect(Number(child.stdout)).toBeLessThan(most);
});
