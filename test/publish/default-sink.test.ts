// What the machine plays goes to another sink, as when headphones are plugged in: it is still heard.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { captureAudio, publish, systemAudio, tone } from '../../src/index.js';
import type { DeviceBack, DeviceChanged, Publication } from '../../src/index.js';
import { mediaOf, readFlv, steps } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { publisherThreads } from '../support/own-process.js';
import { startPulse, type Pulse } from '../support/pulse.js';
import { encoded } from '../support/recorded.js';
import { until, within } from '../support/until.js';

let nginx: Nginx;
let pulse: Pulse;
const before = process.env['PULSE_SERVER'];

beforeAll(async () => {
  [nginx, pulse] = await Promise.all([startNginx(), startPulse('speakers')]);
  process.env['PULSE_SERVER'] = pulse.server;
});
afterAll(async () => {
  if (before === undefined) delete process.env['PULSE_SERVER'];
  else process.env['PULSE_SERVER'] = before;
  await Promise.all([nginx?.stop(), pulse?.stop()]);
});

const plug = async (): Promise<string> => (await pulse.ask('load-module', 'module-null-sink', 'sink_name=headphones')).trim();
const unplug = (module: string): Promise<string> => pulse.ask('unload-module', module);
const choose = (sink: string): Promise<string> => pulse.ask('set-default-sink', sink);
const heard = (stream: Publication, input: number): Promise<boolean> =>
  until(`input ${input} is heard`, () => (stream.stats().audio?.inputs[input]?.rms ?? -120) > -20);
const device = (stream: Publication, input: number) => stream.stats().audio?.inputs[input]?.source;

test('systemAudio() without a device follows, and tells; by name it stays', async () => {
  const stream = await publish(nginx.url('follows'), {
    audio: { inputs: [{ source: tone() }, { source: systemAudio() }, { source: systemAudio({ device: 'speakers' }) }] },
    onDeviceLost: 'end', // nothing is lost
  });
  const told: DeviceChanged[] = [];
  stream.on('device-changed', (facts) => told.push(facts));
  let player = await pulse.playSine(1_000, 0.5);
  await heard(stream, 1);
  await player.stop();

  const module = await plug();
  await choose('headphones');
  await until('it is told', () => told.length === 1);
  player = await pulse.playSine(1_000, 0.5);
  await heard(stream, 1);
  expect(device(stream, 1)).toMatchObject({ device: 'headphones.monitor', lost: false });
  expect(device(stream, 2)).toMatchObject({ device: 'speakers.monitor', lost: false });
  expect(stream.stats().audio?.inputs[2]?.rms).toBeLessThan(-60);
  await player.stop();

  await choose('speakers');
  await until('it is told again', () => told.length === 2);
  const { packetsEncoded } = stream.stats().audio!;
  await encoded(stream, { packets: packetsEncoded + 40 });
  await stream.stop();
  await unplug(module);
  expect(told).toEqual([
    { track: 'audio', input: 1, device: 'headphones.monitor', previous: 'speakers.monitor' },
    { track: 'audio', input: 1, device: 'speakers.monitor', previous: 'headphones.monitor' },
  ]);
  const packets = mediaOf(readFlv(await nginx.recording('follows')), 'audio');
  expect(steps(packets.map((tag) => tag.timestamp)).filter((step) => step !== 21 && step !== 22)).toEqual([]);
  await until('no thread is left', () => publisherThreads().length === 0);
});

test('the default sink vanishes: the next one is heard', async () => {
  const module = await plug();
  await choose('headphones');
  const stream = await publish(nginx.url('vanishes'), { audio: systemAudio() });
  expect(device(stream, 0)).toMatchObject({ device: 'headphones.monitor' });
  stream.on('device-lost', () => {}); // where the server tells of its end before it tells of the new default
  const told = Promise.race([once(stream, 'device-changed'), once(stream, 'device-back')]) as Promise<[DeviceChanged | DeviceBack]>;
  await unplug(module);
  expect(await within(20_000, 'the other sink', told)).toMatchObject([{ track: 'audio', input: 0 }]);
  const player = await pulse.playSine(1_000, 0.5);
  await heard(stream, 0);
  expect(device(stream, 0)).toMatchObject({ device: 'speakers.monitor', lost: false });
  await player.stop();
  await stream.stop();
});

test('captureAudio() follows', async () => {
  const module = await plug();
  let player = await pulse.playSine(1_000, 0.5);
  let last = -Infinity;
  const isHeard = async (capture: ReturnType<typeof captureAudio>): Promise<void> => {
    for await (const { data, timestamp } of capture.iterator({ destroyOnReturn: false })) {
      expect(timestamp).toBeGreaterThan(last);
      last = timestamp;
      if ((data as Float32Array).some((sample) => sample > 0.4)) return;
    }
  };
  const capture = captureAudio(systemAudio());
  await isHeard(capture);
  await player.stop();
  await choose('headphones');
  player = await pulse.playSine(1_000, 0.5);
  // What was played to the first sink is read from what had come before.
  const changed = last + 3_000_000;
  while (last < changed) await within(30_000, 'the other sink', isHeard(capture));
  capture.destroy();
  await player.stop();
  await choose('speakers');
  await unplug(module);
  await until('no thread is left', () => publisherThreads().length === 0);
});
