// What can be set at a camera: brightness, exposure, focus. A camera's controls are its own, not a stream's: they are read and
// set at any time, also while publish() or another program streams from it, and stay as they are when that ends.
import { thrownByNative } from './errors.js';
import { native, type NativeCameraControl } from './native.js';
import { checkControls, nativeControls } from './source-options.js';
import { check, text } from './validation.js';

/** One thing that can be set at a camera. */
export interface CameraControl {
  /** As `v4l2-ctl --list-ctrls` prints it: `brightness`, `exposure_time_absolute`. */
  readonly name: string;
  /** The driver's name for it, for people. */
  readonly label: string;
  /** What its value is. A boolean's is 0 or 1, a menu's one of `items`, a bitmask's its bits; a button has none. */
  readonly type: 'integer' | 'boolean' | 'menu' | 'button' | 'bitmask';
  /** The least value. The unit is the driver's: `exposure_time_absolute` is in 100 µs, most others are in steps of their own. */
  readonly min: number;
  /** The largest value. */
  readonly max: number;
  /** Values lie so far apart, from `min` on; one between them is rounded by the driver. */
  readonly step: number;
  /** What the driver starts with. */
  readonly default: number;
  /** What it is now; `default` where it can only be written. */
  readonly value: number;
  /** A menu's values and what they mean; empty for other types. */
  readonly items: readonly { readonly value: number; readonly label: string }[];
  /** Whether it can only be read. */
  readonly readOnly: boolean;
  /** Whether it has no effect now, because another control rules it: `exposure_time_absolute` while `auto_exposure` is on. */
  readonly inactive: boolean;
  /** Whether it changes by itself, as the gain does while the camera chooses it. */
  readonly volatile: boolean;
}

/** A camera's controls by their names, in the driver's order. */
export type CameraControls = Readonly<Record<string, CameraControl>>;

/** Values for a camera's controls by their names; true and false are 1 and 0, and any value presses a button. */
export type CameraControlValues = Readonly<Record<string, number | boolean>>;

/**
 * What can be set at a camera, and what it is now. A camera without controls gives an empty object.
 * @param device as in {@link CameraOptions.device}; without it, the first camera
 * @throws {TypeError} for a device that is no string
 * @throws {DeviceError} ERR_DEVICE_NOT_FOUND, ERR_DEVICE_PERMISSION, ERR_DEVICE_BUSY for a camera that only one program may open
 */
export async function cameraControls(device?: string): Promise<CameraControls> {
  return request(device === undefined ? '' : check(text, device, 'device'), []);
}

/**
 * Sets controls of a camera, also while it streams; the next pictures show it. All are set together, so that an automatism is
 * switched off in one call with the value that it would not let be set: `{ auto_exposure: 1, exposure_time_absolute: 100 }`.
 * @param device as in {@link CameraOptions.device}; undefined for the first camera
 * @returns all controls as they are afterwards: drivers round, and one control may change others
 * @throws {TypeError} for a control that the camera does not have (the nearest is named) or that can only be read
 * @throws {RangeError} for a value that a control does not take
 * @throws {DeviceError} as {@link cameraControls}; ERR_DEVICE_BUSY for a control that is locked while the camera streams,
 * ERR_DEVICE_FORMAT for one that the camera rules by itself now
 */
export async function setCameraControls(device: string | undefined, values: CameraControlValues): Promise<CameraControls> {
  const checked = checkControls(values, await cameraControls(device));
  return request(device ?? '', nativeControls(checked));
}

async function request(device: string, values: readonly (readonly [string, number])[]): Promise<CameraControls> {
  let controls: readonly NativeCameraControl[];
  try {
    controls = await native.cameraControls(device, values);
  } catch (error) {
    throw thrownByNative(error);
  }
  return Object.freeze(Object.fromEntries(controls.map((control) => [control.name, Object.freeze(control)])));
}
