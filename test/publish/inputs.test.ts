// Frames and sound written by the program, all the way to a server; and frames and sound captured for the program.
import { once } from 'node:events';
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
import { acceptPublish, startScriptedServer } from '../support/scripted-server.js';
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
    input.write(frame as VideoFrame);
    const error = await failed;
    expect([error.constructor.name, error.message]).toEqual([type.name, expect.stringMatching(words)]);
    expect(await rejection(stream.finished)).toBe(error);
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

  test('what its pipeline() destroys it with is what finished rejects with, stop() or not', async () => {
    const input = new VideoInput({ ...size, format: 'RGBA' });
    const stream = await publish(nginx.url('source-fails'), { video: input, audio: tone() });
    const fails = function* (): Generator<VideoFrame> {
      yield good;
      throw new Error('no more film');
    };
    await expect(pipeline(Readable.from(fails()), input)).rejects.toThrow('no more film');
    expect(stream.state).toBe('publishing'); // the sound goes on
    await stream.stop();
    await expect(stream.finished).rejects.toThrow('no more film');
  });

  test('what ends the stream is seen by who awaits it together with the pipeline()', async () => {
    const server = await startScriptedServer(async (peer) => {
      await acceptPublish(peer);
      for (let count = 0; count < 10; count++) await peer.readMessage();
      peer.socket.end();
    });
    const input = new VideoInput({ ...size, format: 'RGBA' });
    const stream = await publish(server.url('key'), { video: input });
    const written = pipeline(Readable.from(frames({ ...size, format: 'RGBA' }, 10_000, () => good.data)), input);
    expect(await rejection(Promise.all([stream.finished, written]))).toMatchObject({ name: 'RtmpError', code: 'ERR_RTMP_DISCONNECTED' });
    await server.stop();
  });

  test('one that has ended is refused as that, wherever it is used', async () => {
    const [over, stopped] = [new VideoInput({ ...size, format: 'RGBA' }), new VideoInput({ ...size, format: 'RGBA' })];
    const stream = await publish(nginx.url('over'), { video: over, audio: tone() });
    over.end(good);
    await until('it has ended', () => over.writableFinished);
    const other = await publish(nginx.url('over-stopped'), { video: stopped });
    await other.stop();
    for (const video of [over, stopped]) {
      await expect(publish(nginx.url('over-again'), { video })).rejects.toThrow(
        'video must be an input that has not ended, received one that has: by its end(), its destroy() or with its publication');
    }
    await stream.stop();
    await expect(publish(nginx.url('over-again'), { video: over })).rejects.toThrow(/must be an input that has not ended/);
    const destroyed = new VideoInput({ ...size, format: 'RGBA' }).once('error', () => {});
    destroyed.destroy(new Error('why'));
    expect(await rejection(publish(nginx.url('over-again'), { video: destroyed }))).toMatchObject({ name: 'TypeError', cause: { message: 'why' } });
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

  test('an AbortSignal of another library ends captures and publications', async () => {
    class Foreign extends EventTarget {
      aborted = false;
      abort(): void {
        this.aborted = true;
        this.dispatchEvent(new Event('abort'));
      }
    }
    const given = new Foreign();
    const signal = given as unknown as AbortSignal;
    const stream = await publish(nginx.url('foreign-signal'), { audio: tone(), signal });
    const frames = captureVideo(testPattern(), { signal });
    frames.once('data', () => given.abort());
    expect(await rejection(once(frames, 'end'))).toMatchObject({ name: 'AbortError' });
    expect(await rejection(stream.finished)).toMatchObject({ name: 'AbortError' });
    expect(await rejection(publish(nginx.url('foreign-signal'), { audio: tone(), signal }))).toMatchObject({ name: 'AbortError' });
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

describe('an input is what was made as one', () => {
  const small = { width: 64, height: 64, frameRate: 30, format: 'RGBA' } as const;
  const frame: VideoFrame = { format: 'RGBA', width: 64, height: 64, timestamp: 0, data: new Uint8Array(64 * 64 * 4) };
  /** As Vue's reactive() does: whatever plain object is read through it is a Proxy too. */
  const reactive = <T extends object>(target: T): T => new Proxy(target, {
    get: (of, key, receiver) => {
      const value: unknown = Reflect.get(of, key, receiver);
      return Object.prototype.toString.call(value) === '[object Object]' ? reactive(value as object) : value;
    },
  });
  class Stamped extends VideoInput {
    stamp(): boolean {
      return this.write(frame);
    }
  }

  const wrappers: [string, (input: object) => unknown, RegExp][] = [
    ['a Proxy', (input) => new Proxy(input, {}), /itself, received a Proxy; pass what .* toRaw\(input\)$/],
    ['a deep Proxy', reactive, /itself, received a Proxy/],
    ['a Proxy of a Proxy', (input) => new Proxy(new Proxy(input, {}), {}), /itself, received a Proxy/],
    ['what inherits from it', (input) => Object.create(input), /itself, received an object that only looks like one/],
    ['a copy', (input) => ({ ...input }), /itself, received an object that only looks like one/],
    ['a copy with its prototype', (input) => Object.assign(Object.create(Object.getPrototypeOf(input)), input), /itself, received an object that only/],
    ['a clone', (input) => JSON.parse(JSON.stringify({ kind: (input as VideoInput).kind })), /itself, received an object that only/],
  ];
  test.for(wrappers)('%s is refused everywhere', async ([name, wrap, words]) => {
    const [video, audio] = [new VideoInput(small), new AudioInput({ sampleRate: 48_000, channels: 1 })];
    const url = nginx.url(`wrapped-${name.replaceAll(' ', '-')}`);
    const [picture, sound] = [wrap(video), wrap(audio)] as [VideoInput, AudioInput];
    for (const options of [
      { video: picture }, { video: { source: picture } }, { audio: sound }, { audio: { source: sound } }, { audio: { inputs: [{ source: sound }] } },
    ]) {
      const error = await rejection(publish(url, options));
      expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(words)]);
    }
    expect(() => captureVideo(picture)).toThrow(words);
    expect(() => captureAudio(sound)).toThrow(words);

    // None of that has taken or harmed the input, and while it is in use its wrappers are refused as well.
    const stream = await publish(url, { video, audio });
    await expect(stream.setVideoSource(picture)).rejects.toThrow(words);
    await expect(stream.setAudioSource(sound)).rejects.toThrow(words);
    video.write(frame);
    await until('it came', () => stream.stats().video?.framesCaptured === 1);
    await stream.stop();
    await stream.finished;
    await nothingRuns();
  });

  test('a class that extends it makes inputs', async () => {
    const input = new Stamped(small);
    const stream = await publish(nginx.url('extends'), { video: input });
    input.stamp();
    await expect(publish(nginx.url('extends-again'), { video: input })).rejects.toThrow(/must be an input of its own/);
    await until('it came', () => stream.stats().video?.framesCaptured === 1);
    await stream.stop();
    expect(input.destroyed).toBe(true);
  });

  test.for([['a Proxy', (input: VideoInput) => new Proxy(input, {})], ['a deep Proxy', reactive<VideoInput>]] as const)(
    '%s may be written to, ended and destroyed', async ([, wrap]) => {
      const input = new VideoInput(small);
      const stream = await publish(nginx.url('written-by-proxy'), { video: input });
      const proxy = wrap(input);
      for (let index = 0; index < 5; index++) {
        await new Promise<void>((resolve, reject) => proxy.write({ ...frame, timestamp: index * 33_333 }, (error) => (error ? reject(error) : resolve())));
      }
      proxy.end();
      await stream.finished;
      expect(stream.stats().video?.framesCaptured).toBe(5);
      wrap(new VideoInput(small)).destroy();
    });
});
