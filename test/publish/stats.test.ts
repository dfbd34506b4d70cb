// What a publication says of itself.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, testPattern, tone } from '../../src/index.js';
import { isKeyframe, mediaOf, readFlv } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { encoded } from '../support/recorded.js';

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

test('stats() agrees with what the server received', async () => {
  const begun = Date.now();
  const stream = await publish(nginx.url('secret-key'), {
    video: { source: testPattern({ width: 640, height: 360 }), bitrate: 1_000_000 },
    audio: { source: tone(), bitrate: 96_000 },
  });
  await encoded(stream, { frames: 100 });
  const live = stream.stats();
  await stream.stop();
  const last = stream.stats();
  const tags = readFlv(await nginx.recording('secret-key'));

  expect(live.duration).toBeGreaterThan(3);
  expect(live.video?.source.kind).toBe('test-pattern');
  expect(live.audio?.inputs[0]?.source.kind).toBe('tone');
  expect(live.video).toMatchObject({ width: 640, height: 360, frameRate: 30, targetBitrate: 1_000_000 });
  expect(live.video?.framesCaptured).toBeGreaterThanOrEqual(100);
  expect(live.video?.encodeTime.p50).toBeGreaterThan(0);
  expect(live.video?.encodeTime.p95).toBeGreaterThanOrEqual(live.video?.encodeTime.p50 ?? Infinity);
  expect(live.video?.bitrate).toBeGreaterThan(10_000);
  expect(live.video?.bitrate).toBeLessThan(3_000_000);
  expect(live.audio).toMatchObject({ sampleRate: 48_000, channels: 2, captureGaps: 0 });
  expect(live.audio?.samplesCaptured).toBeGreaterThan(2 * 48_000);
  expect(Math.abs(live.audio?.drift ?? NaN)).toBeLessThan(500);
  expect(Math.abs(live.avOffset ?? NaN)).toBeLessThan(20);
  expect(live.audio?.bitrate).toBeGreaterThan(1_000);

  expect(live.destinations).toHaveLength(1);
  const [destination] = live.destinations;
  expect(destination).toMatchObject({ url: `rtmp://127.0.0.1:${nginx.rtmpPort}/live/****`, state: 'publishing' });
  // A machine that is slow to answer makes the kernel send again even on loopback.
  expect(destination?.retransmits).toBeGreaterThanOrEqual(0);
  expect(destination?.since.getTime()).toBeGreaterThanOrEqual(begun);
  expect(destination?.bytesSent).toBeGreaterThan(20_000);
  expect(destination?.queue.duration).toBeGreaterThanOrEqual(0);
  expect(destination?.roundTrip).toBeGreaterThan(0);
  expect(destination?.interleaveDelay).toBeGreaterThanOrEqual(0);

  expect(last.destinations[0]).toMatchObject({ state: 'stopped', droppedFrames: 0 });
  expect(mediaOf(tags, 'video')).toHaveLength(last.video?.framesEncoded ?? -1);
  expect(mediaOf(tags, 'video').filter(isKeyframe)).toHaveLength(last.video?.keyframes ?? -1);
  // Sound begins with the first picture.
  const early = (last.audio?.packetsEncoded ?? NaN) - mediaOf(tags, 'audio').length;
  expect(early).toBeGreaterThanOrEqual(0);
  expect(early).toBeLessThanOrEqual(4);
  const bytesOf = (track: 'audio' | 'video', header: number): number =>
    mediaOf(tags, track).reduce((sum, tag) => sum + tag.body.length - header, 0);
  expect(bytesOf('video', 5)).toBe(last.video?.bytes);
  const soundBytes = last.audio?.bytes ?? NaN;
  expect(bytesOf('audio', 2)).toBeLessThanOrEqual(soundBytes);
  expect(bytesOf('audio', 2)).toBeGreaterThan(early === 0 ? soundBytes - 1 : soundBytes * 0.9);
  expect(last.destinations[0]?.bytesSent).toBeGreaterThan((last.video?.bytes ?? 0) + (last.audio?.bytes ?? 0));
  expect(JSON.stringify([live, last])).not.toContain('secret-key');
});

test('a track that is not published has no figures, and no controls', async () => {
  const stream = await publish(nginx.url('sound'), { audio: tone() });
  await encoded(stream, { packets: 10 });
  expect(stream.stats().video).toBeUndefined();
  expect(() => stream.setVideoBitrate(1_000_000)).toThrow(TypeError);
  expect(() => stream.requestKeyframe()).toThrow(TypeError);
  await stream.stop();
});

test('setVideoBitrate() takes what a bitrate may be', async () => {
  const stream = await publish(nginx.url('picture'), { video: testPattern({ width: 320, height: 240 }) });
  expect(() => stream.setVideoBitrate(-1)).toThrow(RangeError);
  expect(() => stream.setVideoBitrate(Number.NaN)).toThrow(/received NaN/);
  expect(() => stream.setVideoBitrate('1' as unknown as number)).toThrow(TypeError);
  stream.setVideoBitrate(300_000);
  await stream.stop();
  stream.setVideoBitrate(400_000);
  stream.requestKeyframe();
});
