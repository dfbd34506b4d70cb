// An input feeds one track of one publication at a time, and ends with it.
import { Writable } from 'node:stream';
import type { AudioSource, VideoSource } from './sources.js';

const claimed = new WeakSet<Writable>();

/** A publication's hold on the inputs among its sources, each in the place that it feeds: "video 0", "audio 1". */
export class Claims {
  readonly #held = new Map<string, Writable>();

  /** @throws {TypeError} an input that is in use, or was closed before its end */
  add(place: string, source: VideoSource | AudioSource, name: string): void {
    const input = take(source, name);
    if (input) this.#held.set(place, input);
  }

  /**
   * Takes what is to replace a place's source; the result says whether it did.
   * @throws {TypeError} as {@link add}
   */
  exchange(place: string, source: VideoSource | AudioSource): (replaced: boolean) => void {
    const input = take(source, 'source');
    return (replaced) => {
      const free = replaced ? this.#held.get(place) : input;
      if (replaced) this.#held.delete(place);
      if (replaced && input) this.#held.set(place, input);
      if (free) claimed.delete(free);
    };
  }

  /** The publication did not come about: another may have them. */
  release(): void {
    for (const input of this.#held.values()) claimed.delete(input);
  }

  /** The publication has ended: so have they. */
  end(): void {
    for (const input of this.#held.values()) input.destroy();
  }
}

function take(source: VideoSource | AudioSource, name: string): Writable | undefined {
  if (!(source instanceof Writable)) return undefined;
  if (source.destroyed && !source.writableFinished) {
    throw new TypeError(`${name} must be an open input, received one that was destroyed`, { cause: source.errored });
  }
  if (claimed.has(source)) throw new TypeError(`${name} must be an input of its own, received one that is being published`);
  claimed.add(source);
  return source;
}
