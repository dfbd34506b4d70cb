// The still picture of --slate, from a PNG of any kind, on black where that is transparent.
import { readFile } from 'node:fs/promises';
import type { DecodedPng } from 'fast-png';
import type { Slate } from '../index.js';
import { UsageError } from './exit.js';

export async function readSlate(file: string): Promise<Slate> {
  const bytes = await readFile(file).catch((error: Error) => refuse(`a file that can be read: ${error.message}`));
  const { convertIndexedToRgb, decode, hasPngSignature } = await import('fast-png');
  return attempt(() => {
    // Of IHDR; fast-png takes the rows of such a picture for longer than they are.
    const [depth = 0, interlace = 0] = [bytes[24], bytes[28]];
    if (hasPngSignature(bytes) && interlace === 1 && depth < 8) throw new Error('interlaced it must have 8 or 16 bits a sample');
    const png = decode(bytes);
    const { width, height, palette } = png;
    const colours = palette ? { ...png, depth: 8, channels: palette[0]?.length ?? 3, data: convertIndexedToRgb(png) } : png;
    return { format: 'RGB24', width, height, data: onBlack(colours) };
  });
}

type Pixels = Pick<DecodedPng, 'width' | 'height' | 'data' | 'channels' | 'transparency'> & { readonly depth: number };

/** RGB of 8 bits, from one to four channels: grey or RGB, with or without alpha. */
function onBlack(pixels: Pixels): Uint8Array {
  const { width, height, channels, depth, transparency } = pixels;
  const data = depth < 8 ? unpacked(pixels) : pixels.data;
  const most = 2 ** depth - 1;
  const colours = channels < 3 ? 1 : 3;
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; ++pixel) {
    const sample = (channel: number): number => data[pixel * channels + channel] ?? 0;
    let alpha = channels > colours ? sample(colours) / most : 1;
    // One colour stands for transparent.
    if (transparency?.length === colours && transparency.every((value, channel) => value === sample(channel))) alpha = 0;
    for (let channel = 0; channel < 3; ++channel) {
      rgb[pixel * 3 + channel] = Math.round((sample(Math.min(channel, colours - 1)) * 255 * alpha) / most);
    }
  }
  return rgb;
}

/** Samples of less than 8 bits, each in its byte; rows begin with a byte. Only grey has them. */
function unpacked({ width, height, depth, data }: Pixels): Uint8Array {
  const samples = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  for (let index = 0; index < samples.length; ++index) {
    const bit = (index % width) * depth;
    const byte = data[Math.floor(index / width) * rowBytes + (bit >> 3)] ?? 0;
    samples[index] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  }
  return samples;
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
