// Frames and sound written by the program, all the way to a server; and frames and sound captured for the program.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioInput, captureAudio, captureVideo, publish, screen, testPattern, tone, VideoInput } from '../../src/index.js';
import type { VideoFrame } from '../../src/index.js';
import { mediaOf, readFlv } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { publisherThreads } from '../support/own-process.js';
import { readPattern, type PatternReading } from '../support/pattern.js';
import { colourDistance, decodePictures, meanColour, meanLuma, type Picture } from '../support/picture.js';
import { fourFields, frames, sines, type Rgb } from '../support/raw-media.js';
import { decodeSound, findBeeps, sineWithin } from '../support/sound.js';
import { rejection, until } from '../support/until.js';

const size = { width: 320, height: 240, frameRate: 30 };
const colours: readonly Rgb[] = [[200, 40, 40], [40, 180, 60], [50, 60, 200], [210, 200, 60]];

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

const nothingRuns = (): Promise<unknown> => until('no thread of the publisher is left', () => publisherThreads().length === 0);

describe('VideoInput', () => {
  const formats = ['RGBA', 'BGRA', 'ARGB', 'RGB24', 'BGR24', 'I420', 'NV12', 'YUY2', 'UYVY'] as const;
  test.for(formats)('%s arrives in its colours, every frame, as stamped', async (format) => {
    const input = new VideoInput({ ...size, format });
    const key = `colours-${format}`;
    const stream = await publish(nginx.url(key), { video: { source: input, bitrate: 1_500_000 } });
    const picture = fourFields(format, size.width, size.height, colours);
    await pipeline(Readable.from(frames({ ...size, format }, 20, () => picture)), input);
    // All inputs have ended, so the publication ends by itself.
    await stream.finished;
    expect(stream.state).toBe('stopped');

    const pictures = await decodePictures(await nginx.recording(key), 'rgb');
    expect(pictures).toHaveLength(20);
    pictures.forEach(({ time }, index) => expect(Math.abs(time - (pictures[0]?.time ?? 0) - index / 30)).toBeLessThan(0.0015));
    for (const [index, colour] of colours.entries()) {
      const [x, y] = [(index % 2) * 160 + 20, Math.floor(index / 2) * 120 + 20];
      expect(colourDistance(meanColour(pictures.at(-1) as Picture, x, y, 120, 80), colour)).toBeLessThanOrEqual(6);
    }
    await nothingRuns();
  });

  test('pushes back until it is published, then takes frames at the pace of their timestamps', async () => {
    const input = new VideoInput({ ...size, format: 'I420' });
    const picture = fourFields('I420', size.width, size.height, colours);
    let [made, firstAt, lastAt] = [0, 0, 0];
    const counted = function* (): Generator<VideoFrame> {
      for (const frame of frames({ ...size, format: 'I420' }, 60, () => picture)) {
        made += 1;
        yield frame;
      }
    };
    const written = pipeline(Readable.from(counted()), input);
    await until('the input pushes back', () => input.writableNeedDrain);
    expect(made).toBeLessThan(30);
    firstAt = performance.now();
    const stream = await publish(nginx.url('paced'), { video: input });
    await written;
    lastAt = performance.now();
    // 60 frames last two seconds; some may be held at the end.
    expect(lastAt - firstAt).toBeGreaterThan(1_000);
    await stream.finished;
    expect(mediaOf(readFlv(await nginx.recording('paced')), 'video')).toHaveLength(60);
  });

  test('what picture and sound stamp equal arrives together', async () => {
    const input = new VideoInput({ ...size, format: 'I420' });
    const sound = new AudioInput({ sampleRate: 48_000, channels: 1 });
    const pixels = size.width * size.height;
    const plain = (luma: number): Uint8Array => new Uint8Array(pixels * 1.5).fill(128).fill(luma, 0, pixels);
    const [black, white] = [plain(16), plain(235)];
    const lit = (time: number): boolean => Math.abs((time % 1) - 0.55) < 0.05;
    const pictures = frames({ ...size, format: 'I420' }, 120, (index) => (lit(index / 30 + 0.001) ? white : black));
    const beeping = sines('f32', 48_000, [1_000], 4, (time) => (lit(time) ? 0.5 : 0));
    const stream = await publish(nginx.url('together'), { video: input, audio: sound });
    await Promise.all([pipeline(Readable.from(pictures), input), pipeline(Readable.from(beeping), sound)]);
    await stream.finished;

    const file = await nginx.recording('together');
    const shown = (await decodePictures(file)).map((picture) => ({ time: picture.time, lit: meanLuma(picture) > 125 }));
    const flashes = shown.filter((picture, index) => picture.lit && shown[index - 1]?.lit === false);
    const beeps = findBeeps(await decodeSound(file), 1_000);
    expect(flashes).toHaveLength(4);
    expect(beeps).toHaveLength(4);
    const offsets = flashes.map((flash, index) => ((beeps[index]?.start ?? 0) - flash.time) * 1000);
    console.info(`stamped equal, flash to beep, ms: ${offsets.map((offset) => offset.toFixed(1)).join(' ')}`);
    for (const offset of offsets) expect(Math.abs(offset)).toBeLessThanOrEqual(5);
    await nothingRuns();
  });

  const good: VideoFrame = { format: 'RGBA', width: 320, height: 240, timestamp: 0, data: new Uint8Array(320 * 240 * 4) };
  const wrong: [string, unknown, ErrorConstructor, RegExp][] = [
    ['too few bytes', { ...good, data: new Uint8Array(7) }, RangeError, /data must be a Uint8Array of 307200 bytes/],
    ['another size', { ...good, width: 640 }, RangeError, /width must be.*320.*received 640/],
    ['another format', { ...good, format: 'BGRA' }, TypeError, /format must be "RGBA".*received 'BGRA'/],
    ['a timestamp that is no number', { ...good, timestamp: Number.NaN }, RangeError, /timestamp.*received NaN/],
    ['no frame at all', 'frame', TypeError, /frame/],
  ];
  test.for(wrong)('%s destroys it with an error that says so, and ends the publication', async ([, frame, type, words]) => {
    const input = new VideoInput({ ...size, format: 'RGBA' });
    const stream = await publish(nginx.url('wrong'), { video: input });
    const failed = new Promise<Error>((resolve) => input.once('error', resolve));
    input.write(good);
    input.write(frame);
    const error = await failed;
    expect([error.constructor.name, error.message]).toEqual([type.name, expect.stringMatching(words)]);
    await stream.finished;
    await nothingRuns();
  });

  test('ends with the publication, without an error; later writes fail', async () => {
    const input = new VideoInput({ ...size, format: 'RGBA' });
    const stream = await publish(nginx.url('ended'), { video: input });
    input.write(good);
    await stream.stop();
    await until('the input is destroyed', () => input.destroyed);
    expect(input.errored).toBeNull();
    const error = await new Promise((resolve) => input.write(good, (written) => resolve(written)));
    expect(error).toMatchObject({ code: 'ERR_STREAM_DESTROYED' });
  });

  test('survives a publish() that fails', async () => {
    const input = new VideoInput({ ...size, format: 'RGBA' });
    await rejection(publish('rtmp://127.0.0.1:1/live/key', { video: input }));
    expect(input.destroyed).toBe(false);
    const stream = await publish(nginx.url('again'), { video: input });
    input.end(good);
    await stream.finished;
    expect(mediaOf(readFlv(await nginx.recording('again')), 'video')).toHaveLength(1);
  });

  test('is held back, and loses nothing, between a publish() that fails and the next', async () => {
    const input = new VideoInput({ ...size, format: 'RGBA' });
    await rejection(publish('rtmp://127.0.0.1:1/live/key', { video: input }));
    const clip = pipeline(Readable.from(frames({ ...size, format: 'RGBA' }, 10, () => good.data)), input);
    await until('it takes no more', () => input.writableNeedDrain);
    const stream = await publish(nginx.url('held'), { video: { source: input, frameRateMode: 'variable' } });
    await clip;
    await stream.finished;
    expect(mediaOf(readFlv(await nginx.recording('held')), 'video')).toHaveLength(10);
  });
});

describe('AudioInput', () => {
  test.for(['s16', 'f32'] as const)('%s arrives with each channel in its place', async (format) => {
    const input = new AudioInput({ sampleRate: 44_100, channels: 2, format });
    const key = `sines-${format}`;
    const stream = await publish(nginx.url(key), { audio: input });
    await pipeline(Readable.from(sines(format, 44_100, [440, 1_320], 2)), input);
    await stream.finished;
    const file = await nginx.recording(key);
    for (const [channel, frequency] of [440, 1_320].entries()) {
      const sound = await decodeSound(file, channel);
      expect(sound.samples.length / sound.sampleRate).toBeGreaterThan(1.95);
      const sine = sineWithin(sound, sound.time + 0.3, sound.time + 1.7);
      expect(Math.abs(sine.frequency - frequency)).toBeLessThan(1);
      expect(Math.abs(sine.amplitude - 0.5)).toBeLessThan(0.03);
    }
  });

  test('refuses samples of another kind', async () => {
    const input = new AudioInput({ sampleRate: 48_000, channels: 2 });
    const failed = new Promise<Error>((resolve) => input.once('error', resolve));
    input.write({ format: 'f32', sampleRate: 48_000, channels: 2, timestamp: 0, data: new Int16Array(960) });
    expect(await failed).toMatchObject({ name: 'TypeError', message: expect.stringMatching(/data must be a Float32Array/) });
  });
});

test('frames and sound may lie in memory that threads share', async () => {
  const video = new VideoInput({ ...size, format: 'RGBA' });
  const audio = new AudioInput({ sampleRate: 48_000, channels: 1 });
  const stream = await publish(nginx.url('shared'), { video, audio });
  const picture = new Uint8Array(new SharedArrayBuffer(size.width * size.height * 4));
  picture.set(fourFields('RGBA', size.width, size.height, colours));
  const sound = new Float32Array(new SharedArrayBuffer(4 * 48_000));
  sound.set(Float32Array.from(sound, (_, index) => 0.5 * Math.sin((2 * Math.PI * 1_000 * index) / 48_000)));
  audio.write({ format: 'f32', sampleRate: 48_000, channels: 1, timestamp: 0, data: sound });
  audio.end();
  await pipeline(Readable.from(frames({ ...size, format: 'RGBA' }, 20, () => picture)), video);
  await stream.finished;
  const pictures = await decodePictures(await nginx.recording('shared'), 'rgb');
  expect(pictures).toHaveLength(20);
  expect(colourDistance(meanColour(pictures.at(-1) as Picture, 20, 20, 120, 80), colours[0] as Rgb)).toBeLessThanOrEqual(6);
  expect(stream.stats().audio?.samplesCaptured).toBe(48_000);
});

describe('captured', () => {
  test('frames of the test pattern, one after the other', async () => {
    const readings: PatternReading[] = [];
    const sequences: number[] = [];
    for await (const frame of captureVideo(testPattern({ width: 320, height: 240 }))) {
      sequences.push(frame.sequence);
      expect(frame).toMatchObject({ format: 'I420', width: 320, height: 240 });
      expect(frame.data).toHaveLength(320 * 240 * 1.5);
      readings.push(readPattern({ ...frame, time: frame.timestamp / 1e6, pixels: Buffer.from(frame.data) }));
      if (readings.length === 20) break;
    }
    expect(sequences.every((each, index) => index === 0 || each > (sequences[index - 1] ?? 0))).toBe(true);
    readings.forEach(({ time, frame }, index) => {
      const [first] = readings;
      expect(frame - (first?.frame ?? 0)).toBe((sequences[index] ?? 0) - (sequences[0] ?? 0));
      expect(time - (first?.time ?? 0)).toBeCloseTo((frame - (first?.frame ?? 0)) / 30, 4);
    });
    await nothingRuns();
  });

  test('sound of the tone', async () => {
    const parts: number[] = [];
    for await (const buffer of captureAudio(tone({ channels: 1 }))) {
      expect(buffer).toMatchObject({ format: 'f32', sampleRate: 48_000, channels: 1 });
      parts.push(...(buffer.data as Float32Array));
      if (parts.length > 120_000) break;
    }
    const beeps = findBeeps({ time: 0, sampleRate: 48_000, samples: Float32Array.from(parts) }, 1_000);
    expect(beeps.length).toBeGreaterThanOrEqual(1);
    await nothingRuns();
  });

  test('an aborted capture ends with an AbortError and leaves nothing', async () => {
    const abort = new AbortController();
    const reading = rejection(
      (async () => {
        for await (const _ of captureVideo(testPattern(), { signal: abort.signal })) abort.abort();
      })(),
    );
    expect(await reading).toMatchObject({ name: 'AbortError' });
    await nothingRuns();
  });

  test('a screen that is not there is a DeviceError', async () => {
    const error = await rejection(
      (async () => {
        for await (const _ of captureVideo(screen({ display: ':977' }))) break;
      })(),
    );
    expect(error).toMatchObject({ name: 'DeviceError', code: 'ERR_DEVICE_NOT_FOUND', device: ':977' });
    await nothingRuns();
  });
});
