// Devices as they come and go, as a program is told: of a private PulseAudio server.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cameraControls, listDevices, setCameraControls, watchDevices, type DeviceChange } from '../../src/index.js';
import { publisherThreads } from '../support/own-process.js';
import { startPulse, type Pulse } from '../support/pulse.js';
import { rejection, until, within } from '../support/until.js';

let pulse: Pulse;
const before = process.env['PULSE_SERVER'];

beforeAll(async () => {
  pulse = await startPulse('speakers');
  process.env['PULSE_SERVER'] = pulse.server;
});
afterAll(async () => {
  if (before === undefined) delete process.env['PULSE_SERVER'];
  else process.env['PULSE_SERVER'] = before;
  await pulse?.stop();
});

const ofServer = ({ device }: DeviceChange): boolean => device.backend === 'pulse';

test('what is there comes first, as listDevices() has it; then a sink that comes and goes', async () => {
  const listed = (await listDevices()).filter(({ backend }) => backend === 'pulse');
  const changes: DeviceChange[] = [];
  let module = '';
  await within(30_000, 'the changes', (async () => {
    for await (const change of watchDevices()) {
      if (!ofServer(change)) continue;
      changes.push(change);
      if (changes.length === listed.length) module = await pulse.ask('load-module', 'module-null-sink', 'sink_name=second');
      if (changes.length === listed.length + 1) await pulse.ask('unload-module', module.trim());
      if (changes.length === listed.length + 2) break;
    }
  })());
  expect(changes.slice(0, -2)).toEqual(listed.map((device) => ({ type: 'added', device })));
  const [added, removed] = changes.slice(-2);
  expect(added).toMatchObject({ type: 'added', device: { kind: 'system-audio', id: 'second.monitor', channels: 2 } });
  expect(removed).toEqual({ type: 'removed', device: added?.device });
  await until('no thread is left', () => publisherThreads().length === 0);
});

test('as events, and only what comes and goes', async () => {
  const watch = watchDevices({ existing: false });
  const first = new Promise<DeviceChange>((resolve) => watch.on('data', (change) => ofServer(change) && resolve(change)));
  let told = false;
  void first.then(() => (told = true));
  for (let count = 0; !told; count++) { // the first may be among those that are there
    await pulse.ask('load-module', 'module-null-sink', `sink_name=extra${count}`);
    await pause(50);
  }
  expect((await first).device.id).toMatch(/^extra/);
  watch.destroy();
  await until('no thread is left', () => publisherThreads().length === 0);
});

test('a signal ends it with an AbortError', async () => {
  const abort = new AbortController();
  const reading = rejection(
    (async () => {
      for await (const _ of watchDevices({ signal: abort.signal })) abort.abort();
    })(),
  );
  expect(await within(10_000, 'the end', reading)).toMatchObject({ name: 'AbortError' });
  await until('no thread is left', () => publisherThreads().length === 0);
});

test.for([null, 0, {}])('the controls of %j are those of no camera, not of the first', async (device) => {
  const refused = { name: 'TypeError', message: expect.stringMatching(/^device must be a string, received /) };
  await expect(cameraControls(device as never)).rejects.toMatchObject(refused);
  await expect(setCameraControls(device as never, {})).rejects.toMatchObject(refused);
});
