// What the machine has to capture from.
import { native, type NativeDevice } from './native.js';
import { watchOptions, type WatchOptions } from './options.js';
import { readable, type Capture } from './readable.js';

/** One picture format and size of a camera. */
export interface CameraMode {
  /** What {@link camera} takes as `format`: V4L2's four characters. */
  readonly format: string;
  /** Pixels. */
  readonly width: number;
  /** Lines. */
  readonly height: number;
  /** Frames a second, the highest first; empty where the camera does not say. */
  readonly frameRates: readonly number[];
}

/** A camera. */
export interface CameraDevice {
  /** Tells devices apart. */
  readonly kind: 'camera';
  /** What {@link camera} takes as `device`: the same whenever it is plugged in, where udev has a link for it under /dev/v4l. */
  readonly id: string;
  /** For people. */
  readonly label: string;
  /** `v4l2`. */
  readonly backend: string;
  /** All that it can do and that can be read here. */
  readonly modes: readonly CameraMode[];
}

/** An X11 screen. */
export interface ScreenDevice {
  /** Tells devices apart. */
  readonly kind: 'screen';
  /** What {@link screen} takes as `display`. */
  readonly id: string;
  /** For people. */
  readonly label: string;
  /** `x11`. */
  readonly backend: string;
  /** Pixels. */
  readonly width: number;
  /** Lines. */
  readonly height: number;
}

/** A device that records sound, or the monitor of one that plays it. */
export interface SoundDevice {
  /** Tells devices apart: recorded, or played by the machine. */
  readonly kind: 'microphone' | 'system-audio';
  /** What {@link microphone} or {@link systemAudio} takes as `device`. */
  readonly id: string;
  /** For people. */
  readonly label: string;
  /** `pulse` or `alsa`. */
  readonly backend: string;
  /** Hz that it runs at; others are resampled. 0 for an ALSA device that another program uses. */
  readonly sampleRate: number;
  /** That it has; captured as one or two. 0 for an ALSA device that another program uses. */
  readonly channels: number;
}

/** Something to capture from. */
export type Device = CameraDevice | ScreenDevice | SoundDevice;

/** An array of devices that also says what could not be looked for. */
export interface DeviceList extends ReadonlyArray<Device> {
  /** One sentence for each kind of device that could not be looked for: what is missing, and which package brings it. */
  readonly notes: readonly string[];
}

/** The machine's cameras, screens, microphones and monitors, as they are now. A machine without any gives an empty list. */
export async function listDevices(): Promise<DeviceList> {
  const { devices, notes } = await native.listDevices();
  return Object.freeze(Object.assign(devices.map(device), { notes }));
}

/** A device that came or went. */
export interface DeviceChange {
  /** Which of the two. */
  readonly type: 'added' | 'removed';
  /** As it was when it came. */
  readonly device: Device;
}

/**
 * Devices as they come and go: a Readable in object mode, for `for await` or `on('data')`. Unless `existing` is false, those that
 * are there come first, as added: so there is no moment between a list and its changes at which one could be missed. A device
 * that was away for a moment, as after a reset of its bus, is removed and added again.
 *
 * Nothing is asked of the devices while the system (inotify) and the sound server tell of nothing; what a new device needs to be
 * usable is waited for, some 200 ms. Of screens those of DISPLAY are told, when its server starts and when it ends. A missing
 * sound server is no error: its devices come when it does.
 *
 * The watch begins with the first read. Waiting for a change keeps the process running; `destroy()`, the end of the loop or
 * `signal` ends it at once.
 * @throws {TypeError} an unknown option, or one of the wrong type
 */
export function watchDevices(options: WatchOptions = {}): Capture<DeviceChange> {
  const { existing, signal } = watchOptions(options);
  return readable(new native.DeviceWatch(existing), (change) => ({ type: change.type, device: device(change.device) }), signal);
}

function device({ kind, id, label, backend, width, height, sampleRate, channels, modes }: NativeDevice): Device {
  switch (kind) {
    case 'camera':
      return { kind, id, label, backend, modes };
    case 'screen':
      return { kind, id, label, backend, width, height };
    default:
      return { kind, id, label, backend, sampleRate, channels };
  }
}
