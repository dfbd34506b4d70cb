// How a process that publishes ends: by itself when nothing is left to do, at once when it is told to, and always cleanly.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram, type Child, type Exit } from '../support/child.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { freePort } from '../support/ports.js';
import { startScriptedServer } from '../support/scripted-server.js';

const clean: Exit = { code: 0, signal: null };

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

/** It ended well, said nothing on stderr, and its key is free. */
async function endsCleanly(child: Child, key?: string): Promise<void> {
  const exit = await child.ends();
  expect({ ...exit, stderr: child.stderr }).toEqual({ ...clean, stderr: '' });
  if (key) await nginx.unpublished(key);
}

test('by itself after stop()', async () => {
  const child = runProgram('stops', [nginx.url('stops')]);
  await endsCleanly(child, 'stops');
  expect(child.stdout).toBe('publishing\nstopped\n');
  expect(nginx.log()).toMatch(/deleteStream/);
});

test.for(['exit', 'exit in stop'])('at once: %s', async (way) => {
  const key = `exits-${way.length}`;
  const child = runProgram('exits', [nginx.url(key), way]);
  await endsCleanly(child, key);
  expect(child.stdout).toBe('publishing\n');
});

test('with the program\'s own error', async () => {
  const child = runProgram('exits', [nginx.url('throws'), 'throw']);
  expect(await child.ends()).toEqual({ code: 1, signal: null });
  expect(child.stderr).toContain('Error: on purpose');
  await nginx.unpublished('throws');
});

describe('while connecting', () => {
  test('to a server that keeps silent: process.exit()', async () => {
    const mute = await startScriptedServer(() => undefined);
    const child = runProgram('exits-connecting', [mute.url()]);
    await endsCleanly(child);
    await mute.stop();
  });

  test('to a server that keeps silent: an AbortSignal, and nothing else to do', async () => {
    const mute = await startScriptedServer(() => undefined);
    const child = runProgram('aborts', [mute.url()]);
    await endsCleanly(child);
    expect(child.stdout).toBe('rejected: enough\n');
    await mute.stop();
  });

  test('to a name that does not resolve', async () => {
    const child = runProgram('exits-connecting', ['rtmp://nobody.invalid/live/key']);
    await endsCleanly(child);
  });

  test('to a closed port: the rejection, and nothing else', async () => {
    const child = runProgram('waits', [`rtmp://127.0.0.1:${await freePort()}/live/key`]);
    expect(await child.ends()).toEqual({ code: 1, signal: null });
    expect(child.stderr).toContain('ERR_RTMP_CONNECT');
    expect(child.stderr).not.toContain('/live/key');
  });
});

test('by itself when the server is killed', async () => {
  const mortal = await startNginx();
  const child = runProgram('waits', [mortal.url('killed')]);
  await child.says('publishing');
  await mortal.kill();
  await endsCleanly(child);
  expect(child.stdout).toContain('ended: ERR_RTMP_DISCONNECTED');
  await mortal.stop();
});

test('with a warning when nobody looks at how the stream ended', async () => {
  const mortal = await startNginx();
  const child = runProgram('ignores', [mortal.url('secret-key')]);
  await child.says('publishing');
  await mortal.kill();
  expect(await child.ends()).toEqual({ code: 0, signal: null });
  expect(child.stderr).toMatch(/warning/i);
  expect(child.stderr).toContain('ERR_RTMP_DISCONNECTED');
  expect(child.stderr).not.toContain('secret-key');
  await mortal.stop();
});

test('not while a forgotten publication goes on; SIGTERM ends it', async () => {
  const child = runProgram('forgets', [nginx.url('forgotten')], { flags: ['--expose-gc'] });
  await child.says('forgotten');
  const [stream] = (await nginx.streams()).filter(({ name }) => name === 'forgotten');
  expect(stream?.publishing).toBe(true);
  expect(child.running).toBe(true);
  child.kill('SIGTERM');
  expect(await child.ends()).toEqual({ code: null, signal: 'SIGTERM' });
  await nginx.unpublished('forgotten');
});

test.for(['exit', 'destroy'])('after captures without a publication: %s', async (way) => {
  const child = runProgram('captures', [way]);
  await endsCleanly(child);
  expect(child.stdout).toBe('captured\n');
});

test('with captured frames alive, which stay as they came, in other threads too', async () => {
  const child = runProgram('frames', []);
  await endsCleanly(child);
  expect(child.stdout).toBe('kept: true, different: true\nposted: true\nstill here: true\nreceived: true\n');
});

test('with nothing left after many publications, stopped, cut and refused', async () => {
  const child = runProgram('again', [nginx.url('again'), '8']);
  await endsCleanly(child, 'again-7');
  const counts = JSON.parse(child.stdout) as { threads: number; descriptors: number }[];
  expect(counts).toHaveLength(8);
  expect(counts.at(-1)).toEqual(counts[1]);
});

test('with nothing that the collector could not free: publications, and inputs that were never published', async () => {
  const child = runProgram('lets-go', [nginx.url('lets-go'), '5']);
  await endsCleanly(child, 'lets-go-4');
  expect(JSON.parse(child.stdout)).toEqual({ made: 20, left: 0 });
});

// The process may have no more: as in a container that is short of them.
test.for([
  ['0', {
    publish: 'ERR_ENCODER_FAILED pthread_create',
    capture: 'ERR_DEVICE_LOST pthread_create',
    watch: 'ERR_DEVICE_LOST pthread_create',
  }],
  ['1', { publish: 'ERR_ENCODER_FAILED pthread_create' }],
] as const)('with an error where only %s threads are left, and as ever when there are more', async ([threads, ends]) => {
  const child = runProgram('no-threads', [nginx.url(`no-threads-${threads}`), threads]);
  await endsCleanly(child, `no-threads-${threads}`);
  expect(JSON.parse(child.stdout)).toEqual(ends);
});
