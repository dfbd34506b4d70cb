// The addon's declared shape and its loader: the only file that names the binary. Everything here and in native-publish.ts takes
// complete, validated values; a test compares these declarations with the addon's own exports.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadFailure } from './load-failure.js';
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
  /** As end(), and what is not read is not wanted: it is freed, though not before its reader is gone. */
  close(): void;
}

export interface NativeAudioInput {
  write(data: Int16Array | Float32Array, timestamp: number): boolean;
  end(): void;
  close(): void;
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

/** Where this package lies; undefined in a bundle, which has no package.json of ours above it or, as CommonJS, no place at all. */
function packageRoot(): string | undefined {
  try {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly name?: unknown };
    return name === 'rtmp-pusher' ? root : undefined;
  } catch {
    return undefined;
  }
}

function load(): Native {
  const { platform, arch } = process;
  const root = packageRoot();
  // An absolute path to another build of the addon, such as one with a sanitizer.
  const named = process.env['RTMP_PUSHER_NATIVE'];
  // What was built here comes before what was packed.
  const built = ['build/Release/rtmp_pusher.node', 'native/build/Release/rtmp_pusher.node', `prebuilds/${platform}-${arch}/rtmp-pusher.node`];
  const file = named || (root && built.map((path) => join(root, path)).find((path) => existsSync(path)));
  let error: unknown;
  try {
    if (file) return createRequire(file)(file) as Native;
  } catch (thrown) {
    error = thrown;
  }
  throw loadFailure({
    file,
    named: Boolean(named),
    root,
    clone: root !== undefined && existsSync(join(root, 'tsconfig.json')),
    error,
    platform,
    arch,
    glibc: (process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } }).header?.glibcVersionRuntime,
    permission: 'permission' in process,
  });
}

export const native: Native = load();
