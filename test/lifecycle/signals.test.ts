// Signals end every command, whoever has stopped reading it, and change nothing once it is ending.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, runOnTerminal, type Child } from '../support/child.js';
import { temporaryDirectory } from '../support/daemon.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { acceptPublish, startScriptedServer } from '../support/scripted-server.js';
import { StuckReader } from '../support/stuck-reader.js';
import { until } from '../support/until.js';
import { startXvfb } from '../support/xvfb.js';

const flags = ['--size', '160x120', '--preset', 'ultrafast', '--audio', 'none'];
const bare = { DISPLAY: '', PULSE_SERVER: 'unix:/nonexistent/native' };

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

async function publishes(name: string): Promise<void> {
  await until(`${name} is published`, async () => (await nginx.streams()).some((each) => each.name === name && each.bytesIn > 5_000));
}

/** Again and again until it is gone. */
async function bombarded(child: Child, ...signals: NodeJS.Signals[]): Promise<void> {
  while (child.running) {
    for (const signal of signals) child.kill(signal);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('nobody reads, and one signal ends it', () => {
  test.for([
    ['push', 'stderr', []],
    ['push --json', 'stdout', ['--json']],
    ['push --json', 'stderr', ['--json']],
  ] as const)('%s: %s', async ([, output, more], { task }) => {
    const reader = new StuckReader();
    const name = `stuck-${task.id}`;
    const child = runCommand(['push', nginx.url(name), ...flags, ...more], {}, { [output]: reader.input });
    await publishes(name);
    child.kill('SIGTERM');
    expect(await child.ends()).toEqual({ code: 0, signal: null });
    reader.close();
  });

  test('devices --watch', async () => {
    const reader = new StuckReader();
    const screen = await startXvfb(160, 120); // something to tell of
    const child = runCommand(['devices', '--watch', '--json'], { ...bare, DISPLAY: screen.display }, { stdout: reader.input });
    await until('it listens', () => listens(child.pid));
    // Nothing shows that it waits to be read; too short a time would only prove less.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    child.kill('SIGTERM');
    expect(await child.ends()).toEqual({ code: 0, signal: null });
    await screen.stop();
    reader.close();
  });

  test('what is read later is all there', async () => {
    const reader = new StuckReader();
    const child = runCommand(['push', nginx.url('later'), ...flags, '--json'], {}, { stdout: reader.input });
    await publishes('later');
    let text = reader.read();
    await until('stats are told again', () => (text += reader.read()).includes('"type":"stats"'));
    child.kill('SIGINT');
    expect(await child.ends()).toEqual({ code: 0, signal: null });
    text += reader.read();
    const types = text.trim().split('\n').map((line) => (JSON.parse(line) as { type: string }).type);
    expect([types[0], types.at(-1)]).toEqual(['started', 'ended']);
    reader.close();
  });

  test('a failure ends by itself', async () => {
    const reader = new StuckReader();
    const refusing = await startScriptedServer((peer) => void peer.socket.destroy());
    const child = runCommand(['push', refusing.url('key'), ...flags], {}, { stderr: reader.input });
    expect(await child.ends()).toEqual({ code: 1, signal: null });
    await refusing.stop();
    reader.close();
  });

  test('a terminal that is stopped', async () => {
    const folder = temporaryDirectory();
    const pidFile = join(folder.path, 'pid');
    const { child, keys } = runOnTerminal(['push', nginx.url('terminal'), ...flags], pidFile);
    await publishes('terminal');
    keys.write('\x13'); // Ctrl-S
    const pid = Number(readFileSync(pidFile, 'utf8'));
    // What is told every half second is held up by now.
    await until('it stands still', async () => {
      const before = child.stdout.length;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return child.stdout.length === before;
    });
    process.kill(pid, 'SIGTERM');
    expect(await child.ends()).toEqual({ code: 0, signal: null });
    folder.remove();
  });
});

/** The last signal that the command listens to is SIGHUP, bit 0 of those that the process catches; Node.js itself has others. */
function listens(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}

describe('a signal does not change how it has ended', () => {
  test('push, cut by the second of many: 130', async () => {
    const server = await startScriptedServer(async (peer) => {
      await acceptPublish(peer);
      peer.socket.pause();
    });
    const child = runCommand(['push', server.url('key'), ...flags, '--stop-timeout', '60000', '--write-timeout', '60000']);
    await until('it publishes', () => child.stderr.includes('publishing'));
    await bombarded(child, 'SIGINT');
    expect(await child.ends()).toEqual({ code: 130, signal: null });
    await server.stop();
  });

  test('push, before the server has accepted: 143', async () => {
    const mute = await startScriptedServer(() => undefined);
    const child = runCommand(['push', mute.url('key'), ...flags]);
    await until('it is connected', () => mute.open() === 1);
    await bombarded(child, 'SIGTERM');
    expect(await child.ends()).toEqual({ code: 143, signal: null });
    await mute.stop();
  });

  test('push, ended by --duration: 0', async () => {
    const child = runCommand(['push', nginx.url('bombarded'), ...flags, '--duration', '1']);
    await until('it is over', () => child.stderr.includes('stopped: '));
    await bombarded(child, 'SIGINT', 'SIGTERM', 'SIGHUP');
    expect(await child.ends()).toEqual({ code: 0, signal: null });
  });

  test('devices --watch: 0', async () => {
    const child = runCommand(['devices', '--watch'], bare);
    await until('it listens', () => listens(child.pid));
    const began = performance.now();
    child.kill('SIGINT');
    // All of them within what is the first one's echo.
    while (child.running && performance.now() - began < 400) {
      child.kill('SIGTERM');
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await child.ends()).toEqual({ code: 0, signal: null });
  });
});
