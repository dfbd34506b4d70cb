// Written timestamps that jump, begin anew or are in another unit; and how far ahead a program may write.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioInput, publish, testPattern, VideoInput } from '../../src/index.js';
import type { AudioBuffer, Publication, VideoFrame } from '../../src/index.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { decodePictures, meanLuma } from '../support/picture.js';
import { frames, sines } from '../support/raw-media.js';
import { decodeSound, findBeeps } from '../support/sound.js';
import { until } from '../support/until.js';

const size = { width: 320, height: 240, frameRate: 30, format: 'I420' } as const;
const pixels = size.width * size.height;
const plain = (luma: number): Uint8Array => new Uint8Array(pixels * 1.5).fill(128).fill(luma, 0, pixels);
const [black, white] = [plain(16), plain(235)];
const lit = (time: number): boolean => Math.abs((time % 1) - 0.55) < 0.05;

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

function* stampedAnew<Item extends { timestamp: number }>(items: Iterable<Item>, stamp: (timestamp: number) => number): Generator<Item> {
  for (const item of items) yield { ...item, timestamp: stamp(item.timestamp) };
}

function warningsOf(stream: Publication): string[] {
  const words: string[] = [];
  stream.on('warning', ({ code, message }) => words.push(`${code} ${message}`));
  return words;
}

const quiet = (seconds: number, timestamp: number): AudioBuffer => ({
  format: 'f32', sampleRate: 48_000, channels: 1, timestamp, data: new Float32Array(48_000 * seconds).fill(0.1),
});

const stamps: [string, (timestamp: number) => number, number, RegExp][] = [
  ['of a clip in a loop', (timestamp) => timestamp % 2e6, 1, /^ERR_INPUT_TIMESTAMPS (Video|Audio)Input: timestamp 0 came 2\.0 s before/],
  ['of a clock that is set', (timestamp) => timestamp + (timestamp < 1.3e6 ? 0 : 3600e6), 1, /came 3600\.0 s after/],
  ['in milliseconds', (timestamp) => timestamp / 1_000, 1, /milliseconds, not microseconds/],
];
test.for(stamps)('timestamps %s: nothing is left out, picture and sound stay together', async ([name, stamp, jumps, words]) => {
  const key = `stamps-${name.replaceAll(' ', '-')}`;
  const [video, audio] = [new VideoInput(size), new AudioInput({ sampleRate: 48_000, channels: 1 })];
  const stream = await publish(nginx.url(key), { video, audio });
  const warnings = warningsOf(stream);
  const pictures = frames(size, 120, (index) => (lit(index / 30 + 0.001) ? white : black));
  const beeping = sines('f32', 48_000, [1_000], 4, (time) => (lit(time) ? 0.5 : 0));
  await Promise.all([
    pipeline(Readable.from(stampedAnew(pictures, stamp)), video),
    pipeline(Readable.from(stampedAnew(beeping, stamp)), audio),
  ]);
  await stream.finished;

  const { video: seen, audio: heard } = stream.stats();
  expect([seen?.timestampJumps, heard?.timestampJumps, heard?.inputs[0]?.timestampJumps]).toEqual([jumps, jumps, jumps]);
  expect(seen?.framesCaptured).toBe(120);
  expect(warnings).toHaveLength(2);
  for (const warning of warnings) expect(warning).toMatch(words);

  const file = await nginx.recording(key);
  const shown = (await decodePictures(file)).map((picture) => ({ time: picture.time, lit: meanLuma(picture) > 125 }));
  const flashes = shown.filter((picture, index) => picture.lit && shown[index - 1]?.lit === false);
  const beeps = findBeeps(await decodeSound(file), 1_000);
  expect(flashes).toHaveLength(4);
  expect(beeps).toHaveLength(4);
  const offsets = flashes.map((flash, index) => ((beeps[index]?.start ?? 0) - flash.time) * 1000);
  console.info(`${name}, flash to beep, ms: ${offsets.map((offset) => offset.toFixed(1)).join(' ')}`);
  // The very first pictures come out at once where the unit is not known yet.
  for (const offset of offsets) expect(Math.abs(offset)).toBeLessThanOrEqual(20);
});

test('sound that follows in an input of its own, from 0 again, is heard; so is a clip with its picture', async () => {
  let audio = new AudioInput({ sampleRate: 48_000, channels: 1 });
  const stream = await publish(nginx.url('next'), { video: testPattern({ width: 320, height: 240 }), audio });
  const warnings = warningsOf(stream);
  for (let clip = 0; clip < 3; clip += 1) {
    const from = stream.stats().audio?.samplesCaptured ?? 0;
    let done = false;
    let replace = (): void => {};
    const replaced = new Promise<void>((resolve) => (replace = resolve));
    const going = (async () => {
      for (let at = 0; at < 20; at += 0.1) {
        if (!audio.write(quiet(0.1, at * 1e6))) await Promise.race([once(audio, 'drain'), replaced]);
        if (done) return;
      }
    })();
    await until('two seconds of it were taken', () => (stream.stats().audio?.samplesCaptured ?? 0) - from > 96_000);
    expect(stream.stats().audio?.rms).toBeGreaterThan(-25);
    const next = new AudioInput({ sampleRate: 48_000, channels: 1 });
    await stream.setAudioSource(next);
    done = true;
    replace();
    await going;
    audio = next;
  }
  await stream.stop();
  expect(stream.stats().audio?.timestampJumps).toBe(2);
  expect(warnings.filter((words) => /its first, is .* behind/.test(words))).toHaveLength(2);
});

test.for([0.001, 0.021, 0.35, 1])('sound is taken at its pace in buffers of %f s', async (seconds) => {
  const audio = new AudioInput({ sampleRate: 48_000, channels: 1 });
  const stream = await publish(nginx.url('paced-sound'), { audio });
  const began = performance.now();
  let written = 0;
  let most = 0;
  while (written < 3) {
    const room = audio.write(quiet(seconds, written * 1e6));
    written += seconds;
    const held = written - (stream.stats().audio?.samplesCaptured ?? 0) / 48_000;
    most = Math.max(most, held);
    if (seconds > 0.2) expect(room).toBe(false);
    if (!room) await once(audio, 'drain');
  }
  // All but what is held was played in real time.
  expect(performance.now() - began).toBeGreaterThan((3 - 0.2 - seconds) * 1_000 - 300);
  expect(most).toBeLessThan(0.2 + 2 * seconds + 0.02);
  audio.end();
  await stream.finished;
  expect(stream.stats().audio?.samplesCaptured).toBe(Math.round(written / seconds) * Math.floor(48_000 * seconds));
});

test('sound that is not due yet at stop() is left out, and that is told', async () => {
  const audio = new AudioInput({ sampleRate: 48_000, channels: 1 });
  const stream = await publish(nginx.url('left-out'), { audio });
  const warnings = warningsOf(stream);
  expect(audio.write(quiet(60, 0))).toBe(false);
  await until('some of it is heard', () => (stream.stats().audio?.packetsEncoded ?? 0) > 10);
  await stream.stop();
  expect(warnings).toEqual([expect.stringMatching(/^ERR_INPUT_LEFT_OUT AudioInput: [0-9.]+ s of sound .* end\(\) the input/)]);
});

test('a picture by the wall clock beside sound from 0 is seen', async () => {
  const [video, audio] = [new VideoInput(size), new AudioInput({ sampleRate: 48_000, channels: 1 })];
  const stream = await publish(nginx.url('apart'), { video, audio });
  const warnings = warningsOf(stream);
  const clock = Date.now() * 1_000;
  const pictures = function* (): Generator<VideoFrame> {
    for (const frame of frames(size, 60, () => black)) yield { ...frame, timestamp: frame.timestamp + clock };
  };
  await Promise.all([
    pipeline(Readable.from(pictures()), video),
    pipeline(Readable.from(sines('f32', 48_000, [1_000], 2)), audio),
  ]);
  await stream.finished;
  expect(stream.stats().video?.framesCaptured).toBe(60);
  expect(warnings).toEqual([expect.stringMatching(/its first, is .* of the time of what is published already|its first, is .* behind/)]);
});
