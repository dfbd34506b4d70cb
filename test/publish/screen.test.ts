// A screen of a private X server, on which every pixel is known.
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { captureVideo, listDevices, publish, screen, type Screen, type VideoFrame } from '../../src/index.js';
import { mediaOf, readFlv } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { publisherThreads } from '../support/own-process.js';
import { colourDistance, decodePictures, meanColour, type Picture } from '../support/picture.js';
import { probeStreams } from '../support/probe.js';
import { encoded, record } from '../support/recorded.js';
import { rejection, until, within } from '../support/until.js';
import { XClient } from '../support/x-client.js';
import { startXvfb, type Xvfb } from '../support/xvfb.js';

const [ground, red, yellow, green] = [0x203040, 0xc83030, 0xd2c83c, 0x30c850];
const rgb = (colour: number): [number, number, number] => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];

let nginx: Nginx;
let server: Xvfb;
let client: XClient;
let display = '';

beforeAll(async () => {
  [nginx, server] = await Promise.all([startNginx(), startXvfb(800, 600)]);
  ({ display } = server);
  client = await XClient.open(display);
  await client.fill(0, 0, 800, 600, ground);
  await client.fill(100, 60, 200, 120, red);
  await client.fill(500, 400, 100, 100, yellow);
  await client.squareCursor(24, green);
  await client.movePointer(600, 200);
});
afterAll(async () => {
  client?.close();
  await Promise.all([nginx?.stop(), server?.stop()]);
});

/** One raw frame. */
async function grab(source: Screen): Promise<VideoFrame> {
  for await (const frame of captureVideo(source)) return frame;
  throw new Error('the capture ended without a frame');
}

function pixel(frame: VideoFrame, x: number, y: number): number {
  const at = (y * frame.width + x) * 4;
  return ((frame.data[at + 2] ?? 0) << 16) | ((frame.data[at + 1] ?? 0) << 8) | (frame.data[at] ?? 0);
}

const pixels = (frame: VideoFrame, ...places: readonly [x: number, y: number][]): number[] =>
  places.map(([x, y]) => pixel(frame, x, y));

describe('captured', () => {
  test('the whole screen, with the cursor where it is', async () => {
    const frame = await grab(screen({ display }));
    expect(frame).toMatchObject({ format: 'BGRA', width: 800, height: 600 });
    expect(pixel(frame, 0, 0)).toBe(ground);
    expect(pixels(frame, [99, 60], [100, 60], [299, 179], [300, 179])).toEqual([ground, red, red, ground]);
    expect(pixels(frame, [599, 200], [600, 200], [623, 223], [624, 223])).toEqual([ground, green, green, ground]);
  });

  test('as RGBA', async () => {
    for await (const frame of captureVideo(screen({ display }), { format: 'RGBA' })) {
      expect(frame).toMatchObject({ format: 'RGBA', width: 800, height: 600 });
      const at = (150 * 800 + 150) * 4;
      expect([...frame.data.subarray(at, at + 4)]).toEqual([...rgb(red), 255]);
      break;
    }
  });

  test('without the cursor', async () => {
    const frame = await grab(screen({ display, cursor: false }));
    expect(pixel(frame, 600, 200)).toBe(ground);
    expect(pixel(frame, 612, 212)).toBe(ground);
  });

  test('a region, with the part of the cursor that lies in it', async () => {
    const frame = await grab(screen({ display, x: 90, y: 50, width: 520, height: 160 }));
    expect(frame).toMatchObject({ width: 520, height: 160 });
    expect(pixels(frame, [9, 10], [10, 10], [209, 129], [210, 129])).toEqual([ground, red, red, ground]);
    expect(pixels(frame, [509, 150], [510, 150], [519, 159])).toEqual([ground, green, green]);
  });

  test('what changes while it is captured', async () => {
    let seen = 0;
    for await (const frame of captureVideo(screen({ display, x: 0, y: 500, width: 64, height: 64 }))) {
      const colour = pixel(frame, 5, 5);
      if (seen === 0) {
        expect(colour).toBe(ground);
        await client.fill(0, 500, 64, 64, yellow);
      } else if (colour === yellow) break;
      expect(++seen).toBeLessThan(300);
    }
    await client.fill(0, 500, 64, 64, ground);
  });
});

describe('published', () => {
  test('a region arrives in its size and colours', async () => {
    const source = screen({ display, x: 40, y: 20, width: 640, height: 520 });
    const { file } = await record(nginx, { video: { source, bitrate: 2_000_000 } }, 20);
    expect((await probeStreams(file)).video).toMatchObject({ width: 640, height: 520 });
    const picture = (await decodePictures(file, 'rgb')).at(-1) as Picture;
    const at = (x: number, y: number): number[] => meanColour(picture, x - 40, y - 20, 12, 12);
    expect(colourDistance(at(200, 100), rgb(red))).toBeLessThanOrEqual(6);
    expect(colourDistance(at(550, 450), rgb(yellow))).toBeLessThanOrEqual(6);
    expect(colourDistance(at(606, 206), rgb(green))).toBeLessThanOrEqual(6);
    expect(colourDistance(at(400, 300), rgb(ground))).toBeLessThanOrEqual(6);
  });

  test('a whole screen has the bitrate of its own size', async () => {
    const stream = await publish(nginx.url('whole'), { video: screen({ display }) });
    expect(stream.stats().video).toMatchObject({ width: 800, height: 600, targetBitrate: 1_600_000 });
    await stream.stop();
  });

  test('an odd region loses its last row and column', async () => {
    const { file } = await record(nginx, { video: screen({ display, x: 1, y: 1, width: 333, height: 251 }) }, 5);
    expect((await probeStreams(file)).video).toMatchObject({ width: 332, height: 250 });
  });
});

describe('screens that cannot be had', () => {
  const cases: [string, () => Screen, string, RegExp][] = [
    ['wider than the screen', () => screen({ display, x: 0, y: 0, width: 900, height: 600 }), 'ERR_DEVICE_FORMAT', /800x600/],
    ['over the edge', () => screen({ display, x: 700, y: 0, width: 200, height: 100 }), 'ERR_DEVICE_FORMAT', /800x600/],
    ['no such display', () => screen({ display: ':978' }), 'ERR_DEVICE_NOT_FOUND', /:978/],
    ['not a display at all', () => screen({ display: 'nonsense' }), 'ERR_DEVICE_NOT_FOUND', /nonsense/],
  ];
  test.for(cases)('%s', async ([, source, code, words]) => {
    const error = await rejection(within(20_000, 'the refusal', publish(nginx.url('no-screen'), { video: source() })));
    expect(error).toMatchObject({ name: 'DeviceError', code, message: expect.stringMatching(words) });
    await until('no thread is left', () => publisherThreads().length === 0);
    await until('the key is free', async () => !(await nginx.isPublished('no-screen')));
  });
});

test('the X server ends, and with it the stream where that is wished', async () => {
  const own = await startXvfb(320, 240);
  const stream = await publish(nginx.url('x-ends'), { video: screen({ display: own.display }), onDeviceLost: 'end' });
  await encoded(stream, { frames: 10 });
  const ended = rejection(stream.finished);
  await own.stop();
  const error = await within(20_000, 'the end', ended);
  expect(error).toMatchObject({ name: 'DeviceError', code: 'ERR_DEVICE_LOST', device: own.display });
  expect(stream.state).toBe('stopped');
  // What had been encoded has arrived, and the key is free.
  expect(mediaOf(readFlv(await nginx.recording('x-ends')), 'video').length).toBeGreaterThanOrEqual(5);
});

test("the screen's size changes while it is published: the stream goes on, with all of it", async () => {
  const own = await startXvfb(320, 240);
  const painter = await XClient.open(own.display);
  await painter.fill(0, 0, 320, 240, yellow);
  const events: unknown[] = [];
  const { file, stats } = await record(nginx, { video: screen({ display: own.display, cursor: false }) }, 10, async (stream) => {
    stream.on('device-lost', ({ error }) => events.push(error.message));
    const back = once(stream, 'device-back');
    await painter.resize(160, 120);
    await painter.fill(0, 0, 160, 120, red);
    await within(20_000, 'the screen to be back', back);
    await encoded(stream, { frames: (stream.stats().video?.framesEncoded ?? 0) + 10 });
  });
  painter.close();
  await own.stop();
  expect(events).toEqual([expect.stringContaining('160x120')]);
  expect(stats.video).toMatchObject({ width: 320, height: 240 });
  const pictures = await decodePictures(file, 'rgb');
  const colourOf = (picture: Picture | undefined) => (picture ? meanColour(picture, 0, 0, picture.width, picture.height) : []);
  expect(colourDistance(colourOf(pictures[0]), rgb(yellow))).toBeLessThan(8);
  expect(colourDistance(colourOf(pictures.at(-1)), rgb(red))).toBeLessThan(8);
});

test('listDevices() has the screen', async () => {
  const before = process.env['DISPLAY'];
  process.env['DISPLAY'] = display;
  try {
    const screens = (await listDevices()).filter((device) => device.kind === 'screen');
    expect(screens).toHaveLength(1);
    expect(screens[0]).toMatchObject({ backend: 'x11', id: `${display}.0`, label: expect.stringMatching(/800x600/) });
    expect((await grab(screen({ display: screens[0]?.id ?? '' }))).width).toBe(800);
  } finally {
    if (before === undefined) delete process.env['DISPLAY'];
    else process.env['DISPLAY'] = before;
  }
});
