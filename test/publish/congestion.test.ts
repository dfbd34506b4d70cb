// A network that stops for some seconds, and one that never comes back.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioInput, publish, tone, type AudioBuffer, type Congestion } from '../../src/index.js';
import { compositionTime, isKeyframe, mediaOf, readFlv, steps } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { noise } from '../support/noise.js';
import { publisherThreads } from '../support/own-process.js';
import { sines } from '../support/raw-media.js';
import { encoded } from '../support/recorded.js';
import { SlowLink } from '../support/slow-link.js';
import { rejection, until, within } from '../support/until.js';

let nginx: Nginx;
let link: SlowLink;
beforeAll(async () => {
  nginx = await startNginx();
  link = await SlowLink.to(nginx.rtmpPort);
});
afterAll(async () => {
  await link?.stop();
  await nginx?.stop();
});

const busyPicture = { width: 640, height: 480, frameRate: 30 };
const maxBuffer = 500;

test('frames are dropped up to a keyframe, sound is not, and it goes on', async () => {
  const source = noise(busyPicture);
  const congestions: Congestion[] = [];
  const stream = await publish(link.url('slow'), {
    video: { source: source.input, bitrate: 4_000_000, preset: 'ultrafast', keyframeInterval: 10 },
    audio: tone(),
    maxBuffer,
  });
  stream.on('congestion', (event) => congestions.push(event));
  await encoded(stream, { frames: 30 });

  link.pause();
  const held: number[] = [];
  const watching = setInterval(() => held.push(stream.stats().destinations[0]?.queue.duration ?? 0), 20);
  await until('frames are dropped', () => (stream.stats().destinations[0]?.droppedFrames ?? 0) > 30);
  const encodedThen = stream.stats().video?.framesEncoded ?? 0;
  link.resume();
  await encoded(stream, { frames: encodedThen + 60 });
  clearInterval(watching);
  const { droppedFrames } = stream.stats().destinations[0] ?? { droppedFrames: 0 };
  await stream.stop();
  source.stop();

  expect(congestions.length).toBeGreaterThanOrEqual(1);
  expect(congestions[0]?.buffered).toBeGreaterThan(0);
  expect(congestions[0]?.droppedFrames).toBeGreaterThan(0);
  // What waits is bounded: maxBuffer in the queue, and what the kernel holds beside it.
  console.info(`held at most ${Math.round(Math.max(...held))} ms, dropped ${droppedFrames} frames`);
  expect(Math.max(...held)).toBeLessThan(4 * maxBuffer);

  const tags = readFlv(await nginx.recording('slow'));
  for (const type of ['video', 'audio'] as const) {
    expect(steps(mediaOf(tags, type).map((tag) => tag.timestamp)).filter((step) => step < 1)).toEqual([]);
  }
  // Sound: every packet of 1,024 samples is there.
  for (const step of steps(mediaOf(tags, 'audio').map((tag) => tag.timestamp))) expect([21, 22]).toContain(step);
  // Picture: one gap or more, and after each a keyframe, though the interval is ten seconds.
  const pictures = mediaOf(tags, 'video');
  const gaps = pictures.filter((tag, index) => {
    const before = pictures[index - 1];
    return before && tag.timestamp + compositionTime(tag) - before.timestamp - compositionTime(before) > 100;
  });
  expect(gaps.length).toBeGreaterThanOrEqual(1);
  expect(gaps.every(isKeyframe)).toBe(true);
});

test('a network that becomes narrow is found out within seconds, and from then on hardly anything is dropped', { timeout: 120_000 }, async () => {
  const source = noise({ width: 320, height: 240, frameRate: 30 });
  const stream = await publish(link.url('narrow'), {
    video: { source: source.input, bitrate: 1_500_000, preset: 'ultrafast' },
    audio: tone(),
  });
  const figures = (): { frames: number; dropped: number; target: number } => {
    const { video, destinations } = stream.stats();
    return { frames: video?.framesEncoded ?? 0, dropped: destinations[0]?.droppedFrames ?? 0, target: video?.targetBitrate ?? 0 };
  };
  await encoded(stream, { frames: 60 });
  expect(figures().target).toBe(1_500_000);
  const [width, sound] = [60_000 * 8, 128_000];
  link.limit(60_000);
  await until('the bitrate fits', () => figures().target < width - sound, 30_000);
  await encoded(stream, { frames: figures().frames + 240 });
  const settled = figures();
  const targets: number[] = [];
  const watching = setInterval(() => targets.push(figures().target), 50);
  await encoded(stream, { frames: settled.frames + 300 });
  clearInterval(watching);
  const after = figures();
  link.limit(Infinity);
  console.info(`settled: ${settled.dropped} dropped of ${settled.frames}; then ${after.dropped - settled.dropped} of 300, target ` +
    `${Math.min(...targets)} to ${Math.max(...targets)}`);
  expect(after.dropped - settled.dropped).toBeLessThan(6);
  expect(Math.max(...targets)).toBeLessThan(1.5 * (width - sound));
  await until('the bitrate is whole again', () => figures().target === 1_500_000, 60_000);
  await stream.stop();
  source.stop();
});

test('when all inputs have ended, a slow network has the whole stopTimeout, and no warning tells otherwise', async () => {
  const sound = new AudioInput({ sampleRate: 48_000, channels: 2 });
  const stream = await publish(link.url('ends'), { audio: { source: sound, bitrate: 320_000 }, stopTimeout: 60_000 });
  const warnings: Error[] = [];
  stream.on('warning', (warning) => warnings.push(warning));
  let enough = false;
  const hiss = function* (): Generator<AudioBuffer> {
    for (const buffer of sines('f32', 48_000, [0, 0], 60)) {
      if (enough) return;
      for (let index = 0; index < buffer.data.length; index++) buffer.data[index] = Math.random() - 0.5;
      yield buffer;
    }
  };
  link.pause();
  const written = pipeline(Readable.from(hiss()), sound);
  // The server's host has no room any more, and what leaves the queue waits in the kernel.
  await until('the kernel holds something', () => (stream.stats().destinations[0]?.queue.bytes ?? 0) > 12_000);
  enough = true;
  await written;
  await sleep(1_500); // longer than any other time that could be taken for stopTimeout
  link.resume();
  await stream.finished;
  expect(warnings).toEqual([]);
  expect(mediaOf(readFlv(await nginx.recording('ends')), 'audio').length).toBe(stream.stats().audio?.packetsEncoded);
});

test.for([
  ['that takes nothing for writeTimeout', 3_000, 'ERR_RTMP_TIMEOUT'],
  ['for which too much waits before writeTimeout', 60_000, 'ERR_RTMP_CONGESTED'],
] as const)('a network %s ends the stream', { timeout: 90_000 }, async ([, writeTimeout, code]) => {
  const source = noise(busyPicture);
  const stream = await publish(link.url(code), {
    video: { source: source.input, bitrate: 4_000_000, preset: 'ultrafast' },
    audio: tone(),
    maxBuffer,
    writeTimeout,
  });
  const ended = rejection(stream.finished);
  await encoded(stream, { frames: 10 });
  link.pause();
  const error = await within(50_000, 'the end', ended);
  source.stop();
  link.resume();
  expect(error).toMatchObject({ name: 'RtmpError', code });
  await until('no thread is left', () => publisherThreads().length === 0);
});
