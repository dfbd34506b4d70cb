// The sound that a machine plays, of a private sound server with a null sink.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { captureAudio, listDevices, microphone, publish, systemAudio, testPattern } from '../../src/index.js';
import type { AudioSource } from '../../src/index.js';
import { mediaOf, readFlv, steps } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { publisherThreads } from '../support/own-process.js';
import { startPulse, tunedWithin, type Pulse } from '../support/pulse.js';
import { encoded, record } from '../support/recorded.js';
import { decodeSound, sineWithin } from '../support/sound.js';
import { rejection, until, within } from '../support/until.js';

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

describe('what is played', () => {
  const sources: [string, () => AudioSource][] = [
    ['systemAudio()', () => systemAudio()],
    ['systemAudio() by name', () => systemAudio({ device: 'speakers.monitor' })],
    ['microphone(), at 44.1 kHz, mono', () => microphone({ device: 'speakers.monitor', sampleRate: 44_100, channels: 1 })],
  ];
  test.for(sources)('is in the stream of %s', async ([, source]) => {
    const player = await pulse.playSine(1_000, 0.5);
    try {
      const { file, stats } = await record(nginx, { audio: source() }, 1, async (stream) => {
        // PulseAudio has rendered up to two seconds of silence ahead.
        await until('it is heard', () => (stream.stats().audio?.rms ?? -120) > -20);
        await encoded(stream, { packets: (stream.stats().audio?.packetsEncoded ?? 0) + 100 });
      });
      const sound = await decodeSound(file);
      const end = sound.time + sound.samples.length / sound.sampleRate;
      const sine = sineWithin(sound, end - 1.5, end - 0.2);
      expect(Math.abs(sine.frequency - 1_000)).toBeLessThan(tunedWithin);
      expect(Math.abs(sine.amplitude - 0.5)).toBeLessThan(0.03);
      expect(stats.audio?.captureGaps).toBe(0);
    } finally {
      await player.stop();
    }
  });

  test('goes on, silent, when nothing is played', async () => {
    // PulseAudio has rendered up to two seconds of an idle sink ahead: that long it gives nothing.
    const options = { video: testPattern({ width: 320, height: 240 }), audio: systemAudio() };
    const { file } = await record(nginx, options, 10, (stream) => encoded(stream, { packets: 70 }));
    const packets = mediaOf(readFlv(file), 'audio');
    expect(packets.length).toBeGreaterThanOrEqual(70);
    expect(steps(packets.map((tag) => tag.timestamp)).every((step) => step === 21 || step === 22)).toBe(true);
    const { samples } = await decodeSound(file);
    expect(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeLessThan(0.01);
  });

  test('is captured raw', async () => {
    const player = await pulse.playSine(440, 0.5);
    const parts: number[] = [];
    for await (const buffer of captureAudio(systemAudio({ channels: 1 }))) {
      parts.push(...(buffer.data as Float32Array));
      if (parts.length > 48_000) break;
    }
    await player.stop();
    const sine = sineWithin({ time: 0, sampleRate: 48_000, samples: Float32Array.from(parts) }, 0.5, 1);
    expect(Math.abs(sine.frequency - 440)).toBeLessThan(1);
    await until('no thread is left', () => publisherThreads().length === 0);
  });
});

test('listDevices() has the monitor, to be named', async () => {
  const devices = await listDevices();
  expect(devices.filter((device) => device.kind === 'system-audio')).toEqual([
    expect.objectContaining({ id: 'speakers.monitor', backend: 'pulse', label: expect.stringMatching(/./) }),
  ]);
});

test('no such device', async () => {
  const audio = microphone({ device: 'no-such-source' });
  const error = await rejection(within(20_000, 'the refusal', publish(nginx.url('none'), { audio })));
  expect(error).toMatchObject({ name: 'DeviceError', code: 'ERR_DEVICE_NOT_FOUND', device: 'no-such-source' });
  await until('no thread is left', () => publisherThreads().length === 0);
});

test('no such sound card', async () => {
  const audio = microphone({ device: 'hw:CARD=NoSuchCard' });
  const error = await rejection(within(20_000, 'the refusal', publish(nginx.url('none'), { audio })));
  expect(error).toMatchObject({ name: 'DeviceError', code: 'ERR_DEVICE_NOT_FOUND', device: 'hw:CARD=NoSuchCard' });
  await until('no thread is left', () => publisherThreads().length === 0);
});

test('no sound server', async () => {
  process.env['PULSE_SERVER'] = 'unix:/nonexistent/native';
  try {
    const error = await rejection(within(20_000, 'the refusal', publish(nginx.url('none'), { audio: systemAudio() })));
    expect(error).toMatchObject({ name: 'DeviceError', code: 'ERR_DEVICE_NOT_FOUND' });
  } finally {
    process.env['PULSE_SERVER'] = pulse.server;
  }
});

test('the sound server ends while it is published', async () => {
  const own = await startPulse('headphones');
  process.env['PULSE_SERVER'] = own.server;
  try {
    const stream = await publish(nginx.url('pulse-ends'), { audio: systemAudio(), onDeviceLost: 'end' });
    const ended = rejection(stream.finished);
    await encoded(stream, { packets: 20 });
    await own.kill();
    expect(await within(20_000, 'the end', ended)).toMatchObject({ name: 'DeviceError', code: 'ERR_DEVICE_LOST' });
    await nginx.unpublished('pulse-ends');
    await until('no thread is left', () => publisherThreads().length === 0);
  } finally {
    process.env['PULSE_SERVER'] = pulse.server;
    await own.stop();
  }
});
