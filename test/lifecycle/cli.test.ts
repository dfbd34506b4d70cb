// The command, as a shell sees it: what it writes where, how signals end it, and its exit codes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, type Child } from '../support/child.js';
import { temporaryDirectory } from '../support/daemon.js';
import { everyFlag, optionPaths } from '../support/every-flag.js';
import { isMedia, mediaOf, readFlv } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { freePort } from '../support/ports.js';
import { probeStreams } from '../support/probe.js';
import { acceptPublish, startScriptedServer } from '../support/scripted-server.js';
import { until } from '../support/until.js';

const key = 'secret-key';
const flags = ['--size', '320x240', '--preset', 'ultrafast'];

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

const lines = (child: Child): Record<string, unknown>[] =>
  child.stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

async function media(server: Nginx, name: string): Promise<void> {
  const arrived = async (): Promise<boolean> =>
    (await server.streams()).some((stream) => stream.name === name && stream.bytesIn > 20_000);
  await until('media has arrived', arrived);
}

test('one SIGINT unpublishes and ends with 0; nothing shows the key', async () => {
  const child = runCommand(['push', nginx.url(key), ...flags]);
  await media(nginx, key);
  child.kill('SIGINT');
  expect(await child.ends()).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe('');
  expect(child.stderr).toContain(`publishing 320x240 at 30 fps, 48000 Hz stereo to rtmp://127.0.0.1:${nginx.rtmpPort}/live/****`);
  expect(child.stderr).toContain('stopped: ');
  expect(child.stderr).not.toContain(key);
  const tags = readFlv(await nginx.recording(key));
  expect(tags.filter(isMedia).length).toBeGreaterThan(10);
  // A stream that was ended, not cut.
  expect(child.stderr).not.toContain('warning');
});

test('a signal and its echo, as under npx, are one: it unpublishes and ends with 0', async () => {
  const child = runCommand(['push', nginx.url('echo'), ...flags]);
  await media(nginx, 'echo');
  // Of two kinds: two of one kind could be delivered as one.
  child.kill('SIGINT');
  child.kill('SIGTERM');
  expect(await child.ends()).toEqual({ code: 0, signal: null });
  expect(child.stderr).toContain('stopped: ');
  expect(child.stderr).not.toContain('warning');
});

test('--json writes one object a line: started, stats, ended', async () => {
  const child = runCommand(['push', nginx.url('json'), '--json', ...flags, '--audio', 'none', '--duration', '2.5']);
  expect(await child.ends()).toEqual({ code: 0, signal: null });
  expect(child.stderr).toBe('');
  const types = lines(child).map(({ type }) => type);
  expect(types[0]).toBe('started');
  expect(types.filter((type) => type === 'stats').length).toBeGreaterThanOrEqual(1);
  expect(types.at(-1)).toBe('ended');
  expect(lines(child).at(-1)).not.toHaveProperty('error');
  expect(child.stdout).not.toContain('/live/json');
  const { audio, video } = await probeStreams(await nginx.recording('json'));
  expect(audio).toBeUndefined();
  expect(video).toMatchObject({ width: 320, height: 240 });
});

test('every option of publish() is reachable', async () => {
  const folder = temporaryDirectory();
  const slate = join(folder.path, 'slate.png');
  writeFileSync(slate, encode({ width: 64, height: 36, data: new Uint8Array(64 * 36 * 3), channels: 3, depth: 8 }));
  const flags = everyFlag(slate);
  expect(Object.keys(flags).sort()).toEqual([...optionPaths].sort());
  const own = ['--size', '320x240', '--fps', '50', '--tone-frequency', '880', '--duration', '2'];
  const child = runCommand(['push', nginx.url('all'), ...own, ...Object.values(flags).flat()]);
  expect({ ...(await child.ends()), stderr: child.stderr }).toMatchObject({ code: 0, signal: null });
  folder.remove();
  const file = await nginx.recording('all');
  const { video, audio } = await probeStreams(file);
  expect(video).toMatchObject({ profile: 'High', width: 640, height: 360, r_frame_rate: '25/1' });
  expect(audio).toMatchObject({ sample_rate: '44100', channels: 1 });
  expect(mediaOf(readFlv(file), 'video').length).toBeGreaterThan(25);
});

describe('nobody reads', () => {
  test('stderr: the stream goes on', async () => {
    const child = runCommand(['push', nginx.url('unread'), ...flags]);
    child.closeOutput('stderr');
    await media(nginx, 'unread');
    child.kill('SIGINT');
    expect(await child.ends()).toEqual({ code: 0, signal: null });
  });

  test('what --json writes: it unpublishes, also where that was so before the server accepted', async () => {
    const child = runCommand(['push', nginx.url('unread-json'), '--json', ...flags]);
    child.closeOutput();
    expect({ ...(await child.ends()), stderr: child.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  });

  test('what --json writes of a failure', async () => {
    const child = runCommand(['push', `rtmp://127.0.0.1:${await freePort()}/live/${key}`, '--json', ...flags]);
    child.closeOutput();
    expect({ ...(await child.ends()), stderr: child.stderr }).toEqual({ code: 1, signal: null, stderr: '' });
  });
});

describe('ends at once', () => {
  test('by a signal while the server keeps silent: 130', async () => {
    const mute = await startScriptedServer(() => undefined);
    const child = runCommand(['push', mute.url(key), ...flags]);
    await until('it is connected', () => mute.open() === 1);
    child.kill('SIGINT');
    expect(await child.ends()).toEqual({ code: 130, signal: null });
    expect(child.stderr).not.toContain(key);
    await mute.stop();
  });

  test('by a second signal while the first still waits for the server: 130', async () => {
    const server = await startScriptedServer(async (peer) => {
      await acceptPublish(peer);
      peer.socket.pause();
    });
    const child = runCommand(['push', server.url(key), ...flags, '--stop-timeout', '60000', '--write-timeout', '60000']);
    await until('it publishes', () => child.stderr.includes('publishing'));
    child.kill('SIGINT');
    await until('it is stopping', () => child.stderr.includes('stopping'));
    // The first half second is the first one's.
    await until('a second one is heard', () => {
      child.kill('SIGINT');
      return !child.running;
    });
    expect(await child.ends()).toEqual({ code: 130, signal: null });
    await server.stop();
  });

  test('by SIGTERM likewise: 143', async () => {
    const mute = await startScriptedServer(() => undefined);
    const child = runCommand(['push', mute.url(key), ...flags]);
    await until('it is connected', () => mute.open() === 1);
    child.kill('SIGTERM');
    expect(await child.ends()).toEqual({ code: 143, signal: null });
    await mute.stop();
  });
});

describe('fails with 1', () => {
  test('when there is no server', async () => {
    const child = runCommand(['push', `rtmp://127.0.0.1:${await freePort()}/live/${key}`, ...flags]);
    expect(await child.ends()).toEqual({ code: 1, signal: null });
    expect(child.stderr).toMatch(/^rtmp-pusher: .+\n$/);
    expect(child.stderr).not.toContain(key);
  });

  test('when the key is taken, with the error as JSON', async () => {
    const first = runCommand(['push', nginx.url('taken'), ...flags]);
    await nginx.published('taken');
    const second = runCommand(['push', nginx.url('taken'), '--json', ...flags]);
    expect(await second.ends()).toEqual({ code: 1, signal: null });
    expect(lines(second).at(-1)).toMatchObject({ type: 'ended', error: { code: 'ERR_RTMP_BUSY', name: 'RtmpError' } });
    first.kill('SIGINT');
    expect(await first.ends()).toEqual({ code: 0, signal: null });
  });

  test('when the server ends', async () => {
    const mortal = await startNginx();
    const child = runCommand(['push', mortal.url(key), ...flags]);
    await media(mortal, key);
    await mortal.kill();
    expect(await child.ends()).toEqual({ code: 1, signal: null });
    await mortal.stop();
  });
});

describe('wrong usage is 2', () => {
  test.for([
    [['push', 'http://example.invalid/live/secret-key'], /rtmp:\/\//],
    [['push', 'rtmp://127.0.0.1/live/secret-key/'], /rtmp:\/\/127\.0\.0\.1\/\*{4} has no .*\/app\/streamKey$/m],
    [['push', 'rtmp://127.0.0.1/live/secret-key', '--fps', '-5'], /--fps must be/],
    [['push', 'rtmp://127.0.0.1/live/secret-key', '--size', '321x240'], /--size must be/],
    [['push', 'rtmp://127.0.0.1/live/secret-key', '--presett', 'fast'], /--preset\b/],
    [['push', 'rtmp://127.0.0.1/live/secret-key', '--slate', '/nonexistent.png'], /--slate must be a file that can be read: ENOENT/],
    [['push', 'rtmp://127.0.0.1/live/secret-key', '--video-device', '/dev/video0'],
      /--video-device belongs to --video camera, received --video test-pattern\n/],
    [['nonsense'], /nonsense|--help/],
  ] as const)('%j', async ([args, words]) => {
    const child = runCommand([...args]);
    expect(await child.ends()).toEqual({ code: 2, signal: null });
    expect(child.stdout).toBe('');
    expect(child.stderr).toMatch(words);
    expect(child.stderr).not.toContain(key);
  });
});

test('devices on a machine without a screen or a sound server: an empty list, and what is missing', async () => {
  const bare = { DISPLAY: '', PULSE_SERVER: 'unix:/nonexistent/native' };
  const child = runCommand(['devices', '--json'], bare);
  expect(await child.ends()).toEqual({ code: 0, signal: null });
  const { devices, notes } = JSON.parse(child.stdout) as { devices: unknown[]; notes: string[] };
  expect(devices).toEqual([]);
  expect(notes.length).toBeGreaterThanOrEqual(2);
});
