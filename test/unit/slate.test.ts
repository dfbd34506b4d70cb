// --slate: which pictures it takes, and what of them.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { encode, type PngEncoderOptions } from 'fast-png';
import { afterAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/exit.js';
import { readSlate } from '../../src/cli/slate.js';
import { temporaryDirectory } from '../support/daemon.js';

const folder = temporaryDirectory();
afterAll(() => folder.remove());

function write(name: string, bytes: Uint8Array): string {
  const file = join(folder.path, name);
  writeFileSync(file, bytes);
  return file;
}

const [width, height] = [19, 11];
const count = width * height;

interface Kind { readonly channels: number; readonly depth: 1 | 2 | 4 | 8 | 16; readonly more?: object }
function png({ channels, depth, more = {} }: Kind, values: ArrayLike<number>, options?: PngEncoderOptions): string {
  const data = depth === 16 ? Uint16Array.from(values) : Uint8Array.from(values);
  return write('slate.png', encode({ width, height, data, channels, depth, ...more }, options));
}
const ramp = (length: number, most: number) => Array.from({ length }, (_, index) => (index * 7919) % (most + 1));
const pixels = (file: string) => readSlate(file).then(({ format, data, ...size }) => {
  expect({ format, ...size }).toEqual({ format: 'RGB24', width, height });
  return [...data];
});
/** A PNG chunk by chunk: fast-png writes no tRNS, and no samples of less than 8 bits. */
function handmade(depth: number, colour: number, values: readonly number[], chunks: Record<string, number[]>, interlace = 0): string {
  const rowBytes = Math.ceil((width * depth) / 8);
  const rows = Buffer.alloc((rowBytes + 1) * height);
  values.forEach((value, index) => {
    const bit = (index % width) * depth;
    rows[Math.floor(index / width) * (rowBytes + 1) + 1 + (bit >> 3)]! |= value << (8 - depth - (bit & 7));
  });
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return [frame.subarray(0, 4), body, frame.subarray(4)];
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlace], 8);
  return write('handmade.png', Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...chunk('IHDR', header),
    ...Object.entries(chunks).flatMap(([type, data]) => chunk(type, Uint8Array.from(data))),
    ...chunk('IDAT', deflateSync(rows)),
    ...chunk('IEND', Buffer.alloc(0)),
  ]));
}

/** PNG's own: Node.js has it from 22.2 on. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}

const threefold = (values: readonly number[]) => values.flatMap((value) => [value, value, value]);

describe.for([{}, { interlace: 'Adam7' }] as const)('%j', (options) => {
  test('RGB', async () => {
    const values = ramp(count * 3, 255);
    expect(await pixels(png({ channels: 3, depth: 8 }, values, options))).toEqual(values);
  });
  test('grey, of 8 and 16 bits', async () => {
    const values = ramp(count, 255);
    expect(await pixels(png({ channels: 1, depth: 8 }, values, options))).toEqual(threefold(values));
    expect(await pixels(png({ channels: 1, depth: 16 }, values.map((value) => value * 257), options))).toEqual(threefold(values));
  });
  test('alpha shows black', async () => {
    const rgba = Array.from({ length: count }, (_, index) => [200, 100, 50, [0, 255, 51][index % 3]!]).flat();
    const shown = Array.from({ length: count }, (_, index) => [[0, 0, 0], [200, 100, 50], [40, 20, 10]][index % 3]!).flat();
    expect(await pixels(png({ channels: 4, depth: 8 }, rgba, options))).toEqual(shown);
    expect(await pixels(png({ channels: 4, depth: 16 }, rgba.map((value) => value * 257), options))).toEqual(shown);
    const grey = Array.from({ length: count }, (_, index) => [200, [0, 255, 51][index % 3]!]).flat();
    expect(await pixels(png({ channels: 2, depth: 8 }, grey, options)))
      .toEqual(threefold(Array.from({ length: count }, (_, index) => [0, 200, 40][index % 3]!)));
  });
});

test.for([1, 2, 4, 8] as const)('a palette of %i bits, some of it transparent', async (depth) => {
  const size = Math.min(2 ** depth, 200);
  const palette = Array.from({ length: size }, (_, index) => [index, 255 - index, 7]);
  // As ffmpeg and others write it: one alpha for each of the first colours.
  const values = ramp(count, size - 1);
  const file = handmade(depth, 3, values, { PLTE: palette.flat(), tRNS: [0] });
  expect(await pixels(file)).toEqual(values.flatMap((value) => (value === 0 ? [0, 0, 0] : palette[value]!)));
});

test.for([1, 2, 4, 8] as const)('grey of %i bits, one of it transparent', async (depth) => {
  const most = 2 ** depth - 1;
  const values = ramp(count, most);
  const file = handmade(depth, 0, values, { tRNS: [0, most] });
  expect(await pixels(file)).toEqual(threefold(values.map((value) => (value === most ? 0 : Math.round((value * 255) / most)))));
});

test.for(['pal8', 'gray', 'gray16be', 'ya8', 'ya16be', 'rgb24', 'rgb48be', 'rgba', 'rgba64be', 'monob'])('as ffmpeg writes %s', async (format) => {
  const file = join(folder.path, `${format}.png`);
  const decoded = join(folder.path, `${format}.rgb`);
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=32x32,format=rgb24,crop=${width}:${height}:exact=1`, '-frames:v', '1'];
  const ffmpeg = (...args: string[]) => expect(spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], { encoding: 'utf8' }).stderr).toBe('');
  ffmpeg(...source, '-pix_fmt', format, file);
  ffmpeg('-i', file, '-f', 'rawvideo', '-pix_fmt', 'rgb24', decoded);
  const expected = [...readFileSync(decoded)];
  const shown = await pixels(file);
  // ffmpeg's 16 bits are cut to 8, these are rounded.
  expect(shown.every((value, index) => Math.abs(value - expected[index]!) <= 1)).toBe(true);
});

test.for([
  [() => write('text.png', Buffer.from('no picture at all')), /^--slate must be a PNG: /],
  [() => join(folder.path, 'none.png'), /^--slate must be a file that can be read: ENOENT/],
  [() => handmade(1, 0, ramp(count, 1), {}, 1), /^--slate must be a PNG: interlaced it must have 8 or 16 bits a sample/],
] as const)('others are refused: %#', async ([file, message]) => {
  const refused = readSlate(file());
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(message);
});
