// What is captured, natively and on another thread, as a Node stream.
import { Readable } from 'node:stream';
import { abortReason, onAbort } from './abort-signal.js';
import { pusherError } from './errors.js';
import type { NativeCapture } from './native.js';

/** A Readable in object mode: of frames, of sound, of devices that come and go. */
export interface Capture<Item> extends Readable {
  read(size?: number): Item | null;
  [Symbol.asyncIterator](): AsyncIterableIterator<Item> & ReturnType<Readable[typeof Symbol.asyncIterator]>;
}

/** Opens at the first read; keeps the process running while somebody waits for an item. */
export function readable<Native, Item>(
  capture: NativeCapture<Native>,
  item: (native: Native) => Item,
  signal: AbortSignal | undefined,
): Capture<Item> {
  const aborted = new AbortController();
  const abort = (): void => aborted.abort(signal && abortReason(signal));
  const forget = signal && onAbort(signal, abort);
  if (signal?.aborted) abort();
  return new Readable({
    objectMode: true,
    highWaterMark: 0, // nothing is read ahead, to be old when it is looked at
    ...(signal && { signal: aborted.signal }),
    read() {
      capture.read((error, native) => {
        if (this.destroyed) return;
        if (error) this.destroy(pusherError(error));
        else this.push(native === null ? null : item(native));
      });
    },
    destroy(error, callback) {
      forget?.();
      capture.close();
      callback(error);
    },
  }) as Capture<Item>;
}
