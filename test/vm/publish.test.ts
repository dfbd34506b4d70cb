// What a camera shows and a sound card hears, published from a machine that has both, as the server's recording has it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CameraOptions, Stats } from '../../src/index.js';
import { temporaryDirectory } from '../support/daemon.js';
import { mediaOf, readFlv, steps } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { colourDistance, decodePictures, meanColour, type Picture } from '../support/picture.js';
import { run } from '../support/run.js';
import { decodeSound, findBeeps } from '../support/sound.js';

const machine = fileURLToPath(new URL('../support/vm', import.meta.url));
const program = fileURLToPath(new URL('programs/publish.mjs', import.meta.url));
const noMachine = 125;

// Of 75 %, as vivid shows them.
const bars = [
  [191, 191, 191], [191, 191, 0], [0, 191, 191], [0, 191, 0], [191, 0, 191], [191, 0, 0], [0, 0, 191], [0, 0, 0],
] as const;
const [width, height] = [320, 180];
const directory = temporaryDirectory();
const [jpegs, beeps] = [join(directory.path, 'bars.avi'), join(directory.path, 'beeps.wav')];
const [single, planes, loopback] = ['/dev/video0', '/dev/video1', '/dev/video9'];

/** Formats of one camera, shown one after the other in one stream, and what is then to be seen. */
interface Series {
  readonly device: string;
  readonly formats: readonly string[];
  readonly colours: readonly (readonly number[])[];
  readonly within: number;
}
const series: Record<string, Series> = {
  yuv: {
    device: single, colours: bars, within: 12,
    formats: [
      'UYVY', 'YVYU', 'VYUY', 'YU12', 'YV12', '422P', 'NV12', 'NV21', 'NV16', 'NV61', 'NV24', 'NV42', 'YUV4', 'AYUV', 'XYUV',
      'YUVA', 'YUVX', 'VUYA', 'VUYX', 'YUYV',
    ],
  },
  rgb: {
    device: single, colours: bars, within: 12,
    formats: [
      'RGB3', 'BGR3', 'RGB4', 'BGR4', 'AR24', 'XR24', 'AB24', 'XB24', 'BA24', 'BX24', 'RA24', 'RX24', 'BGRH', 'RGBP', 'RGBR', 'RGBO',
      'RGBQ', 'AR15', 'XR15', 'AR15-BE', 'XR15-BE', 'AB15', 'XB15', 'RA15', 'RX15', 'BA15', 'BX15', 'R444', 'AR12', 'XR12', 'AB12',
      'XB12', 'RA12', 'RX12', 'GA12', 'BX12',
    ],
  },
  'few-bits': { device: single, colours: bars, within: 40, formats: ['RGB1', 'Y444', 'YUVO', 'YUVP'] },
  mosaics: {
    device: single, colours: bars, within: 12,
    formats: [
      'RGGB', 'GRBG', 'GBRG', 'BA81', 'RG10', 'BA10', 'GB10', 'BG10', 'RG12', 'BA12', 'GB12', 'BG12', 'RG16', 'GR16', 'GB16', 'BYR2',
    ],
  },
  grey: {
    // The driver makes it with the weights of BT.709.
    device: single, colours: bars.map(([r, g, b]) => Array<number>(3).fill(0.2126 * r + 0.7152 * g + 0.0722 * b)), within: 12,
    formats: ['GREY', 'Y10 ', 'Y12 ', 'Y16 ', 'Y16 -BE'],
  },
  planes: {
    device: planes, colours: bars, within: 12,
    formats: ['NV12', 'NM12', 'NM21', 'NM16', 'NM61', 'YM12', 'YM21', 'YM16', 'YM61', 'YM24', 'YM42'],
  },
};

/** `wish` is camera()'s, and what is taken without it; `then` is done while it is published. */
interface Published {
  readonly key: string;
  readonly wish: CameraOptions & { device: string };
  readonly taken?: { format?: string; width?: number; height?: number };
  readonly shows?: string;
  readonly then?: Record<string, unknown>;
}
const small = { width, height, frameRate: 10 };
const yuyv = { ...small, device: single, format: 'YUYV' };
const cameras: Published[] = [
  { key: 'YUYV', wish: yuyv },
  { key: 'NV12', wish: { ...small, device: single, format: 'NV12' } },
  { key: 'RGB3', wish: { ...small, device: single, format: 'RGB3' } },
  { key: 'NM12', wish: { ...small, device: planes, format: 'NM12' } },
  { key: 'MJPG', wish: { ...small, device: loopback, format: 'MJPG' }, shows: jpegs },
  { key: 'rows-360', wish: { device: single, height: 360, frameRate: 5 }, taken: { format: 'NV12', width: 640 } },
  { key: 'rows-720', wish: { device: single, height: 720, frameRate: 5 }, taken: { format: 'NV12', width: 1280 } },
  ...Object.entries(series).map(([key, { device, formats }]) => (
    { key, wish: { ...small, device, format: formats.at(-1) }, then: { formats } }
  )),
  { key: 'control', wish: yuyv, then: { control: 'horizontal_flip' } },
  { key: 'stopped', wish: yuyv, then: { stopped: 1.5 } },
  { key: 'card', wish: yuyv, then: { card: 'snd_aloop.0' } },
  // Last: the other card of its driver goes with it.
  { key: 'unplugged', wish: yuyv, then: { camera: 'vivid.0' } },
];

/** The mean colour of each. */
const barsOf = (picture: Picture): number[][] => {
  const across = picture.width / bars.length;
  return bars.map((_, index) => meanColour(picture, index * across + 15, picture.height - 30, 10, 20));
};

let nginx: Nginx;
let status: number | null;
let output: string;
const stats = new Map<string, Stats>();
const told = new Map<string, unknown>();

/** 100 ms at the start of each half second. */
async function makeBeeps(): Promise<void> {
  const source = "aevalsrc='0.5*sin(2*PI*440*t)*lt(mod(t,0.5),0.1)':s=48000:d=10";
  await run('ffmpeg', ['-f', 'lavfi', '-i', source, '-c:a', 'pcm_s16le', beeps]);
}

/** As a webcam's, 4:2:2; every third has lost its lower half on the way, but ends as a JPEG does. */
async function makeJpegs(): Promise<void> {
  const inputs = bars.flatMap(([r, g, b]) => {
    const colour = [r, g, b].map((value) => value.toString(16).padStart(2, '0')).join('');
    return ['-f', 'lavfi', '-i', `color=0x${colour}:s=${width / bars.length}x${height}:r=10,format=rgb24`];
  });
  const filter = `hstack=${bars.length},scale=out_range=full,format=yuvj422p`;
  const { stdout } = await run('ffmpeg', [...inputs, '-filter_complex', filter, '-frames:v', '30', '-q:v', '2', '-f', 'mjpeg', '-']);
  const [beginning, end] = [Buffer.from([0xff, 0xd8, 0xff]), Buffer.from([0xff, 0xd9])];
  const pictures: Buffer[] = [];
  for (let at = 0; at < stdout.length; at += pictures.at(-1)!.length) {
    const next = stdout.indexOf(beginning, at + beginning.length);
    pictures.push(stdout.subarray(at, next < 0 ? undefined : next));
  }
  const some = pictures.map((jpeg, index) => (index % 3 === 2 ? Buffer.concat([jpeg.subarray(0, jpeg.length / 2), end]) : jpeg));
  const stream = join(directory.path, 'bars.mjpeg');
  writeFileSync(stream, Buffer.concat(some));
  await run('ffmpeg', ['-r', '10', '-i', stream, '-c', 'copy', jpegs]);
}

beforeAll(async () => {
  [nginx] = await Promise.all([startNginx(), makeJpegs(), makeBeeps()]);
  const server = nginx.url('').replace('127.0.0.1', '10.0.2.2').replace(/\/$/, '');
  const texts = cameras.map(({ key, wish, shows, then }) => JSON.stringify({ ...wish, key, shows, then }));
  const words = ['node', program, server, beeps, ...texts];
  const child = spawn(machine, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  status = child.exitCode;
  output = out + errors;
  for (const line of out.split('\n').filter((each) => each.startsWith('{'))) {
    const { key, stats: own, ...rest } = JSON.parse(line) as { key: string; stats: Stats; told?: unknown };
    stats.set(key, own);
    told.set(key, rest.told);
  }
}, 700_000);
afterAll(async () => {
  await nginx?.stop();
  directory.remove();
});

test.for(cameras)('$key', async ({ key, wish, taken, then }, { skip }) => {
  if (status === noMachine) skip(output);
  expect(status, output).toBe(0);
  const { device, format, ...size } = { ...wish, ...taken };
  if (device === loopback && !stats.has(key)) skip('v4l2loopback could not be built for the machine');
  const source = { device, format, width: size.width, height: size.height };
  expect(stats.get(key)?.video).toMatchObject({ width: size.width, height: size.height, source });
  const file = await nginx.recording(key);
  expect(mediaOf(readFlv(file), 'video').length).toBeGreaterThanOrEqual(20);

  const pictures = await decodePictures(file, 'rgb');
  const last = pictures.at(-1);
  expect(pictures.length).toBeGreaterThanOrEqual(20);
  expect(last).toMatchObject({ width: size.width, height: size.height });
  const shown = last ? barsOf(last) : [];
  const { colours, within } = series[key] ?? { colours: bars, within: 12 };
  colours.forEach((colour, index) => {
    expect(colourDistance(shown[index] ?? [], colour), `bar ${index} is ${shown[index]}`).toBeLessThan(within);
  });

  // An emulated machine is sometimes too slow to play or to record; what it hears whole is right, and in its place.
  const whole = findBeeps(await decodeSound(file), 440).filter(({ start, end }) => Math.abs(end - start - 0.1) < 0.005);
  expect(whole.length).toBeGreaterThan(0);
  for (const { start, frequency, amplitude } of whole) {
    expect(Math.abs(frequency - 440)).toBeLessThan(2);
    expect(Math.abs(amplitude - 0.5)).toBeLessThan(0.05);
    if (then?.['stopped']) continue; // while it is stopped, the player runs dry
    const beats = (start - (whole[0]?.start ?? 0)) / 0.5;
    expect(Math.abs(beats - Math.round(beats)) * 0.5).toBeLessThan(0.02);
  }
});

test.for(Object.entries(series))('$0: one format after the other in one stream, every picture right', async ([key, all], { skip }) => {
  if (status === noMachine) skip(output);
  expect(told.get(key)).toMatchObject({ taken: all.formats });
  const pictures = await decodePictures(await nginx.recording(key), 'rgb');
  expect(pictures.length).toBeGreaterThanOrEqual(8 * all.formats.length);
  for (const picture of pictures) expect(colourDistance(barsOf(picture).flat(), all.colours.flat())).toBeLessThan(all.within);
});

test('no format that is read and that the driver offers was left out', ({ skip }) => {
  if (status === noMachine) skip(output);
  const shown = (...devices: string[]) =>
    new Set(Object.values(series).flatMap(({ device, formats }) => (devices.includes(device) ? formats : [])));
  const { offered: ofSingle } = told.get('yuv') as { offered: string[] };
  const { offered: ofPlanes } = told.get('planes') as { offered: string[] };
  expect(new Set(ofSingle)).toEqual(shown(single));
  expect(new Set(ofPlanes)).toEqual(shown(single, planes));
});

test('pictures that were torn on the way are left out, and counted', async ({ skip }) => {
  if (status === noMachine) skip(output);
  if (!stats.has('MJPG')) skip('v4l2loopback could not be built for the machine');
  expect(stats.get('MJPG')?.video).toMatchObject({ source: { lost: false } });
  expect(stats.get('MJPG')?.video?.captureGaps).toBeGreaterThanOrEqual(3);
  for (const picture of await decodePictures(await nginx.recording('MJPG'), 'rgb')) {
    expect(colourDistance(barsOf(picture).flat(), bars.flat())).toBeLessThan(14);
  }
});

test('a camera whose driver is taken out and put back while it is published', async ({ skip }) => {
  if (status === noMachine) skip(output);
  expect(told.get('unplugged')).toEqual({ track: 'video', lost: 'ERR_DEVICE_LOST', device: single, away: expect.any(Number) });
  // The time without a camera is in the recording, in the same even steps.
  const times = mediaOf(readFlv(await nginx.recording('unplugged')), 'video').map(({ timestamp }) => timestamp);
  const { framesEncoded = 0, framesRepeated = 0 } = stats.get('unplugged')?.video ?? {};
  expect(framesRepeated).toBeGreaterThanOrEqual(20);
  expect(times.length).toBeGreaterThan(framesEncoded - 5);
  const longest = Math.max(...steps(times));
  expect(longest).toBeLessThan(2_000);
});

test('a control that is set while it is published is seen, and is seen to be set back', async ({ skip }) => {
  if (status === noMachine) skip(output);
  const pictures = await decodePictures(await nginx.recording('control'), 'rgb');
  const is = (picture: Picture | undefined, colours: readonly (readonly number[])[]) =>
    picture !== undefined && colourDistance(barsOf(picture).flat(), colours.flat()) < 14;
  const flipped = bars.toReversed();
  expect(is(pictures[0], bars)).toBe(true);
  expect(pictures.filter((picture) => is(picture, flipped)).length).toBeGreaterThanOrEqual(4);
  expect(is(pictures.at(-1), bars)).toBe(true);
});

test('a sound card whose driver is taken out and put back while it is published: silence, and it goes on', async ({ skip }) => {
  if (status === noMachine) skip(output);
  const device = 'hw:CARD=Loopback,DEV=1';
  expect(told.get('card')).toEqual({ track: 'audio', lost: 'ERR_DEVICE_LOST', device, away: expect.any(Number) });
  const tags = readFlv(await nginx.recording('card'));
  const times = mediaOf(tags, 'audio').map(({ timestamp }) => timestamp);
  expect(Math.max(...steps(times))).toBeLessThan(50); // a packet has 21 ms
  const end = mediaOf(tags, 'video').at(-1)?.timestamp ?? 0;
  expect(Math.abs((times.at(-1) ?? 0) - end)).toBeLessThan(1_000);
});

test('a program that is kept from running: the overrun is counted, and the stream goes on', async ({ skip }) => {
  if (status === noMachine) skip(output);
  expect(told.get('stopped')).toBeGreaterThanOrEqual(1);
  const { overruns = 0, captureGaps = 0 } = stats.get('stopped')?.audio?.inputs[0] ?? {};
  expect(overruns).toBeGreaterThanOrEqual(1);
  expect(captureGaps).toBeGreaterThanOrEqual(1);
});
