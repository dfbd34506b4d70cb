// One publication of the test pattern and the tone, as a server received it: every property of it is looked at in its own test.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testPattern, tone } from '../../src/index.js';
import { figures, isWholeSequence, pictureRate, readAlignment, type Alignment } from '../support/alignment.js';
import { compositionTime, isKeyframe, mediaOf, nalTypes, readFlv, steps, type Tag } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { clockDifference, dayLength } from '../support/pattern.js';
import { pictureTypes, probeStreams, type ProbedStream } from '../support/probe.js';
import { record, type Recorded } from '../support/recorded.js';

describe('test pattern and tone, 640x360 at 30 frames a second', () => {
  let nginx: Nginx;
  let recorded: Recorded;
  let tags: Tag[];
  let streams: { video?: ProbedStream; audio?: ProbedStream };
  let alignment: Alignment;
  const clock: { before: number; after: number } = { before: 0, after: 0 };
  let onServer = '';

  beforeAll(async () => {
    nginx = await startNginx();
    clock.before = Date.now();
    const options = { video: testPattern({ width: 640, height: 360 }), audio: tone() };
    recorded = await record(nginx, options, 165, async () => {
      onServer = (await nginx.streams()).find((stream) => stream.publishing)?.xml ?? '';
    });
    clock.after = Date.now();
    tags = readFlv(recorded.file);
    streams = await probeStreams(recorded.file);
    alignment = await readAlignment(recorded.file);
  });
  afterAll(() => nginx?.stop());

  test('is H.264, Main profile, 640x360, 4:2:0', () => {
    expect(streams.video).toMatchObject({ codec_name: 'h264', profile: 'Main', width: 640, height: 360, pix_fmt: 'yuv420p' });
  });

  test('says 30 frames a second in the stream and has them', () => {
    expect(streams.video?.r_frame_rate).toBe('30/1');
    expect(pictureRate(alignment.readings)).toBeGreaterThan(29.9);
    expect(pictureRate(alignment.readings)).toBeLessThan(30.1);
  });

  test('is AAC-LC, 48 kHz, stereo', () => {
    expect(streams.audio).toMatchObject({ codec_name: 'aac', profile: 'LC', sample_rate: '48000', channels: 2 });
  });

  test('describes its colours: BT.601 below 720 lines, limited range', () => {
    expect(streams.video).toMatchObject({ color_range: 'tv', color_space: 'smpte170m' });
  });

  test('reached the server with its metadata', () => {
    expect(onServer).toMatch(/<width>640<\/width><height>360<\/height><frame_rate>30<\/frame_rate>/);
    expect(onServer).toMatch(/<codec>H264<\/codec><profile>Main<\/profile>/);
    expect(onServer).toMatch(/<codec>AAC<\/codec><profile>LC<\/profile><channels>2<\/channels><sample_rate>48000<\/sample_rate>/);
  });

  test('shows every picture that was taken, in order', () => {
    expect(alignment.readings.length).toBeGreaterThanOrEqual(150);
    expect(isWholeSequence(alignment.readings, recorded.stats.video)).toBe(true);
  });

  test('shows the wall clock, and plays as fast as it', () => {
    for (const { clock: shown } of alignment.readings) {
      expect(clockDifference(shown, clock.before % dayLength)).toBeGreaterThanOrEqual(-10);
      expect(clockDifference(clock.after % dayLength, shown)).toBeGreaterThanOrEqual(-10);
    }
    const once = alignment.readings.filter(({ frame }, index, all) => frame !== all[index - 1]?.frame);
    const origins = once.map((reading) => clockDifference(reading.clock, reading.time * 1000));
    expect(Math.max(...origins) - Math.min(...origins)).toBeLessThanOrEqual(3);
  });

  test('flashes and beeps at the same time', () => {
    console.info(`flash to beep, ms: ${figures(alignment.offsets)}`);
    expect(alignment.offsets.length).toBeGreaterThanOrEqual(4);
    for (const offset of alignment.offsets) expect(Math.abs(offset)).toBeLessThanOrEqual(20);
  });

  test('beeps for 100 ms at 1 kHz at half of full scale', () => {
    for (const beep of alignment.beeps.slice(1, -1)) {
      expect(beep.frequency).toBeGreaterThan(998);
      expect(beep.frequency).toBeLessThan(1002);
      expect(beep.end - beep.start).toBeGreaterThan(0.095);
      expect(beep.end - beep.start).toBeLessThan(0.105);
      expect(beep.amplitude).toBeGreaterThan(0.45);
      expect(beep.amplitude).toBeLessThan(0.55);
    }
  });

  test('has a keyframe every two seconds, an IDR, and no other', () => {
    const shown = mediaOf(tags, 'video').filter(isKeyframe).map((tag) => tag.timestamp + compositionTime(tag));
    expect(shown.length).toBeGreaterThanOrEqual(3);
    for (const step of steps(shown)) expect(Math.abs(step - 2000)).toBeLessThanOrEqual(1);
    for (const tag of mediaOf(tags, 'video')) expect(nalTypes(tag).includes(5)).toBe(isKeyframe(tag));
  });

  test('carries SPS and PPS in the sequence header only', () => {
    expect(tags.filter((tag) => tag.type === 'video' && tag.body[1] === 0)).toHaveLength(1);
    for (const tag of mediaOf(tags, 'video')) expect(nalTypes(tag).filter((type) => type === 7 || type === 8)).toEqual([]);
  });

  test('has no B-frames', async () => {
    expect(await pictureTypes(recorded.file)).toMatch(/^[IP]+$/);
  });

  test('has timestamps that rise in each track, and pictures that are decoded when they are shown', () => {
    const video = mediaOf(tags, 'video');
    for (const step of steps(video.map((tag) => tag.timestamp))) expect(step).toBeGreaterThanOrEqual(1);
    expect(video.every((tag) => compositionTime(tag) === 0)).toBe(true);
    for (const step of steps(mediaOf(tags, 'audio').map((tag) => tag.timestamp))) expect([21, 22]).toContain(step);
  });

  test('begins with a keyframe', () => {
    const [first] = mediaOf(tags, 'video');
    expect(first && isKeyframe(first)).toBe(true);
  });
});
