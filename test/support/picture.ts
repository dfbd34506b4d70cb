// Decoded pictures with their own timestamps.
import { run } from './run.js';

export interface Picture {
  /** Seconds, as in the file: not shifted to begin at 0. */
  readonly time: number;
  readonly width: number;
  readonly height: number;
  /** Row by row: 1 byte a pixel when gray, 3 when rgb. */
  readonly pixels: Buffer;
}

/** `pixels`: gray is the luma as decoded (16–235), rgb is what a player shows. `filter` comes before the conversion. */
export async function decodePictures(file: string, pixels: 'gray' | 'rgb' = 'gray', filter = 'null'): Promise<Picture[]> {
  // extractplanes gives the luma unscaled, where format=gray would stretch it to the full range.
  const convert = pixels === 'gray' ? 'extractplanes=y' : 'scale=flags=accurate_rnd+full_chroma_int,format=rgb24';
  const { stdout, stderr } = await run('ffmpeg', [
    ...['-nostdin', '-hide_banner', '-loglevel', 'info', '-copyts', '-i', file, '-map', '0:v:0'],
    ...['-vf', `${filter},${convert},showinfo=checksum=0`, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-'],
  ]);
  const shown = [...stderr.matchAll(/Parsed_showinfo.* pts_time:(\S+).* s:(\d+)x(\d+)/g)];
  const pictures: Picture[] = [];
  let at = 0;
  for (const [, time, columns, rows] of shown) {
    const [width, height] = [Number(columns), Number(rows)];
    const size = width * height * (pixels === 'gray' ? 1 : 3);
    pictures.push({ time: Number(time), width, height, pixels: stdout.subarray(at, at + size) });
    at += size;
  }
  if (at !== stdout.length) throw new Error(`${file}: ${stdout.length} bytes decoded, ${at} described`);
  return pictures;
}

/** Mean of a rectangle of a gray picture. */
export function meanLuma(picture: Picture, x = 0, y = 0, width = picture.width, height = picture.height): number {
  let sum = 0;
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) sum += picture.pixels.readUInt8(row * picture.width + column);
  }
  return sum / (width * height);
}

/** Mean colour of a rectangle of an rgb picture. */
export function meanColour(picture: Picture, x: number, y: number, width: number, height: number): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      const at = (row * picture.width + column) * 3;
      for (const channel of [0, 1, 2] as const) sum[channel] += picture.pixels.readUInt8(at + channel);
    }
  }
  return sum.map((value) => value / (width * height)) as [number, number, number];
}

/** The largest difference between two colours in any channel. */
export function colourDistance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, channel) => Math.abs(value - (b[channel] ?? 0))));
}
