// The addon's declared shape and its loader: the only file that names the binary. Everything here and in native-publish.ts takes
// complete, validated values; a test compares these declarations with the addon's own exports.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type {
  NativeAudioSource, NativeError, NativeEvent, NativePublisher, NativePublishOptions, NativeRational, NativeVideoSource,
} from './native-publish.js';

export type * from './native-publish.js';
export type * from './native-stats.js';

export interface NativeVideoInput {
  /**
   * Copies one frame. Returns true when there is room for another now; else `onRoom` is called when there is. A frame of the
   * wrong size throws RangeError.
   */
  write(data: Uint8Array, timestamp: number): boolean;
  /** No more will come. */
  end(): void;
}

export interface NativeAudioInput {
  write(data: Int16Array | Float32Array, timestamp: number): boolean;
  end(): void;
}

export interface NativeVideoFrame {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly timestamp: number;
  /** Counts every frame that the device made. */
  readonly sequence: number;
  readonly data: Uint8Array;
}

export interface NativeAudioBuffer {
  readonly format: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly timestamp: number;
  readonly data: Int16Array | Float32Array;
}

/** For captureVideo(), captureAudio() and watchDevices(). */
export interface NativeCapture<Item> {
  /**
   * Asks for one item; exactly one call of `done` follows on the JS thread: with the item, with null after close() or when the
   * source has ended, or with an error. One read at a time. Opens the device at the first.
   */
  read(done: (error: NativeError | undefined, item: Item | null) => void): void;
  /** Stops and joins; idempotent. */
  close(): void;
}

export interface NativeCameraMode {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** The highest first. */
  readonly frameRates: readonly number[];
}

export interface NativeCameraControl {
  readonly name: string;
  readonly label: string;
  readonly type: 'integer' | 'boolean' | 'menu' | 'button' | 'bitmask';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly default: number;
  readonly value: number;
  /** Of a menu. */
  readonly items: readonly { readonly value: number; readonly label: string }[];
  readonly readOnly: boolean;
  readonly inactive: boolean;
  readonly volatile: boolean;
}

export interface NativeDevice {
  readonly kind: 'camera' | 'screen' | 'microphone' | 'system-audio';
  readonly id: string;
  readonly label: string;
  readonly backend: string;
  readonly width: number;
  readonly height: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** Of a camera. */
  readonly modes: readonly NativeCameraMode[];
}

export interface NativeDeviceChange {
  readonly type: 'added' | 'removed';
  readonly device: NativeDevice;
}

export interface Native {
  /** Called on the JS thread. A throwing `onEvent` becomes an uncaughtException. */
  readonly Publisher: new (options: NativePublishOptions, onEvent: (event: NativeEvent) => void) => NativePublisher;
  readonly VideoInput: new (
    format: { readonly format: string; readonly width: number; readonly height: number; readonly frameRate: NativeRational },
    onRoom: () => void,
  ) => NativeVideoInput;
  readonly AudioInput: new (
    format: { readonly format: string; readonly sampleRate: number; readonly channels: number },
    onRoom: () => void,
  ) => NativeAudioInput;
  /** `rgba`: whatever the source gives is converted to that. */
  readonly VideoCapture: new (source: NativeVideoSource, rgba: boolean) => NativeCapture<NativeVideoFrame>;
  readonly AudioCapture: new (source: NativeAudioSource) => NativeCapture<NativeAudioBuffer>;
  /** `existing`: the devices that are there come first, as added. */
  readonly DeviceWatch: new (existing: boolean) => NativeCapture<NativeDeviceChange>;
  /** On a thread of its own; `notes` tells which backend is missing and what brings it. */
  listDevices(): Promise<{ readonly devices: readonly NativeDevice[]; readonly notes: readonly string[] }>;
  /** On a thread of its own: sets the values, if there are any, then gives all controls of the camera. Empty: the first. */
  cameraControls(
    device: string, values: readonly (readonly [name: string, value: number])[],
  ): Promise<readonly NativeCameraControl[]>;
  /** The names of all error codes, in the order of native/media/error.h. */
  readonly errorCodes: readonly string[];
  /** Checks and splits a URL. Throws an Error with code ERR_RTMP_URL; `masked` is the only form to show. */
  parseUrl(url: string): { readonly masked: string; readonly host: string; readonly port: number; readonly app: string };
  readonly versions: { readonly x264: string; readonly faac: string };
}

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

function load(): Native {
  const require = createRequire(import.meta.url);
  // RTMP_PUSHER_NATIVE: an absolute path to another build of the addon, such as one with a sanitizer.
  const path = process.env['RTMP_PUSHER_NATIVE'];
  try {
    return path ? (require(path) as Native) : (require('node-gyp-build') as (root: string) => Native)(packageRoot);
  } catch (error) {
    throw new Error(
      'rtmp-pusher: the native addon could not be loaded. If npm blocked its install script, run ' +
        '"npm install-scripts approve rtmp-pusher" and "npm rebuild rtmp-pusher", or for the whole machine ' +
        '"npm install -g --allow-scripts=rtmp-pusher rtmp-pusher"; in a clone of the repository, "npm run build". ' +
        `The loader said: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

export const native: Native = load();
