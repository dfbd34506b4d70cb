// A source that is hard to compress: blocks of random grey, written as fast as they are taken. Reaches any bitrate.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { VideoInput, type VideoFrame } from '../../src/index.js';

export interface Noise {
  readonly input: VideoInput;
  /** Ends what writes; rejects with what went wrong other than the end of the publication. */
  stop(): void;
}

/** Frames in real time from now on, stamped with the time they were made for. */
export function noise(format: { width: number; height: number; frameRate: number }): Noise {
  const input = new VideoInput({ ...format, format: 'I420' });
  const ending = new AbortController();
  pipeline(Readable.from(noiseFrames(format)), input, { signal: ending.signal }).catch((error: NodeJS.ErrnoException) => {
    if (error.name !== 'AbortError' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
  return { input, stop: () => ending.abort() };
}

async function* noiseFrames(format: { width: number; height: number; frameRate: number }): AsyncGenerator<VideoFrame> {
  const { width, height, frameRate } = format;
  const start = performance.now();
  let seed = 1;
  for (let index = 0; ; index++) {
    const due = start + (index * 1000) / frameRate;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const data = new Uint8Array((width * height * 3) / 2).fill(128);
    for (let y = 0; y < height; y += 4) {
      for (let x = 0; x < width; x += 4) {
        seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
        const grey = 64 + (seed >>> 25);
        for (let row = y; row < y + 4; row++) data.fill(grey, row * width + x, row * width + x + 4);
      }
    }
    yield { format: 'I420', width, height, timestamp: Math.round((index * 1e6) / frameRate), data };
  }
}
