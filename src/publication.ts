// What publish() gives: the types.
import type { EventEmitter } from 'node:events';
import type { PusherError } from './errors.js';
import type { Stats } from './stats.js';

/** Frames were dropped because the network is too slow. */
export interface Congestion {
  /** Milliseconds of media that wait to be sent. */
  readonly buffered: number;
  /** Frames dropped since the beginning. */
  readonly droppedFrames: number;
}

/** The few facts that are worth interrupting for. Everything that goes on all the time is in {@link Publication.stats}. */
export interface PublicationEvents {
  /** Frames are being dropped. Once for each time that it begins. */
  congestion: [Congestion];
  /** Something failed and the stream goes on. Without a listener it becomes a process warning. */
  warning: [PusherError];
}

/** A stream that a server has accepted. It keeps the process alive until it has ended. */
export interface Publication extends EventEmitter<PublicationEvents>, AsyncDisposable {
  /** `stopping` from the call of `stop()` on; `stopped` when it has ended, in whichever way. */
  readonly state: 'publishing' | 'stopping' | 'stopped';
  /**
   * Resolves after `stop()`, or when every input has ended; rejects with what ended the stream otherwise: an {@link RtmpError},
   * a {@link DeviceError}, an {@link EncoderError}, or `signal.reason`. All threads, devices and connections are closed by then.
   *
   * A rejection that nobody awaits is no unhandledRejection. If `finished` was never even looked at, the error becomes a process
   * warning (`process.on('warning')`, by default a line on stderr), so that a stream does not end in silence.
   */
  readonly finished: Promise<void>;
  /** A moment's figures; after the end, the last ones. */
  stats(): Stats;
  /**
   * Takes effect with the next frame, without a new keyframe. After the end: nothing.
   * @param bitsPerSecond 10_000–300_000_000
   * @throws {TypeError} not a number, or a publication without video
   * @throws {RangeError} not a positive integer within these bounds
   */
  setVideoBitrate(bitsPerSecond: number): void;
  /**
   * Makes the next frame a keyframe. After the end: nothing.
   * @throws {TypeError} a publication without video
   */
  requestKeyframe(): void;
  /**
   * Ends the stream as a viewer would wish: sources stop, encoders and queue are drained (at most `stopTimeout`), the stream is
   * unpublished, all is closed. Always the same promise, and it never rejects: how the stream ended is what `finished` tells.
   */
  stop(): Promise<void>;
}
