// An input feeds one track of one publication at a time, and ends with it.
import { isAudioInput, isVideoInput, nativeAudioInput, nativeVideoInput, type NativeInput } from './input-brand.js';
import type { AudioInput, VideoInput } from './input.js';
import { wrongState } from './misuse.js';
import type { AudioSource, VideoSource } from './sources.js';

interface Held {
  readonly input: VideoInput | AudioInput;
  readonly native: NativeInput;
}

const claimed = new WeakSet<NativeInput>();

/** A publication's hold on the inputs among its sources, each in the place that it feeds: "video 0", "audio 1". */
export class Claims {
  readonly #held = new Map<string, Held>();

  /** @throws {TypeError} an input that is in use, or has ended */
  add(place: string, source: VideoSource | AudioSource, name: string): void {
    const held = take(source, name);
    if (held) this.#held.set(place, held);
  }

  /**
   * Takes what is to replace a place's source; the result says whether it did.
   * @throws {TypeError} as {@link add}
   */
  exchange(place: string, source: VideoSource | AudioSource): (replaced: boolean) => void {
    const held = take(source, 'source');
    return (replaced) => {
      const free = replaced ? this.#held.get(place) : held;
      if (replaced) this.#held.delete(place);
      if (replaced && held) this.#held.set(place, held);
      if (free) claimed.delete(free.native);
    };
  }

  /** The publication did not come about: another may have them. */
  release(): void {
    for (const { native } of this.#held.values()) claimed.delete(native);
  }

  /** The publication has ended: so have they. What one of them had failed with before, if one had. */
  end(): Error | null {
    const held = [...this.#held.values()];
    const failure = held.find(({ input }) => input.errored)?.input.errored ?? null;
    for (const { input, native } of held) {
      input.destroy();
      native.close(); // one that was destroyed at its own end() had still to be read
    }
    return failure;
  }
}

function take(source: VideoSource | AudioSource, name: string): Held | undefined {
  const held = heldBy(source);
  if (!held) return undefined;
  const { input, native } = held;
  const inUse = claimed.has(native);
  // What was written before the end may still be published, once.
  if (input.destroyed ? inUse || !input.writableFinished : inUse && input.writableEnded) {
    throw wrongState(`${name} must be an input that has not ended, received one that has: by its end(), its destroy() or with its publication`,
      { cause: input.errored ?? undefined });
  }
  if (inUse) throw wrongState(`${name} must be an input of its own, received one that is being published`);
  claimed.add(native);
  return held;
}

function heldBy(source: VideoSource | AudioSource): Held | undefined {
  if (isVideoInput(source)) return { input: source, native: nativeVideoInput(source) };
  if (isAudioInput(source)) return { input: source, native: nativeAudioInput(source) };
  return undefined;
}
