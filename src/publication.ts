// What publish() gives: the types.
import type { EventEmitter } from 'node:events';
import type { AudioInputChoice } from './audio-options.js';
import type { DeviceError, PusherError } from './errors.js';
import type { AudioSource, VideoSource } from './sources.js';
import type { Stats } from './stats.js';

/** Frames were dropped because the network is too slow. */
export interface Congestion {
  /** Milliseconds of media that wait to be sent. */
  readonly buffered: number;
  /** Frames dropped since the beginning. */
  readonly droppedFrames: number;
}

/** A source was lost: unplugged, closed by its server, or silent for too long. The stream goes on. */
export interface DeviceLost {
  /** Which track it fed. */
  readonly track: 'video' | 'audio';
  /** Which of the track's inputs it was: 0, unless several sounds are mixed. */
  readonly input: number;
  /** What happened; `error.device` names it. */
  readonly error: DeviceError;
}

/** A lost source is being captured again. */
export interface DeviceBack {
  /** Which track it feeds. */
  readonly track: 'video' | 'audio';
  /** As in {@link DeviceLost}. */
  readonly input: number;
  /** As in {@link DeviceLost}. */
  readonly device: string;
  /** Milliseconds that it was away. */
  readonly away: number;
}

/** A default is another device by now, which is captured from here on: headphones were plugged in, or chosen in the system's settings. */
export interface DeviceChanged {
  /** Which track it feeds. */
  readonly track: 'video' | 'audio';
  /** As in {@link DeviceLost}. */
  readonly input: number;
  /** What is captured now: its `id` in `listDevices()`. */
  readonly device: string;
  /** What was captured before. */
  readonly previous: string;
}

/** The few facts that are worth interrupting for. Everything that goes on all the time is in {@link Publication.stats}. */
export interface PublicationEvents {
  /** Frames are being dropped. Once for each time that it begins. */
  congestion: [Congestion];
  /** A device was lost. Not with `onDeviceLost: 'end'`: then `finished` rejects. */
  'device-lost': [DeviceLost];
  /** A lost device is back. */
  'device-back': [DeviceBack];
  /** `systemAudio()` without a `device` follows the default sink, which is another one by now. */
  'device-changed': [DeviceChanged];
  /** Something failed and the stream goes on. Without a listener it becomes a process warning. */
  warning: [PusherError];
}

/** What is called with the facts of an event. */
export type PublicationListener<Event extends keyof PublicationEvents> = (...facts: PublicationEvents[Event]) => void;

/** An EventEmitter of {@link PublicationEvents}. Without its type parameters: they came with later declarations of Node.js. */
export interface PublicationEmitter extends EventEmitter {
  /** As of every EventEmitter, for {@link PublicationEvents}. */
  on<Event extends keyof PublicationEvents>(event: Event, listener: PublicationListener<Event>): this;
  /** As {@link on}, for the next one alone. */
  once<Event extends keyof PublicationEvents>(event: Event, listener: PublicationListener<Event>): this;
  /** Undoes {@link on}. */
  off<Event extends keyof PublicationEvents>(event: Event, listener: PublicationListener<Event>): this;
  /** {@link on}. */
  addListener<Event extends keyof PublicationEvents>(event: Event, listener: PublicationListener<Event>): this;
  /** {@link off}. */
  removeListener<Event extends keyof PublicationEvents>(event: Event, listener: PublicationListener<Event>): this;
  /** As {@link on}, called before the others. */
  prependListener<Event extends keyof PublicationEvents>(event: Event, listener: PublicationListener<Event>): this;
  /** As {@link once}, called before the others. */
  prependOnceListener<Event extends keyof PublicationEvents>(event: Event, listener: PublicationListener<Event>): this;
}

/** A stream that a server has accepted. It keeps the process alive until it has ended. */
export interface Publication extends PublicationEmitter, AsyncDisposable {
  /** `stopping` from the call of `stop()` on; `stopped` when it has ended, in whichever way. */
  readonly state: 'publishing' | 'stopping' | 'stopped';
  /**
   * Resolves after `stop()`, or when every input has ended; rejects with what ended the stream otherwise: an {@link RtmpError},
   * a {@link DeviceError}, an {@link EncoderError}, or `signal.reason`; or with the error that ended one of its inputs before, whose
   * frames or sound the stream lacks. All threads, devices and connections are closed by then.
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
   * Shows another source from now on, on the same connection: its picture is scaled to the size of the track, centred on black, and
   * timestamps go on. The present source stays until the new one is open, and stays if that fails; only when both need the same
   * device it is closed first, and opened again should the new one fail. An input that is replaced is free for another use, with what
   * was written to it and not read yet. A track whose input has ended is over: replace an input before its `end()`.
   * Resolves when the new source is in place and the one before is closed.
   * @throws {TypeError} as every failure, by rejecting: no video source, one in use, or a publication without video or at its end
   * @throws {DeviceError} the source cannot be opened, or the track is over
   * @throws what ends the stream, or the signal's reason, when that comes first
   */
  setVideoSource(source: VideoSource): Promise<void>;
  /**
   * The same for the sound, or one input of it: timestamps go on, and the new sound comes up within some milliseconds where the old
   * one dies away.
   * @throws {TypeError} as every failure, by rejecting: no audio source, one in use, or a publication without sound or at its end
   * @throws {RangeError} there is no such input
   * @throws {DeviceError} the source cannot be opened
   */
  setAudioSource(source: AudioSource, options?: AudioInputChoice): Promise<void>;
  /**
   * Makes the sound, or one input of it, louder or quieter: reached within 10 ms, without a click. After the end: nothing.
   * @param gain factor of the samples, 0–10: 0.5 is 6 dB less
   * @throws {TypeError} not a number, or a publication without sound
   * @throws {RangeError} not within these bounds, or there is no such input
   */
  setAudioGain(gain: number, options?: AudioInputChoice): void;
  /**
   * Silences the sound, or one input of it, or lets it be heard again at its gain; without a click. After the end: nothing.
   * @throws {TypeError} not a boolean, or a publication without sound
   * @throws {RangeError} there is no such input
   */
  setAudioMuted(muted: boolean, options?: AudioInputChoice): void;
  /**
   * Ends the stream as a viewer would wish: sources stop, encoders and queue are drained (at most `stopTimeout`), the stream is
   * unpublished, all is closed. What was written to an input and is not due yet is left out: to have all of it published, `end()` the
   * inputs and await `finished`. Always the same promise, and it never rejects: how the stream ended is what `finished` tells.
   */
  stop(): Promise<void>;
}
