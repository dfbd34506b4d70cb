// The order and the timestamps of both tracks, as servers record them and as readers behind servers get them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioInput, publish, testPattern, tone, type Publication, type PublishOptions } from '../../src/index.js';
import { temporaryDirectory } from '../support/daemon.js';
import { compositionTime, isMedia, mediaOf, readFlv, steps, type Tag } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { startNodeMediaServer, type NodeMediaServer } from '../support/node-media-server.js';
import { readPackets, remuxWarnings, type ReadPacket } from '../support/remux.js';
import { encoded, record } from '../support/recorded.js';
import { until } from '../support/until.js';

const video = { source: testPattern({ width: 320, height: 240 }), keyframeInterval: 1 };
const media: PublishOptions = { video, audio: tone() };
const stamps = (tags: readonly Tag[]): number[] => tags.map((tag) => tag.timestamp);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

/** How far times go back behind the latest before them. */
function stepsBack(times: readonly number[]): number[] {
  let latest = -Infinity;
  return times.map((time) => (latest = Math.max(latest, time)) - time);
}

function expectEachTrackToRise(tags: readonly Tag[]): void {
  for (const type of ['video', 'audio'] as const) {
    const own = steps(stamps(mediaOf(tags, type)));
    expect(own.length).toBeGreaterThan(30);
    expect(own.filter((step) => step < 1)).toEqual([]);
  }
}

/** Of one that joined the stream while it ran, and read some seconds of it. */
function expectPicturesInTime(packets: readonly ReadPacket[]): void {
  const pictures = packets.filter(({ type }) => type === 'video');
  const sounds = packets.filter(({ type }) => type === 'audio');
  expect(pictures.length).toBeGreaterThan(60);
  expect(sounds.length).toBeGreaterThan(100);
  for (const { pts, dts } of pictures) expect(pts).toBe(dts);
  for (const own of [pictures, sounds]) {
    expect(Math.min(...steps(own.map(({ dts }) => dts)))).toBeGreaterThan(0);
  }
  // Time runs as fast as it does: no server has put in or taken away any. A busy machine leaves pictures out.
  const [first, last] = [sounds[0]?.pts ?? NaN, sounds.at(-1)?.pts ?? NaN];
  expect(Math.abs(last - first - (sounds.length - 1) * (1024 / 48_000))).toBeLessThan(0.1);
  expect(Math.abs((pictures.at(-1)?.pts ?? NaN) - last)).toBeLessThan(0.5);
  for (const step of steps(pictures.map(({ pts }) => pts * 30))) expect(Math.abs(step - Math.round(step))).toBeLessThan(0.1);
}

async function expectReadersContent(input: string): Promise<void> {
  const [packets, ...warnings] = await Promise.all([
    readPackets(input, 250),
    ...(['mpegts', 'mp4', 'flv', 'null'] as const).map((format) => remuxWarnings(input, format, 3)),
  ]);
  expect(warnings.flat()).toEqual([]);
  expectPicturesInTime(packets);
}

describe('recorded by nginx-rtmp', () => {
  let nginx: Nginx;
  beforeAll(async () => (nginx = await startNginx()));
  afterAll(() => nginx?.stop());

  test('a picture is decoded when it is shown, and sound is no more than 0.2 s behind it', async () => {
    const { file, stats } = await record(nginx, media, 150);
    const tags = readFlv(file);
    expectEachTrackToRise(tags);
    expect(mediaOf(tags, 'video').map(compositionTime).filter((time) => time !== 0)).toEqual([]);
    const back = stepsBack(stamps(tags.filter(isMedia)));
    console.info(`timestamps go back by ${most(back)} ms at most`);
    expect(most(back)).toBeLessThanOrEqual(200);
    expect(stats.destinations[0]?.interleaveDelay).toBeLessThan(50);
  });

  test('with B-frames a picture is decoded earlier by their reordering alone', async () => {
    const { file } = await record(nginx, { ...media, video: { ...video, tune: 'film', bFrames: 2, profile: 'high' } }, 150);
    const tags = readFlv(file);
    expectEachTrackToRise(tags);
    const compositions = mediaOf(tags, 'video').map(compositionTime);
    expect(compositions.filter((time) => time < 0)).toEqual([]);
    expect(Math.min(...compositions)).toBeLessThanOrEqual(34);  // x264's own, of two B-frames of which one is referred to
    expect(most(compositions)).toBeLessThanOrEqual(4 * 34);
  });

  test('of sound that comes late and in bursts, neither track is piled on one moment', async () => {
    const sound = new AudioInput({ sampleRate: 48_000, channels: 1, format: 'f32' });
    let written = 0; // milliseconds
    const write = (milliseconds: number): void => {
      const data = new Float32Array(48 * milliseconds);
      sound.write({ format: 'f32', sampleRate: 48_000, channels: 1, timestamp: written * 1_000, data });
      written += milliseconds;
    };
    const begun = performance.now();
    write(10); // in time, what follows is not
    const timer = setInterval(() => {
      if (performance.now() - begun > written + 400) write(400);
    }, 5);
    const { file } = await record(nginx, { video, audio: sound }, 240).finally(() => clearInterval(timer));
    sound.destroy();
    const tags = readFlv(file);
    expectEachTrackToRise(tags);
    const pictures = mediaOf(tags, 'video');
    pictures.forEach((picture, index) => {
      const before = pictures[index - 1];
      if (!before) return;
      const decoded = picture.timestamp - before.timestamp;
      const shown = decoded + compositionTime(picture) - compositionTime(before);
      expect(decoded).toBeGreaterThanOrEqual(shown / 2 - 1);
      expect(decoded).toBeLessThanOrEqual(shown * 2 + 2);
    });
  });

  test('in strict order timestamps do not go back over both tracks', async () => {
    const { file } = await record(nginx, { ...media, interleave: 'strict' }, 150);
    const tags = readFlv(file);
    expectEachTrackToRise(tags);
    // But for sound that is later than it was ever to be: pictures still rise, by a millisecond each.
    expect(most(stepsBack(stamps(tags.filter(isMedia))))).toBeLessThanOrEqual(5);
  });
});

describe.each([
  ['as it comes', ''],
  ['that interleaves', 'interleave on;'],
  ['that synchronises and waits for keyframes and pictures', 'sync 10ms; wait_key on; wait_video on;'],
])('nginx-rtmp %s', (_, application) => {
  let nginx: Nginx;
  let stream: Publication;
  const segments = temporaryDirectory();
  beforeAll(async () => {
    nginx = await startNginx({ application: `${application} hls on; hls_path ${segments.path}; hls_fragment 1s;` });
    stream = await publish(nginx.url('read'), media);
  });
  afterAll(async () => {
    await stream?.stop();
    await nginx?.stop();
    segments.remove();
  });

  test('its readers get every picture in time, without a warning', async () => {
    await encoded(stream, { frames: 60 });
    await expectReadersContent(nginx.url('read'));
  });

  test('its HLS segments have both tracks in time, without a warning', async () => {
    const playlist = join(segments.path, 'read.m3u8');
    await until('five segments are there', () =>
      existsSync(playlist) && readdirSync(segments.path).filter((name) => name.endsWith('.ts')).length >= 6);
    expect(await remuxWarnings(playlist, 'null', 3)).toEqual([]);
    const packets = await readPackets(playlist, 250);
    for (const type of ['video', 'audio'] as const) {
      const own = packets.filter((packet) => packet.type === type);
      expect(own.length).toBeGreaterThan(60);
      expect(steps(own.map(({ dts }) => dts)).filter((step) => step <= 0)).toEqual([]);
    }
    for (const { type, pts, dts } of packets) if (type === 'video') expect(pts).toBe(dts);
  });
});

test('nginx-rtmp that cuts its recordings has both tracks in order in each of a stream in strict order', async () => {
  const parts = temporaryDirectory();
  const recorder = `record all; record_path ${parts.path}; record_suffix -%s.flv; record_interval 2s;`;
  const nginx = await startNginx({ application: `recorder parts { ${recorder} }` });
  try {
    await record(nginx, { ...media, interleave: 'strict' }, 200);
    const files = readdirSync(parts.path).map((name) => readFlv(join(parts.path, name))).filter((tags) => tags.length > 120);
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const tags of files) expectEachTrackToRise(tags);
  } finally {
    await nginx.stop();
    parts.remove();
  }
});

describe('node-media-server', () => {
  let server: NodeMediaServer;
  let stream: Publication;
  beforeAll(async () => {
    server = await startNodeMediaServer();
    stream = await publish(`${server.rtmp}/read`, media);
  });
  afterAll(async () => {
    await stream?.stop();
    await server?.stop();
  });

  test('its RTMP readers get every picture in time, without a warning', async () => {
    await encoded(stream, { frames: 60 });
    await expectReadersContent(`${server.rtmp}/read`);
  });

  test('its HTTP-FLV readers do too', async () => {
    await expectReadersContent(`${server.http}/read.flv`);
  });
});
