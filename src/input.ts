// Frames and sound made by the program, as Node Writables in object mode: write() gives backpressure, pipeline() works. Each
// belongs to one publication and ends with it.
import { Writable } from 'node:stream';
import type * as v from 'valibot';
import { rational } from './frame-rate.js';
import {
  audioBuffer, audioInputFormat, videoFrame, videoInputFormat, type AudioInputFormat, type VideoInputFormat,
} from './input-options.js';
import { native, type NativeAudioInput, type NativeVideoInput } from './native.js';
import type { AudioBuffer, PixelFormat } from './raw.js';
import { nativeInput } from './source-options.js';
import { check } from './validation.js';

type Callback = (error?: Error | null) => void;

/** What both inputs are: a Writable whose writes go on when the native side has room. Node has one write under way at a time. */
abstract class Input<Native extends NativeVideoInput | NativeAudioInput> extends Writable {
  /** @internal */
  readonly [nativeInput]: Native;
  #waiting: Callback | undefined;

  protected constructor(open: (onRoom: () => void) => Native) {
    super({ objectMode: true, highWaterMark: 2 });
    // Held weakly: the native side would keep an input that the program has let go of, and its frames, for ever.
    const self = new WeakRef(this);
    this[nativeInput] = open(() => {
      const input = self.deref();
      if (input) input.#proceed();
    });
  }

  /** Checks and copies one item; true when there is room for another. */
  protected abstract accept(item: unknown): boolean;

  #proceed(): void {
    const callback = this.#waiting;
    this.#waiting = undefined;
    callback?.();
  }

  /** @internal */
  override _write(item: unknown, _encoding: BufferEncoding, callback: Callback): void {
    let room: boolean;
    try {
      room = this.accept(item);
    } catch (error) {
      callback(error as Error);
      return;
    }
    this.#waiting = callback;
    // Not at once: a source that is always ready would be all that this thread ever does.
    if (room) setImmediate(() => this.#waiting === callback && this.#proceed());
  }

  /** @internal */
  override _final(callback: Callback): void {
    this[nativeInput].end();
    callback();
  }

  /** @internal */
  override _destroy(error: Error | null, callback: Callback): void {
    this[nativeInput].end();
    // The write under way was copied in; only its turn to go on never came.
    this.#proceed();
    callback(error);
  }
}

/**
 * Pictures made by the program: a Writable in object mode that takes a {@link VideoFrame} at a time.
 *
 * A frame is copied once, by `write()`; its memory may be used again when the write is done, and may be shared between threads
 * (SharedArrayBuffer). When the encoder is slower than the program, `write()` returns false and `drain` follows; who would rather
 * skip a frame than wait looks at `writableNeedDrain`. A frame of another format or size, of the wrong number of bytes, or without
 * a timestamp destroys the input with a TypeError or RangeError.
 *
 * `end()` ends the track after the last frame. When the publication ends, however it does, the input is destroyed without an
 * error; a `publish()` that fails leaves the input open.
 *
 * ```ts
 * import { pipeline } from 'node:stream/promises';
 * import { publish, VideoInput, type VideoFrame } from 'rtmp-pusher';
 *
 * async function show(frames: AsyncIterable<VideoFrame>) {
 *   const input = new VideoInput({ width: 1280, height: 720, frameRate: 30, format: 'RGBA' });
 *   const stream = await publish('rtmp://live.example/app/key', { video: input });
 *   await pipeline(frames, input);
 *   await stream.finished;
 * }
 * ```
 */
export class VideoInput extends Input<NativeVideoInput> {
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
    super((onRoom) => new native.VideoInput({ ...checked, frameRate: rational(checked.frameRate) }, onRoom));
    this.width = checked.width;
    this.height = checked.height;
    this.frameRate = checked.frameRate;
    this.format = checked.format;
    this.#frame = videoFrame(checked);
  }

  protected override accept(item: unknown): boolean {
    const { data, timestamp } = check(this.#frame, item, 'frame');
    return this[nativeInput].write(data, timestamp);
  }
}

/**
 * Sound made by the program: a Writable in object mode that takes an {@link AudioBuffer} of any length at a time. Otherwise as
 * {@link VideoInput}; some 200 ms are held before `write()` returns false.
 */
export class AudioInput extends Input<NativeAudioInput> {
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
    super((onRoom) => new native.AudioInput(checked, onRoom));
    this.sampleRate = checked.sampleRate;
    this.channels = checked.channels;
    this.format = checked.format;
    this.#buffer = audioBuffer(checked);
  }

  protected override accept(item: unknown): boolean {
    const { data, timestamp } = check(this.#buffer, item, 'buffer');
    return this[nativeInput].write(data, timestamp);
  }
}
