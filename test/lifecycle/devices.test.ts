// The commands `devices` and `probe` on a desktop of the tests' own: an X screen of known colours, a sink that plays a sine.
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, type Child } from '../support/child.js';
import { temporaryDirectory, type Daemon } from '../support/daemon.js';
import { startNginx } from '../support/nginx.js';
import { startPulse, type Pulse } from '../support/pulse.js';
import { until } from '../support/until.js';
import { XClient } from '../support/x-client.js';
import { startXvfb, type Xvfb } from '../support/xvfb.js';

let server: Xvfb;
let client: XClient;
let pulse: Pulse;
let player: Daemon;
let screen = '';
const folder = temporaryDirectory();

beforeAll(async () => {
  [server, pulse] = await Promise.all([startXvfb(320, 240), startPulse('speakers')]);
  screen = `${server.display}.0`;
  client = await XClient.open(server.display);
  await client.fill(0, 0, 320, 240, 0x203040);
  await client.fill(100, 60, 50, 40, 0xc83018);
  await client.movePointer(319, 239);
  player = await pulse.playSine(1_000, 0.5);
});
afterAll(async () => {
  client?.close();
  folder.remove();
  await player?.stop();
  await Promise.all([server?.stop(), pulse?.stop()]);
});

const run = (...words: string[]): Child => runCommand(words, { DISPLAY: server.display, PULSE_SERVER: pulse.server });
const clean = { code: 0, signal: null };

describe('devices', () => {
  test('for people', async () => {
    const child = run('devices');
    expect(await child.ends()).toEqual(clean);
    expect(child.stdout).toContain(`Screens\n  ${screen}  Screen 0 of display ${server.display}, 320x240  320x240\n`);
    expect(child.stdout).toMatch(/System audio\n {2}speakers\.monitor {2}.* {2}48000 Hz, 2 ch {2}pulse\n/);
  });

  test('with not a word of libpulse\'s own, which may not look into another user\'s runtime directory', async () => {
    const theirs = `${folder.path}/theirs`;
    mkdirSync(theirs);
    const root = process.getuid?.() === 0;
    if (root) chownSync(theirs, 65_534, 65_534);
    const child = runCommand(['devices'], { DISPLAY: server.display, PULSE_SERVER: undefined, XDG_RUNTIME_DIR: root ? theirs : '/' });
    expect(await child.ends()).toEqual(clean);
    expect(child.stderr).toContain('pulse: no PulseAudio server answered');
    expect(child.stderr).not.toContain('owned');
  });

  test('--watch: what is there, and what comes; one SIGINT ends it with 0', async () => {
    const child = run('devices', '--watch', '--json');
    await child.says('speakers.monitor');
    await child.says(screen);
    const second = await pulse.ask('load-module', 'module-null-sink', 'sink_name=second');
    await child.says('second.monitor');
    child.kill('SIGINT');
    expect(await child.ends()).toEqual(clean);
    const changes = child.stdout.trim().split('\n').map((line) => JSON.parse(line) as { type: string; device: { id: string } });
    expect(changes.at(-1)).toMatchObject({ type: 'added', device: { kind: 'system-audio', id: 'second.monitor' } });
    await pulse.ask('unload-module', second.trim());
  });

  test('--watch: a signal and its echo are one', async () => {
    const child = run('devices', '--watch');
    await child.says(screen);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await child.ends()).toEqual(clean);
  });

  test('--watch for people, until nobody reads on', async () => {
    const child = run('devices', '--watch');
    await child.says(`added    screen        ${screen}`);
    child.closeOutput();
    const modules: string[] = [];
    await until('it has ended', async () => {
      modules.push(await pulse.ask('load-module', 'module-null-sink', `sink_name=unread${modules.length}`));
      await pause(300);
      return !child.running;
    });
    for (const module of modules) await pulse.ask('unload-module', module.trim());
    expect(await child.ends()).toEqual(clean);
  });
});

test.for([[['devices']], [['devices', '--json']], [['probe', 'speakers.monitor', '--seconds', '0.2']], [['--help']]] as const)(
  'a reader that has gone is no failure: %j', async ([words]) => {
    const child = run(...words);
    child.closeOutput();
    expect({ ...(await child.ends()), stderr: child.stderr }).toEqual({ ...clean, stderr: '' });
  });

test('a full disk is one', () => {
  const { status, stderr } = spawnSync('sh', ['-c', `'${process.execPath}' dist/cli/main.js devices --json > /dev/full`], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8', env: { ...process.env, DISPLAY: '', NODE_OPTIONS: '' },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^rtmp-pusher: stdout cannot be written: ENOSPC.*\n$/);
});

describe('probe', () => {
  test('a screen, with a picture whose colours are right', async () => {
    const file = `${folder.path}/screen.png`;
    const child = run('probe', screen, '--seconds', '1', '--fps', '20', '--snapshot', file, '--json');
    expect({ ...(await child.ends()), stderr: child.stderr }).toEqual({ ...clean, stderr: '' });
    const figures = JSON.parse(child.stdout) as Record<string, number>;
    expect(figures).toMatchObject({ device: { id: screen, kind: 'screen' }, width: 320, height: 240, format: 'BGRA' });
    expect(figures['snapshot']).toBe(file);
    expect(figures['frameRate']).toBeGreaterThan(19);
    expect(figures['frameRate']).toBeLessThan(21);
    expect((figures['frames'] ?? 0) + (figures['missingFrames'] ?? 0)).toBeGreaterThanOrEqual(20);
    const { width, height, channels, data } = decode(readFileSync(file));
    expect({ width, height, channels }).toEqual({ width: 320, height: 240, channels: 4 });
    const pixel = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
    expect([pixel(99, 60), pixel(100, 60), pixel(149, 99), pixel(150, 99)]).toEqual(
      [[0x20, 0x30, 0x40, 255], [0xc8, 0x30, 0x18, 255], [0xc8, 0x30, 0x18, 255], [0x20, 0x30, 0x40, 255]]);
  });

  test('what is played: its rate and its level', async () => {
    const child = run('probe', 'speakers.monitor', '--seconds', '1', '--json');
    expect({ ...(await child.ends()), stderr: child.stderr }).toEqual({ ...clean, stderr: '' });
    const figures = JSON.parse(child.stdout) as { measuredRate: number; levels: { peak: number; rms: number }[] };
    expect(figures).toMatchObject({ device: { id: 'speakers.monitor' }, sampleRate: 48_000, channels: 2 });
    expect(Math.abs(figures.measuredRate - 48_000)).toBeLessThan(500);
    expect(figures.levels).toHaveLength(2);
    for (const { peak, rms } of figures.levels) {
      expect(Math.abs(peak - -6.02)).toBeLessThan(0.3);
      expect(Math.abs(rms - -9.03)).toBeLessThan(0.3);
    }
  });

  test('by its label, for people', async () => {
    const child = run('probe', `Screen 0 of display ${server.display}, 320x240`, '--seconds', '0.5');
    expect(await child.ends()).toEqual(clean);
    expect(child.stdout).toMatch(/^Screen 0 .*\(screen, x11\)\n {2}mode {4}320x240 BGRA\n {2}rate {4}[\d.]+ frames\/s, \d+ /);
  });

  test('a screen of another display than $DISPLAY, by its name', async () => {
    const child = runCommand(['probe', screen, '--seconds', '0.2'], { DISPLAY: '', PULSE_SERVER: pulse.server });
    expect({ ...(await child.ends()), stderr: child.stderr }).toEqual({ ...clean, stderr: '' });
    expect(child.stdout).toMatch(/^:\d+\.0 \(screen\)\n {2}mode {4}320x240 BGRA\n/);
  });

  test('a screen whose server wants a key: told as push tells it, in the server\'s words', async () => {
    const keys = `${folder.path}/keys`;
    const counted = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
    writeFileSync(keys, Buffer.concat([Buffer.from([0xff, 0xff]), ...['', '', 'MIT-MAGIC-COOKIE-1', '0123456789abcdef'].map(counted)]));
    const [nginx, closed] = await Promise.all([startNginx(), startXvfb(320, 240, { options: ['-auth', keys] })]);
    const told = await Promise.all([
      ['probe', `${closed.display}.0`],
      ['push', nginx.url('closed'), '--video', 'screen', '--display', `${closed.display}.0`, '--audio', 'none'],
    ].map(async (words) => {
      const child = runCommand(words, { DISPLAY: '', XAUTHORITY: `${folder.path}/none`, PULSE_SERVER: pulse.server });
      expect(await child.ends()).toEqual({ code: 1, signal: null });
      return child.stderr;
    }));
    expect(told[0]).toMatch(/^rtmp-pusher: the X server of display :\d+\.0 refused .*Authorization required.*XAUTHORITY.*\n$/);
    expect(told[1]).toContain(told[0]?.slice('rtmp-pusher: '.length).trim());
    await Promise.all([nginx.stop(), closed.stop()]);
  });

  test.for([
    [['probe', 'nothing'], 1, /no device nothing; there are:\n.*\n {2}speakers\.monitor \(system-audio/],
    [['probe', ':978', '--kind', 'screen'], 1, /:978/],
    [['probe', ':978.1'], 1, /no X server listens at display :978\.1/],
    [['probe', 'hw:9,0'], 1, /no device hw:9,0/],
    [['probe', '/dev/video77', '--kind', 'camera'], 1, /there is no camera \/dev\/video77/],
    [['probe', 'speakers.monitor', '--snapshot', 'x.png'], 2, /--snapshot belongs to a camera or a screen, received a system-audio/],
    [['probe', 'speakers.monitor', '--size', '640x480'], 2, /--size belongs to a camera, received a system-audio/],
    [['probe', ':978', '--kind', 'screen', '--format', 'YUYV'], 2, /--format belongs to a camera, received a screen/],
    [['probe', 'speakers.monitor', '--seconds', '0'], 2, /--seconds must be/],
    [['probe', 'x', '--kind', 'camera', '--fps', '-1'], 2, /frameRate must be/],
    [['probe', 'rtmp://host/app/my\'secret'], 1, /no device rtmp:\/\/host\/app\/\*{4}; there are:\n/],
    [['probe', 'rtmp://host/app/my\'secret', '--kind', 'camera'], 1, /rtmp:\/\/host\/app\/\*{4}/],
    [['probe'], 2, /missing required argument/],
  ] as const)('%j ends with %i', async ([words, code, message]) => {
    const child = run(...words);
    expect(await child.ends()).toEqual({ code, signal: null });
    expect(child.stdout).toBe('');
    expect(child.stderr).toMatch(message);
    expect(child.stderr).not.toContain('secret');
  });

  test('a picture that cannot be written', async () => {
    const child = run('probe', screen, '--seconds', '0.2', '--snapshot', '/nonexistent/folder/out.png');
    expect(await child.ends()).toEqual({ code: 1, signal: null });
    expect(child.stderr).toContain('/nonexistent/folder/out.png');
  });
});
