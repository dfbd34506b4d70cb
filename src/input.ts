// Frames and sound made by the program, as Node Writables in object mode: write() gives backpressure, pipeline() works. Each
// belongs to one publication and ends with it.
import { Writable } from 'node:stream';
import type * as v from 'valibot';
import { rational } from './frame-rate.js';
import { audioInputs, videoInputs, type NativeInput } from './input-brand.js';
import {
  audioBuffer, audioInputFormat, videoFrame, videoInputFormat, type AudioInputFormat, type VideoInputFormat,
} from './input-options.js';
import { native, type NativeAudioInput, type NativeVideoInput } from './native.js';
import type { AudioBuffer, PixelFormat, VideoFrame } from './raw.js';
import { check } from './validation.js';

type Callback = (error?: Error | null) => void;

/** @internal */
const itself: unique symbol = Symbol('rtmp-pusher.itself');

/** Written after an item that leaves no room: for Node, which counts items, there is one too many then, until there is room. */
const noRoom = Symbol('no room');

/** What both inputs are: a Writable whose writes go on when the native side has room. Node has one write under way at a time. */
abstract class Input<Native extends NativeInput, Item> extends Writable {
  /** Node calls the methods below on whatever its user has called write() on, which may be a Proxy of this. @internal */
  readonly [itself] = (): this => this;
  readonly #native: Native;
  #waiting: Callback | undefined;
  /** The write under way has left no room. */
  #full = false;

  protected constructor(open: (onRoom: () => void) => Native, brand: WeakMap<object, Native>) {
    super({ objectMode: true, highWaterMark: 2 });
    // Held weakly: the native side would keep an input that the program has let go of, and its frames, for ever.
    const self = new WeakRef(this);
    this.#native = open(() => {
      const input = self.deref();
      if (input) input.#proceed();
    });
    brand.set(this, this.#native);
  }

  /** Checks one item and gives it to the native side; true when there is room for another. */
  protected abstract accept(item: unknown, native: Native): boolean;

  /** As {@link Writable.write}, for one item. False when there is no room for another; `drain` follows as soon as there is. */
  override write(item: Item, callback?: (error: Error | null | undefined) => void): boolean;
  override write(item: Item, encoding: BufferEncoding, callback?: (error: Error | null | undefined) => void): boolean;
  /** Only so that this is a NodeJS.WritableStream, as pipeline() wants it. */
  override write(item: never, encoding?: never, callback?: (error: Error | null | undefined) => void): boolean;
  override write(...given: [never]): boolean {
    return super.write(...given) && !(this[itself]().#full && !super.write(noRoom));
  }

  /** As {@link Writable.end}, after one more item or none. */
  override end(callback?: () => void): this;
  override end(item: Item, callback?: () => void): this;
  override end(item: Item, encoding: BufferEncoding, callback?: () => void): this;
  /** As the last of `write()`. */
  override end(item: never, encoding?: never, callback?: () => void): this;
  override end(...given: [never]): this {
    return super.end(...given);
  }

  #take(item: unknown, callback: Callback): void {
    if (item === noRoom) return callback();
    let room: boolean;
    try {
      room = this.accept(item, this.#native);
    } catch (error) {
      callback(error as Error);
      return;
    }
    this.#waiting = callback;
    this.#full = !room;
    // Not at once: a source that is always ready would be all that this thread ever does.
    if (room) setImmediate(() => this.#waiting === callback && this.#proceed());
  }

  #close(): void {
    // What was written before an end() is read on; what a destroy() cut off nobody wants.
    if (!this.writableFinished) this.#native.close();
    // The write under way was copied in; only its turn to go on never came.
    this.#proceed();
  }

  #proceed(): void {
    const callback = this.#waiting;
    this.#waiting = undefined;
    this.#full = false;
    callback?.();
  }

  /** @internal */
  override _write(item: unknown, _encoding: BufferEncoding, callback: Callback): void {
    this[itself]().#take(item, callback);
  }

  /** @internal */
  override _final(callback: Callback): void {
    this[itself]().#native.end();
    callback();
  }

  /** @internal */
  override _destroy(error: Error | null, callback: Callback): void {
    this[itself]().#close();
    callback(error);
  }
}

/**
 * Pictures made by the program: a Writable in object mode that takes a {@link VideoFrame} at a time.
 *
 * A frame is copied once, by `write()`; its memory may be used again when the write is done, and may be shared between threads
 * (SharedArrayBuffer). `write()` paces in real time: a frame is taken at the time of its timestamp, two are held until then, and a
 * program that is further ahead, or ahead of the encoder, gets false, and `drain` follows; who would rather skip a frame than wait
 * looks at `writableNeedDrain`. A frame of another format or size, of the wrong number of bytes, or without a timestamp destroys the
 * input with a TypeError or RangeError.
 *
 * Timestamps are microseconds from any origin, the same for picture and sound. One that is about a second or more from where it was
 * expected, forwards or back, or far from the other input's, is not believed: what was written goes on at once from where it stood, and
 * the other input with it if its timestamps step too. So a clip may be played in a loop, and a clock be set. Timestamps in another unit
 * are recognized where they run evenly. Both are counted (`timestampJumps`) and told once by a `warning` (ERR_INPUT_TIMESTAMPS). A source
 * that stalls goes on live, whether its timestamps counted the stall or not. A picture may stay for as long as its program likes; one
 * that is written ahead, at most a minute.
 *
 * `end()` ends the track after the last frame, which is shown when it is due. So does an error of the input, its own or one that
 * `pipeline()` destroys it with, and then `finished` rejects with that error when the publication ends. `stop()` leaves out what is
 * not due yet. `destroy()` also frees what nobody has read. When the publication ends, however it does, the input is destroyed
 * without an error: what ended it is for `finished` to tell, so await it together with a `pipeline()`, which only sees its end. A
 * `publish()` that fails leaves the input open.
 *
 * What is published is the object that was made here, or by a class that extends this one; not a Proxy of it, as Vue's `reactive()`
 * makes one, though a Proxy may be written to.
 *
 * ```ts
 * import { pipeline } from 'node:stream/promises';
 * import { publish, VideoInput, type VideoFrame } from 'rtmp-pusher';
 *
 * export async function show(frames: AsyncIterable<VideoFrame>) {
 *   const input = new VideoInput({ width: 1280, height: 720, frameRate: 30, format: 'RGBA' });
 *   const stream = await publish('rtmp://live.example/app/key', { video: input });
 *   await Promise.all([stream.finished, pipeline(frames, input)]);
 * }
 * ```
 */
export class VideoInput extends Input<NativeVideoInput, VideoFrame<Uint8Array | Uint8ClampedArray>> {
  /** Tells the sources apart. */
  readonly kind = 'video-input';
  /** Pixels of every frame. */
  readonly width: number;
  /** Lines of every frame. */
  readonly height: number;
  /** Frames a second, as announced; the frames' own timestamps count. */
  readonly frameRate: number;
  /** Pixel format of every frame. */
  readonly format: PixelFormat;
  readonly #frame: v.GenericSchema<unknown, { data: Uint8Array; timestamp: number }>;

  /**
   * @throws {TypeError} an option of the wrong type or an unknown one
   * @throws {RangeError} an option out of its range
   */
  constructor(format: VideoInputFormat) {
    const checked = videoInputFormat(format);
    super((onRoom) => new native.VideoInput({ ...checked, frameRate: rational(checked.frameRate) }, onRoom), videoInputs);
    this.width = checked.width;
    this.height = checked.height;
    this.frameRate = checked.frameRate;
    this.format = checked.format;
    this.#frame = videoFrame(checked);
  }

  protected override accept(item: unknown, native: NativeVideoInput): boolean {
    const { data, timestamp } = check(this.#frame, item, 'frame');
    return native.write(data, timestamp);
  }
}

/**
 * Sound made by the program: a Writable in object mode that takes an {@link AudioBuffer} of any length at a time. Otherwise as
 * {@link VideoInput}; `write()` returns false until less than 200 ms are held, whatever a buffer's length: of buffers of a second
 * one is taken a second, of those of 10 ms some twenty are held. `end()` has all of it played. Sound that is not due yet when the
 * publication is stopped is left out; half a second or more of it is told by a `warning` (ERR_INPUT_LEFT_OUT).
 */
export class AudioInput extends Input<NativeAudioInput, AudioBuffer> {
  /** Tells the sources apart. */
  readonly kind = 'audio-input';
  /** Hz. */
  readonly sampleRate: number;
  /** Mono or stereo, interleaved. */
  readonly channels: 1 | 2;
  /** Integers of 16 bits, or floats within ±1. */
  readonly format: AudioBuffer['format'];
  readonly #buffer: v.GenericSchema<unknown, { data: Int16Array | Float32Array; timestamp: number }>;

  /**
   * @throws {TypeError} an option of the wrong type or an unknown one
   * @throws {RangeError} an option out of its range
   */
  constructor(format: AudioInputFormat) {
    const checked = audioInputFormat(format);
    super((onRoom) => new native.AudioInput(checked, onRoom), audioInputs);
    this.sampleRate = checked.sampleRate;
    this.channels = checked.channels;
    this.format = checked.format;
    this.#buffer = audioBuffer(checked);
  }

  protected override accept(item: unknown, native: NativeAudioInput): boolean {
    const { data, timestamp } = check(this.#buffer, item, 'buffer');
    return native.write(data, timestamp);
  }
}
