// Several sounds in one track, and what happens to them while it runs.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioInput, microphone, publish, silence, systemAudio, testPattern, tone } from '../../src/index.js';
import type { Publication } from '../../src/index.js';
import { mediaOf, readFlv, steps } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { publisherThreads } from '../support/own-process.js';
import { startPulse, tunedWithin, type Pulse } from '../support/pulse.js';
import { sines } from '../support/raw-media.js';
import { encoded } from '../support/recorded.js';
import { decodeSound, findBeeps, sineWithin } from '../support/sound.js';
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

const nothingRuns = (): Promise<unknown> => until('no thread of the publisher is left', () => publisherThreads().length === 0);

/** Everything was stamped without a hole: packets of 1,024 samples, in whole milliseconds. */
async function unbroken(key: string): Promise<void> {
  const packets = mediaOf(readFlv(await nginx.recording(key)), 'audio');
  expect(steps(packets.map((tag) => tag.timestamp)).filter((step) => step !== 21 && step !== 22)).toEqual([]);
}

const levels = (stream: Publication) => {
  const { peak = NaN, inputs = [] } = stream.stats().audio ?? {};
  return { mix: peak, inputs: inputs.map((input) => input.peak) };
};
const about = (level: number, wanted: number): boolean => Math.abs(level - wanted) < 0.5;

test('what the machine plays and what the program writes, each with its gain', async () => {
  const player = await pulse.playSine(1_000, 0.5);
  const written = new AudioInput({ sampleRate: 44_100, channels: 1 });
  const stream = await publish(nginx.url('mix'), {
    audio: { inputs: [{ source: systemAudio(), gain: 0.5 }, { source: written }], channels: 2 },
  });
  const writing = pipeline(Readable.from(sines('f32', 44_100, [3_100], 600, () => 0.25)), written).catch(() => undefined);
  await until('both are heard', () =>  about(levels(stream).mix, -6) && levels(stream).inputs.every((level) => about(level, -12)));

  stream.setAudioMuted(true, { input: 1 });
  await until('the second is silent', () => about(levels(stream).mix, -12) && levels(stream).inputs[1] === -120);
  stream.setAudioGain(1);
  await until('the first is louder', () => about(levels(stream).mix, -6));
  expect(stream.stats().audio).toMatchObject({ clippedSamples: 0, inputs: [{ gain: 1, muted: false }, { gain: 1, muted: true }] });
  const { packetsEncoded } = stream.stats().audio!;
  await encoded(stream, { packets: packetsEncoded + 60 });
  await stream.stop();
  await Promise.all([writing, player.stop()]);

  await unbroken('mix');
  const sound = await decodeSound(await nginx.recording('mix'));
  const end = sound.time + sound.samples.length / sound.sampleRate;
  const sine = sineWithin(sound, end - 0.7, end - 0.2);
  expect(Math.abs(sine.frequency - 1_000)).toBeLessThan(tunedWithin);
  expect(Math.abs(sine.amplitude - 0.5)).toBeLessThan(0.03);
  await nothingRuns();
});

test('a sample that is no number is silence, counted, and does not spoil the other input', async () => {
  const written = new AudioInput({ sampleRate: 48_000, channels: 1 });
  const odd = Float32Array.from({ length: 48_000 }, () => 0.25);
  odd[20_000] = NaN; // alone: nothing else is beyond full scale
  const other = new AudioInput({ sampleRate: 44_100, channels: 1 });
  const stream = await publish(nginx.url('no-number'), { audio: { inputs: [{ source: written }, { source: other }] } });
  await Promise.all([pipeline(Readable.from([{ format: 'f32', sampleRate: 48_000, channels: 1, timestamp: 0, data: odd }]), written), pipeline(Readable.from(sines('f32', 44_100, [440], 1)), other)]);
  await stream.finished;
  expect(stream.stats().audio).toMatchObject({ clippedSamples: 1, inputs: [{ peak: expect.closeTo(-12, 0) }, {}] });
});

test('one of them is lost and comes back; the other goes on all the time', async () => {
  const first = await startPulse('headphones');
  process.env['PULSE_SERVER'] = first.server;
  let second: Pulse | undefined;
  try {
    const stream = await publish(nginx.url('lost'), {
      video: testPattern({ width: 320, height: 240 }), audio: { inputs: [{ source: systemAudio() }, { source: tone() }] },
    });
    await encoded(stream, { packets: 20 });
    const lost = once(stream, 'device-lost');
    await first.kill();
    expect(await within(20_000, 'the loss', lost)).toMatchObject([{ track: 'audio', input: 0, error: { code: 'ERR_DEVICE_LOST' } }]);
    await until('it is told', () => stream.stats().audio?.inputs[0]?.source.lost);
    const { packetsEncoded } = stream.stats().audio!;
    await encoded(stream, { packets: packetsEncoded + 130 });

    const back = once(stream, 'device-back');
    second = await startPulse('headphones');
    process.env['PULSE_SERVER'] = second.server;
    expect(await within(20_000, 'the return', back)).toMatchObject([{ track: 'audio', away: expect.any(Number) }]);
    const player = await second.playSine(440, 0.1);
    await until('it is heard', () => about(stream.stats().audio?.inputs[0]?.peak ?? NaN, -20));
    expect(stream.stats().audio).toMatchObject({ inputs: [{ source: { lost: false } }, { source: { lost: false }, captureGaps: 0 }] });
    await stream.stop();
    await player.stop();

    await unbroken('lost');
    const beeps = findBeeps(await decodeSound(await nginx.recording('lost')), 1_000);
    expect(beeps.length).toBeGreaterThanOrEqual(3);
    // The stream may begin in the middle of the first.
    for (const step of steps(beeps.slice(1).map(({ start }) => start))) expect(Math.abs(step - 1)).toBeLessThan(0.003);
  } finally {
    process.env['PULSE_SERVER'] = pulse.server;
    await Promise.all([first.stop(), second?.stop()]);
  }
  await nothingRuns();
});

test('setAudioSource() goes from one sound to another without a hole', async () => {
  const player = await pulse.playSine(1_000, 0.5);
  const stream = await publish(nginx.url('exchanged'), { audio: silence({ channels: 1 }) });
  await encoded(stream, { packets: 20 });
  const missing = microphone({ device: 'no-such-source' });
  expect(await rejection(stream.setAudioSource(missing))).toMatchObject({ code: 'ERR_DEVICE_NOT_FOUND' });
  expect(stream.stats().audio?.inputs).toMatchObject([{ source: { lost: false }, captureGaps: 0 }]);
  await stream.setAudioSource(systemAudio());
  await until('the sine is heard', () => about(levels(stream).mix, -6));
  const { packetsEncoded } = stream.stats().audio!;
  await encoded(stream, { packets: packetsEncoded + 60 });
  await stream.stop();
  await player.stop();
  await unbroken('exchanged');
  const sound = await decodeSound(await nginx.recording('exchanged'));
  const end = sound.time + sound.samples.length / sound.sampleRate;
  expect(Math.abs(sineWithin(sound, end - 0.7, end - 0.2).frequency - 1_000)).toBeLessThan(tunedWithin);
  await nothingRuns();
});

test('an input is mixed once, and ends by itself', async () => {
  const written = new AudioInput({ sampleRate: 48_000, channels: 1 });
  const twice = { audio: { inputs: [{ source: written }, { source: written }] } };
  expect((await rejection(publish(nginx.url('twice'), twice))).message).toMatch(/^audio\.inputs\.1\.source must be an input of its own/);
  const other = new AudioInput({ sampleRate: 48_000, channels: 1 });
  const stream = await publish(nginx.url('ends'), { audio: { inputs: [{ source: written }, { source: other }] } });
  await Promise.all([
    pipeline(Readable.from(sines('f32', 48_000, [440], 1)), written),
    pipeline(Readable.from(sines('f32', 48_000, [440], 2)), other),
  ]);
  // All inputs have ended, so the publication ends by itself.
  await stream.finished;
  const packets = mediaOf(readFlv(await nginx.recording('ends')), 'audio');
  expect(packets.length).toBeGreaterThan(1.9 * (48_000 / 1_024));
  await unbroken('ends');
});

test('a device that cannot be opened ends the attempt, whichever input it is', async () => {
  const audio = { inputs: [{ source: tone() }, { source: microphone({ device: 'no-such-source' }) }] };
  const error = await rejection(within(20_000, 'the refusal', publish(nginx.url('none'), { audio })));
  expect(error).toMatchObject({ name: 'DeviceError', code: 'ERR_DEVICE_NOT_FOUND', device: 'no-such-source' });
  await nothingRuns();
});

test('what cannot be done to a sound', async () => {
  const stream = await publish(nginx.url('misuse'), { audio: tone() });
  expect(() => stream.setAudioGain(11)).toThrow('gain must be a number between 0 and 10, received 11');
  expect(() => stream.setAudioGain(1, { input: 1 })).toThrow('input must be an integer between 0 and 0, received 1');
  expect(() => stream.setAudioMuted('yes' as never)).toThrow(TypeError);
  expect(await rejection(stream.setAudioSource(testPattern() as never))).toBeInstanceOf(TypeError);
  await stream.stop();
  stream.setAudioGain(1);
  const picture = await publish(nginx.url('no-sound'), { video: testPattern({ width: 320, height: 240 }) });
  expect(() => picture.setAudioMuted(true)).toThrow(/must be called on a publication with sound/);
  await picture.stop();
});
