// Raw picture and sound as the program sees them, and captured ones as Node streams.
import { native } from './native.js';
import { captureOptions, videoCaptureOptions, type CaptureOptions, type VideoCaptureOptions } from './options.js';
import { readable, type Capture } from './readable.js';
import { checkAudioSource, checkVideoSource, nativeAudioSource, nativeVideoSource } from './source-options.js';
import type { AudioSource, VideoSource } from './sources.js';

/**
 * How a picture's bytes lie: rows without padding, one plane after the other.
 *
 * - `I420`: Y, then U, then V, the latter two at half the width and height (4:2:0)
 * - `NV12`: Y, then U and V interleaved at half the width and height (4:2:0)
 * - `YUY2`: Y U Y V for each two pixels (4:2:2)
 * - `UYVY`: U Y V Y for each two pixels (4:2:2)
 * - `BGRA`, `RGBA`, `ARGB`: four bytes a pixel in that order of memory; alpha is not looked at
 * - `BGR24`, `RGB24`: three bytes a pixel in that order of memory
 */
export type PixelFormat = 'I420' | 'NV12' | 'YUY2' | 'UYVY' | 'BGRA' | 'RGBA' | 'ARGB' | 'BGR24' | 'RGB24';

/** One raw picture. */
export interface VideoFrame<Data extends Uint8Array | Uint8ClampedArray = Uint8Array> {
  /** How `data` lies. */
  readonly format: PixelFormat;
  /** Pixels. */
  readonly width: number;
  /** Lines. */
  readonly height: number;
  /**
   * Microseconds. Captured frames count on CLOCK_MONOTONIC; written ones may count from any origin, the same for the picture and
   * the sound of one publication.
   */
  readonly timestamp: number;
  /** All rows of all planes. Owned by whoever holds the frame: nothing native points into it. */
  readonly data: Data;
}

/** Some raw sound: interleaved samples. */
export interface AudioBuffer {
  /** Integers of 16 bits, or floats within ±1. */
  readonly format: 's16' | 'f32';
  /** Hz. */
  readonly sampleRate: number;
  /** Mono or stereo, interleaved. */
  readonly channels: 1 | 2;
  /** Microseconds: when the first sample was captured. Counts as {@link VideoFrame.timestamp} does. */
  readonly timestamp: number;
  /** `Int16Array` with format `s16`, `Float32Array` with `f32`. */
  readonly data: Int16Array | Float32Array;
}

/** One picture that was captured. */
export interface CapturedFrame extends VideoFrame {
  /**
   * Counts every frame that the device made: a step of more than one is a gap, because the device lost frames or because nobody
   * read them in time.
   */
  readonly sequence: number;
}

/**
 * Raw frames of a source, as they are captured: for snapshots, analysis, or an encoder of one's own. The device is opened at the
 * first read and closed with the stream; frames that nobody reads in time are not queued up.
 *
 * A frame is copied once, on a thread of its own, because the device needs its memory back. It may be kept for any time. The
 * memory of frames that are garbage is used again, and so cannot be transferred: a frame that is posted to a worker is copied, in
 * a transfer list it is refused with a DataCloneError (Node.js 20 copies it there as well).
 *
 * The stream is destroyed with a {@link DeviceError} when the source cannot be opened or is lost, and with an AbortError when
 * `signal` is aborted.
 * @throws {TypeError} something that is not a video source, or an unknown option
 */
export function captureVideo(source: VideoSource, options: VideoCaptureOptions = {}): Capture<CapturedFrame> {
  const { signal, format } = videoCaptureOptions(options);
  const device = nativeVideoSource(checkVideoSource(source, 'source'));
  return readable(new native.VideoCapture(device, format === 'RGBA'), (frame) => frame as CapturedFrame, signal);
}

/**
 * Raw sound of a source, as it is captured, some 10 to 20 ms at a time. That of `systemAudio()` without a `device` goes on with
 * another sink when that becomes the default. Otherwise as {@link captureVideo}.
 * @throws {TypeError} something that is not an audio source, or an unknown option
 */
export function captureAudio(source: AudioSource, options: CaptureOptions = {}): Capture<AudioBuffer> {
  const { signal } = captureOptions(options);
  const device = nativeAudioSource(checkAudioSource(source, 'source'));
  return readable(new native.AudioCapture(device), (buffer) => buffer as AudioBuffer, signal);
}
