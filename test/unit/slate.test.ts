// --slate: which pictures it takes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, expect, test } from 'vitest';
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
const png = (channels: number, depth: 8 | 16, more: object = {}) => {
  const data = new (depth === 16 ? Uint16Array : Uint8Array)(2 * 3 * channels).map((_, index) => index);
  return { data, file: write(`${channels}-${depth}.png`, encode({ width: 2, height: 3, data, channels, depth, ...more })) };
};

test.for([[3, 'RGB24'], [4, 'RGBA']] as const)('%i channels of 8 bits are %s', async ([channels, format]) => {
  const { data, file } = png(channels, 8);
  expect(await readSlate(file)).toEqual({ format, width: 2, height: 3, data });
});

test.for([
  [() => png(1, 8).file, /^--slate must be a PNG of 8-bit RGB or RGBA, received 1 channel of 8 bits in /],
  [() => png(1, 8, { palette: [0, 1, 2, 3, 4, 5].map((grey) => [grey, grey, grey]) }).file, /^--slate must be a PNG of 8-bit/],
  [() => png(4, 16).file, /^--slate must be a PNG of 8-bit RGB or RGBA, received 4 channels of 16 bits in /],
  [() => write('text.png', Buffer.from('no picture at all')), /^--slate must be a PNG: /],
  [() => join(folder.path, 'none.png'), /^--slate must be a file that can be read: ENOENT/],
] as const)('others are refused: %#', async ([file, message]) => {
  const refused = readSlate(file());
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(message);
});
