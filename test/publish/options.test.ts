// What each encoding option does to the stream that arrives.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish, silence, testPattern, tone, type Publication, type PublishOptions } from '../../src/index.js';
import { figures, isWholeSequence, readAlignment } from '../support/alignment.js';
import { backwards, compositionTime, isKeyframe, mediaOf, nalTypes, readFlv, steps, type Tag } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { noise } from '../support/noise.js';
import { pictureTypes, probeStreams } from '../support/probe.js';
import { encoded, record } from '../support/recorded.js';
import { decodeSound, findBeeps } from '../support/sound.js';
import { rejection } from '../support/until.js';

const small = testPattern({ width: 320, height: 240 });
let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

const shownAt = (tag: Tag): number => tag.timestamp + compositionTime(tag);

describe('video', () => {
  test('B-frames: pictures in order, decoding times never back, sound in place', async () => {
    const video = { source: small, tune: 'film', bFrames: 2, profile: 'high', preset: 'fast' } as const;
    const { file, stats } = await record(nginx, { video, audio: tone() }, 165);
    expect((await probeStreams(file)).video).toMatchObject({ profile: 'High' });
    expect(await pictureTypes(file)).toContain('B');
    const tags = readFlv(file);
    for (const type of ['video', 'audio'] as const) {
      expect(backwards(mediaOf(tags, type).map((tag) => tag.timestamp))).toEqual([]);
    }
    expect(mediaOf(tags, 'video').every((tag) => compositionTime(tag) >= 0)).toBe(true);

    const { readings, offsets } = await readAlignment(file);
    expect(isWholeSequence(readings, stats.video)).toBe(true);
    console.info(`with B-frames, flash to beep, ms: ${figures(offsets)}`);
    expect(offsets.length).toBeGreaterThanOrEqual(3);
    for (const offset of offsets) expect(Math.abs(offset)).toBeLessThanOrEqual(20);
  });

  test('width and height scale the picture, frameRate thins it out, keyframeInterval is in seconds', async () => {
    const source = testPattern({ width: 640, height: 360 });
    const video = { source, width: 320, height: 180, frameRate: 15, keyframeInterval: 0.5 };
    const { file } = await record(nginx, { video }, 40);
    expect((await probeStreams(file)).video).toMatchObject({ width: 320, height: 180, r_frame_rate: '15/1' });
    const pictures = mediaOf(readFlv(file), 'video');
    const seconds = (shownAt(pictures.at(-1) as Tag) - shownAt(pictures[0] as Tag)) / 1000;
    expect((pictures.length - 1) / seconds).toBeGreaterThan(14);
    expect((pictures.length - 1) / seconds).toBeLessThan(15.5);
    const keyframes = pictures.filter(isKeyframe).map(shownAt);
    expect(keyframes.length).toBeGreaterThanOrEqual(4);
    for (const step of steps(keyframes)) expect(Math.abs(step - 500)).toBeLessThanOrEqual(40);
  });

  test('720 lines and more are BT.709, and say so', async () => {
    const { file } = await record(nginx, { video: { source: testPattern(), preset: 'ultrafast' } }, 10);
    const bt709 = { color_space: 'bt709', color_primaries: 'bt709', color_transfer: 'bt709', color_range: 'tv' };
    expect((await probeStreams(file)).video).toMatchObject({ width: 1280, height: 720, ...bt709 });
  });

  test('profile baseline', async () => {
    const { file } = await record(nginx, { video: { source: small, profile: 'baseline' } }, 10);
    expect((await probeStreams(file)).video?.profile).toMatch(/Baseline/);
  });

  test('extra options reach x264', async () => {
    const { file } = await record(nginx, { video: { source: small, threads: 1, extra: { slices: 3 } } }, 10);
    for (const tag of mediaOf(readFlv(file), 'video')) {
      expect(nalTypes(tag).filter((type) => type === 1 || type === 5)).toHaveLength(3);
    }
  });

  test.for([
    [{ nonsense: 1 }, /nonsense/],
    [{ me: 'wrong' }, /me.*wrong/],
  ] as const)('x264 refuses %o', async ([extra, words]) => {
    const error = await rejection(publish(nginx.url('refused'), { video: { source: small, extra } }));
    expect(error).toMatchObject({ name: 'EncoderError', code: 'ERR_ENCODER_OPEN', message: expect.stringMatching(words) });
    expect(await nginx.isPublished('refused')).toBe(false);
  });

  test('setVideoBitrate() changes the bitrate of a live stream', async () => {
    const source = noise({ width: 320, height: 240, frameRate: 30 });
    let change = 0;
    const video = { source: source.input, bitrate: 2_000_000 };
    const { file, stats } = await record(nginx, { video }, 90, async (stream) => {
      change = stream.stats().video?.framesEncoded ?? 0;
      stream.setVideoBitrate(400_000);
      await encoded(stream, { frames: change + 120 });
    });
    source.stop();
    const pictures = mediaOf(readFlv(file), 'video');
    const bitrate = (from: number, to: number): number => {
      const part = pictures.slice(from, to);
      const bytes = part.reduce((sum, tag) => sum + tag.body.length, 0);
      return (bytes * 8_000) / (shownAt(part.at(-1) as Tag) - shownAt(part[0] as Tag));
    };
    // Both measured over whole keyframe intervals, the second after the rate control has settled.
    const [before, after] = [bitrate(20, 80), bitrate(change + 50, change + 110)];
    console.info(`bitrate before ${Math.round(before / 1000)} kbit/s, after ${Math.round(after / 1000)} kbit/s`);
    expect(before).toBeGreaterThan(1_500_000);
    expect(before).toBeLessThan(2_500_000);
    expect(after).toBeGreaterThan(250_000);
    expect(after).toBeLessThan(600_000);
    expect(stats.video?.targetBitrate).toBe(400_000);
  });

  test('requestKeyframe() gives a keyframe at once, out of turn', async () => {
    const { file } = await record(nginx, { video: { source: small, keyframeInterval: 10 } }, 20, async (stream) => {
      stream.requestKeyframe();
      await encoded(stream, { frames: 40 });
    });
    const keyframes = mediaOf(readFlv(file), 'video').flatMap((tag, index) => (isKeyframe(tag) ? [index] : []));
    expect(keyframes).toHaveLength(2);
    expect(keyframes[1]).toBeGreaterThanOrEqual(20);
  });
});

describe('what the encoder holds back', () => {
  /** Publishes with a second and more of lookahead, and ends it: the bytes that the encoder gave before, and in all. */
  async function bytes(key: string, end: (stream: Publication, abort: AbortController) => Promise<unknown>) {
    const abort = new AbortController();
    const video = { source: small, tune: 'film', extra: { 'rc-lookahead': 40 } } as const;
    const stream = await publish(nginx.url(key), { video, signal: abort.signal });
    await encoded(stream, { frames: 80 });
    const { bytes: before } = stream.stats().video!;
    await end(stream, abort);
    const { bytes: all, framesEncoded } = stream.stats().video!;
    return { before, all, framesEncoded };
  }

  test('is sent at stop()', async () => {
    const { before, all, framesEncoded } = await bytes('held-stop', (stream) => stream.stop());
    expect(all).toBeGreaterThan(1.5 * before);
    expect(mediaOf(readFlv(await nginx.recording('held-stop')), 'video')).toHaveLength(framesEncoded);
  });

  test('is not waited for at an abort', async () => {
    const { before, all } = await bytes('held-abort', (stream, abort) => (abort.abort(), rejection(stream.finished)));
    expect(all).toBeLessThan(1.25 * before);
  });
});

describe('audio', () => {
  test('44.1 kHz mono', async () => {
    const { file } = await record(nginx, { audio: tone({ sampleRate: 44_100, channels: 1 }) }, 120);
    const { audio, video } = await probeStreams(file);
    expect(video).toBeUndefined();
    expect(audio).toMatchObject({ codec_name: 'aac', profile: 'LC', sample_rate: '44100', channels: 1 });
    const beeps = findBeeps(await decodeSound(file), 1_000);
    expect(beeps.length).toBeGreaterThanOrEqual(2);
    for (const beep of beeps.slice(1, -1)) expect(Math.abs(beep.frequency - 1_000)).toBeLessThan(2);
    for (const step of steps(beeps.map((beep) => beep.start))) expect(Math.abs(step - 1)).toBeLessThan(0.002);
  });

  test('resampled and mixed down, in step with the picture', async () => {
    const source = tone({ sampleRate: 48_000, channels: 2 });
    const audio = { source, sampleRate: 44_100, channels: 1, bitrate: 64_000 } as const;
    const { file } = await record(nginx, { video: small, audio }, 120);
    expect((await probeStreams(file)).audio).toMatchObject({ sample_rate: '44100', channels: 1 });
    const { offsets } = await readAlignment(file);
    console.info(`resampled, flash to beep, ms: ${figures(offsets)}`);
    expect(offsets.length).toBeGreaterThanOrEqual(2);
    for (const offset of offsets) expect(Math.abs(offset)).toBeLessThanOrEqual(20);
  });

  test('the bitrate is what was asked for', async () => {
    const { file } = await record(nginx, { audio: { source: tone({ frequency: 5_000 }), bitrate: 64_000 } }, 200);
    const packets = mediaOf(readFlv(file), 'audio');
    const bits = packets.reduce((sum, tag) => sum + (tag.body.length - 2) * 8, 0);
    expect(bits / ((packets.length * 1024) / 48_000)).toBeLessThan(90_000);
  });

  test('silence is silent, and a track', async () => {
    const { file } = await record(nginx, { audio: silence() }, 50);
    const { samples } = await decodeSound(file);
    expect(samples.length).toBeGreaterThan(40_000);
    expect(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeLessThan(0.001);
  });

  test('without sound the picture alone', async () => {
    const { file } = await record(nginx, { video: small }, 30);
    expect((await probeStreams(file)).audio).toBeUndefined();
    expect(mediaOf(readFlv(file), 'video').length).toBeGreaterThanOrEqual(30);
  });
});

describe('options that cannot be', () => {
  const cases: [string, object, ErrorConstructor, RegExp][] = [
    ['neither video nor audio', {}, TypeError, /video.*audio|audio.*video/],
    ['an odd width', { video: { source: small, width: 321, height: 240 } }, RangeError, /video\.width must be .*received 321/],
    ['a negative bitrate', { video: { source: small, bitrate: -1 } }, RangeError,
      /video\.bitrate must be a positive integer, received -1/],
    ['a bitrate that is no number', { video: { source: small, bitrate: Number.NaN } }, RangeError,
      /video\.bitrate.*received NaN/],
    ['a misspelled option', { video: { source: small, bitRate: 1 } }, TypeError, /bitRate.*video\.bitrate/],
    ['an unknown preset', { video: { source: small, preset: 'fastest' } }, TypeError, /video\.preset must be .*"veryfast"/],
    ['something that is not a source', { video: { source: 'screen' } }, TypeError, /video/],
    ['a sample rate that services do not take', { audio: { source: tone(), sampleRate: 96_000 } }, RangeError,
      /audio\.sampleRate/],
  ];
  test.for(cases)('%s', async ([, options, type, words]) => {
    const error = await rejection(publish(nginx.url('never'), options as PublishOptions));
    expect([error.constructor.name, error.message]).toEqual([type.name, expect.stringMatching(words)]);
    expect(nginx.recordings()).not.toContain('never.flv');
  });
});
