// An input feeds one publication at a time, and ends with it.
import { Writable } from 'node:stream';
import type { CheckedOptions } from './options.js';

const claimed = new WeakSet<Writable>();

/** A publication's hold on the inputs among its sources. */
export interface Claim {
  /** The publication did not come about: another may have them. */
  release(): void;
  /** The publication has ended: so have they. */
  end(): void;
}

/** @throws {TypeError} an input that is in use, or was closed before its end */
export function claim(sources: CheckedOptions['sources']): Claim {
  const inputs = new Map<string, Writable>();
  for (const [name, source] of Object.entries(sources)) {
    if (!(source instanceof Writable)) continue;
    if (source.destroyed && !source.writableFinished) {
      throw new TypeError(`${name} must be an open input, received one that was destroyed`, { cause: source.errored });
    }
    if (claimed.has(source)) throw new TypeError(`${name} must be an input of its own, received one that is being published`);
    inputs.set(name, source);
  }
  for (const input of inputs.values()) claimed.add(input);
  return {
    release: () => inputs.forEach((input) => claimed.delete(input)),
    end: () => inputs.forEach((input) => input.destroy()),
  };
}
