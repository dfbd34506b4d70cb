// The still picture of --slate, from a PNG.
import { readFile } from 'node:fs/promises';
import type { Slate } from '../index.js';
import { UsageError } from './exit.js';

const formats: Readonly<Record<number, Slate['format']>> = { 3: 'RGB24', 4: 'RGBA' };

export async function readSlate(file: string): Promise<Slate> {
  const bytes = await readFile(file).catch((error: Error) => refuse(`a file that can be read: ${error.message}`));
  const { decode } = await import('fast-png');
  const { width, height, depth, channels, data } = attempt(() => decode(bytes));
  const format = formats[channels];
  // Grey and palettes have one or two channels.
  if (format === undefined || !(data instanceof Uint8Array)) {
    refuse(`a PNG of 8-bit RGB or RGBA, received ${channels} channel${channels === 1 ? '' : 's'} of ${depth} bits in ${file}`);
  }
  return { format, width, height, data };
}

function attempt<Result>(decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    return refuse(`a PNG: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function refuse(rule: string): never {
  throw new UsageError(`--slate must be ${rule}`);
}
