// What a program does with its inputs beside writing to them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../support/child.js';
import { startNginx, type Nginx } from '../support/nginx.js';

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

test('hands them from publication to publication, whatever ends these', async () => {
  const child = runProgram('hands-over', [nginx.url('hands-over')]);
  const exit = await child.ends(60_000);
  expect({ ...exit, stderr: child.stderr, stdout: child.stdout }).toEqual({ code: 0, signal: null, stderr: '', stdout: 'handed over\n' });
});
