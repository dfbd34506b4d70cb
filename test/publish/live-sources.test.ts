// What becomes of a stream whose source is slow, lost, back again, or exchanged for another.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish, screen, silence, testPattern, VideoInput } from '../../src/index.js';
import type { DeviceBack, DeviceLost, Publication, VideoFrame } from '../../src/index.js';
import { mediaOf, readFlv, steps } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { publisherThreads } from '../support/own-process.js';
import { colourDistance, decodePictures, meanColour, meanLuma, type Picture } from '../support/picture.js';
import { fourFields, type Rgb } from '../support/raw-media.js';
import { encoded } from '../support/recorded.js';
import { rejection, until } from '../support/until.js';
import { XClient } from '../support/x-client.js';
import { startXvfb } from '../support/xvfb.js';

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

const format = { width: 320, height: 240, frameRate: 30, format: 'I420' } as const;
const picture = (colour: Rgb): VideoFrame => ({
  ...format, timestamp: 0, data: fourFields('I420', 320, 240, [colour, colour, colour, colour]),
});
const [red, blue]: readonly [Rgb, Rgb] = [[200, 40, 40], [50, 60, 200]];

/** Milliseconds between the pictures of a recording. */
async function videoSteps(key: string): Promise<number[]> {
  return steps(mediaOf(readFlv(await nginx.recording(key)), 'video').map((tag) => tag.timestamp));
}

async function more(stream: Publication, frames: number): Promise<void> {
  await encoded(stream, { frames: (stream.stats().video?.framesEncoded ?? 0) + frames });
}

describe('the frame rate', () => {
  test('is constant: what a slow source leaves out is shown again, in the same even steps', async () => {
    const stream = await publish(nginx.url('constant'), {
      video: { source: testPattern({ width: 320, height: 240, frameRate: 10 }), frameRate: 30 },
    });
    await encoded(stream, { frames: 90 });
    await stream.stop();
    const { framesEncoded, framesRepeated, framesDropped } = stream.stats().video ?? {};
    expect(framesDropped).toBe(0);
    expect(framesRepeated).toBeGreaterThanOrEqual(58);
    expect(framesRepeated).toBeLessThanOrEqual((framesEncoded ?? 0) * 0.68);
    // A machine that is too slow leaves places empty, which are whole steps too.
    const off = (step: number): number => step - Math.round((step * 30) / 1_000) * (1_000 / 30);
    for (const step of await videoSteps('constant')) expect(Math.abs(off(step))).toBeLessThan(1.1);
  });

  test('leaves out what is too much of a fast source', async () => {
    const stream = await publish(nginx.url('fast'), {
      video: { source: testPattern({ width: 320, height: 240, frameRate: 60 }), frameRate: 20 },
    });
    await encoded(stream, { frames: 40 });
    await stream.stop();
    const { framesCaptured = 0, framesDropped = 0 } = stream.stats().video ?? {};
    expect(framesDropped).toBeGreaterThan(framesCaptured / 2);
    for (const step of await videoSteps('fast')) expect(step % 50).toBe(0);
  });

  test('may be variable: then nothing is shown twice', async () => {
    const stream = await publish(nginx.url('variable'), {
      video: { source: testPattern({ width: 320, height: 240, frameRate: 10 }), frameRate: 30, frameRateMode: 'variable' },
    });
    await encoded(stream, { frames: 15 });
    await stream.stop();
    expect(stream.stats().video?.framesRepeated).toBe(0);
    for (const step of await videoSteps('variable')) expect(step).toBeGreaterThanOrEqual(99);
  });

  test('goes on with the last picture when the program writes no more', async () => {
    const input = new VideoInput(format);
    const stream = await publish(nginx.url('still'), { video: input });
    input.write(picture(red));
    await encoded(stream, { frames: 30 });
    input.write({ ...picture(blue), timestamp: 1_000_000 });
    await until('the second picture came', () => stream.stats().video?.framesCaptured === 2);
    await more(stream, 5);
    await stream.stop();
    const pictures = await decodePictures(await nginx.recording('still'), 'rgb');
    expect(colourDistance(meanColour(pictures[20] as Picture, 100, 100, 50, 50), red)).toBeLessThanOrEqual(6);
    expect(colourDistance(meanColour(pictures.at(-1) as Picture, 100, 100, 50, 50), blue)).toBeLessThanOrEqual(6);
  });
});

test('the last of two pictures that are written at once is the one that stays', async () => {
  const input = new VideoInput(format);
  const stream = await publish(nginx.url('burst'), { video: input });
  input.write(picture(red));
  input.write({ ...picture(blue), timestamp: 5_000 });
  await until('both were read', () => stream.stats().video?.framesCaptured === 2);
  await more(stream, 10);
  await stream.stop();
  const pictures = await decodePictures(await nginx.recording('burst'), 'rgb');
  expect(colourDistance(meanColour(pictures.at(-1) as Picture, 100, 100, 50, 50), blue)).toBeLessThanOrEqual(6);
});

test('the last picture of a fast source stays, at a variable rate too', async () => {
  const input = new VideoInput({ ...format, frameRate: 60 });
  const stream = await publish(nginx.url('thinned'), { video: { source: input, frameRate: 30, frameRateMode: 'variable' } });
  input.write(picture(red));
  input.write({ ...picture(blue), timestamp: 10_000 });
  await encoded(stream, { frames: 2 });
  await stream.stop();
  const pictures = await decodePictures(await nginx.recording('thinned'), 'rgb');
  expect(pictures).toHaveLength(2);
  expect(colourDistance(meanColour(pictures[1] as Picture, 100, 100, 50, 50), blue)).toBeLessThanOrEqual(6);
});

describe('a lost screen', () => {
  const lose = async (key: string, slate?: VideoFrame): Promise<{ pictures: Picture[]; told: [DeviceLost, DeviceBack] }> => {
    const server = await startXvfb(320, 240);
    const paint = async (colour: number): Promise<void> => {
      const client = await XClient.open(server.display);
      await client.fill(0, 0, 320, 240, colour);
      client.close();
    };
    await paint(0xc82828);
    const source = screen({ display: server.display, cursor: false });
    const stream = await publish(nginx.url(key), { video: { source, slate } });
    const [lost, back]: [DeviceLost[], DeviceBack[]] = [[], []];
    stream.on('device-lost', (facts) => lost.push(facts));
    stream.on('device-back', (facts) => back.push(facts));
    await encoded(stream, { frames: 10 });
    await server.stop();
    await until('the loss is told', () => lost.length === 1);
    expect(stream.stats().video?.source).toMatchObject({ format: 'BGRA', width: 320, height: 240, lost: true });
    await more(stream, 40);
    const again = await startXvfb(320, 240, { display: server.display });
    await paint(0x323cc8);
    await until('the return is told', () => back.length === 1);
    const captured = stream.stats().video?.framesCaptured ?? 0;
    await until('pictures come again', () => (stream.stats().video?.framesCaptured ?? 0) > captured + 10);
    await stream.stop();
    await stream.finished;
    await again.stop();
    return { pictures: await decodePictures(await nginx.recording(key), 'rgb'), told: [lost[0]!, back[0]!] };
  };
  const colour = (of: Picture | undefined): number[] => meanColour(of as Picture, 50, 50, 200, 100);

  test('is shown as it last was, and live again when it is back; time goes on', async () => {
    const { pictures, told: [lost, back] } = await lose('lost');
    expect(lost).toMatchObject({ track: 'video', error: { name: 'DeviceError', code: 'ERR_DEVICE_LOST' } });
    expect(back).toMatchObject({ track: 'video', device: lost.error.device });
    expect(back.away).toBeGreaterThan(500);
    expect(colourDistance(colour(pictures[0]), red)).toBeLessThanOrEqual(6);
    expect(colourDistance(colour(pictures[40]), red)).toBeLessThanOrEqual(6);
    expect(colourDistance(colour(pictures.at(-1)), blue)).toBeLessThanOrEqual(6);
    const gaps = steps(pictures.map(({ time }) => time));
    expect(Math.min(...gaps)).toBeGreaterThan(0.015);
    expect(gaps.filter((gap) => gap > 0.068).length).toBeLessThan(gaps.length / 10);
  });

  test('is replaced by a slate where there is one, also of shared memory', async () => {
    const grey: Rgb = [120, 120, 120];
    const slate = picture(grey);
    const shared = new Uint8Array(new SharedArrayBuffer(slate.data.length + 1), 1);
    shared.set(slate.data);
    const { pictures } = await lose('slate', { ...slate, data: shared });
    expect(pictures.some((each) => colourDistance(colour(each), grey) <= 6)).toBe(true);
    expect(colourDistance(colour(pictures.at(-1)), blue)).toBeLessThanOrEqual(6);
  });
});

describe('setVideoSource()', () => {
  test('goes on with another source in the size of the track, without a new connection', async () => {
    const stream = await publish(nginx.url('switch'), { video: testPattern({ width: 640, height: 360 }) });
    await encoded(stream, { frames: 20 });
    const input = new VideoInput(format);
    input.write(picture(red));
    await stream.setVideoSource(input);
    await until('its picture came', () => input.writableLength === 0);
    await more(stream, 20);
    await stream.setVideoSource(testPattern({ width: 640, height: 360, frameRate: 15 }));
    await more(stream, 20);
    // It is free again.
    await stream.setVideoSource(input);
    await stream.stop();
    expect(input.destroyed).toBe(true);

    const pictures = await decodePictures(await nginx.recording('switch'), 'rgb');
    expect(new Set(pictures.map(({ width, height }) => `${width}x${height}`))).toEqual(new Set(['640x360']));
    // 4:3 within 16:9: black at both sides.
    const inside = (each: Picture): boolean => colourDistance(meanColour(each, 200, 100, 240, 160), red) <= 6;
    const shown = pictures.filter(inside);
    expect(shown.length).toBeGreaterThanOrEqual(15);
    expect(colourDistance(meanColour(shown[5] as Picture, 0, 0, 70, 360), [0, 0, 0])).toBeLessThanOrEqual(6);
    expect(colourDistance(meanColour(shown[5] as Picture, 570, 0, 70, 360), [0, 0, 0])).toBeLessThanOrEqual(6);
    const all = steps(pictures.map(({ time }) => time));
    expect(Math.min(...all)).toBeGreaterThan(0.014);
    expect(meanLuma((await decodePictures(await nginx.recording('switch')))[0] as Picture)).toBeGreaterThan(20);
  });

  test('leaves the present source where the new one cannot be had', async () => {
    const stream = await publish(nginx.url('no-switch'), { video: testPattern({ width: 320, height: 240 }) });
    const error = await rejection(stream.setVideoSource(screen({ display: ':978' })));
    expect(error).toMatchObject({ name: 'DeviceError', code: 'ERR_DEVICE_NOT_FOUND' });
    const captured = stream.stats().video?.framesCaptured ?? 0;
    await until('it goes on', () => (stream.stats().video?.framesCaptured ?? 0) > captured + 10);
    await expect(stream.setVideoSource({ kind: 'camera', nothing: 1 } as never)).rejects.toThrow(TypeError);
    await stream.stop();
    await expect(stream.setVideoSource(testPattern())).rejects.toThrow(/must be replaced while publishing/);
  });

  test('is too late for a track whose input has ended', async () => {
    const [input, next] = [new VideoInput(format), new VideoInput(format)];
    const stream = await publish(nginx.url('too-late'), { video: input, audio: silence() });
    input.end(picture(red));
    await until('the track is over', () => !publisherThreads().includes('rtmp video'));
    const error = await rejection(stream.setVideoSource(next));
    expect(error).toMatchObject({ name: 'DeviceError', code: 'ERR_DEVICE_LOST', message: expect.stringMatching(/before its end\(\)/) });
    await stream.stop();
    expect(next.destroyed).toBe(false); // it is free
  });

  test('takes no input that is in use, and gives back what it could not use', async () => {
    const input = new VideoInput(format);
    const [one, two] = await Promise.all([
      publish(nginx.url('one'), { video: input }), publish(nginx.url('two'), { video: testPattern({ width: 320, height: 240 }) }),
    ]);
    await expect(two.setVideoSource(input)).rejects.toThrow(/must be an input of its own/);
    await one.setVideoSource(testPattern({ width: 320, height: 240 }));
    await two.setVideoSource(input);
    await Promise.all([one.stop(), two.stop()]);
  });
});
