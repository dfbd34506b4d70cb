// Where picture and sound come from. A source is plain frozen data, made and validated here: it can be printed, compared, kept
// in a configuration or sent to a worker. Nothing is opened before publish(), captureVideo() or captureAudio().
import type { CameraControlValues } from './controls.js';
import type { AudioInput, VideoInput } from './input.js';
import {
  cameraSource, checkSource, microphoneSource, screenSource, silenceSource, systemAudioSource, testPatternSource, toneSource,
} from './source-options.js';

/** For {@link testPattern}. */
export interface TestPatternOptions {
  /** Pixels, even, 64–8192. @default 1280 */
  width?: number | undefined;
  /** Lines, even, 64–8192. @default 720 */
  height?: number | undefined;
  /** Frames a second, 1–240. @default 30 */
  frameRate?: number | undefined;
}

/**
 * For {@link camera}. What is left out is chosen: the rate first, then the size, then pixels before JPEG. Pixels that lack colour or
 * depth, such as grey, are the last resort.
 */
export interface CameraOptions {
  /** A path, a link's name under /dev/v4l/by-id, or the camera's name; an id of {@link listDevices}. @default the first camera */
  device?: string | undefined;
  /** Pixels, one of the camera's sizes. @default the largest up to 1280x720 that reaches the rate */
  width?: number | undefined;
  /** Lines, one of the camera's sizes. @default the largest up to 1280x720 that reaches the rate */
  height?: number | undefined;
  /** Frames a second, 1–240; the camera's nearest is taken, a higher one before a lower. @default 30, or the nearest */
  frameRate?: number | undefined;
  /** V4L2's four characters, as `v4l2-ctl` and {@link listDevices} show them: `YUYV`, `MJPG`, `Y16 -BE`. @default the cheapest */
  format?: string | undefined;
  /** Set when the camera is opened, by the names of {@link cameraControls}: `{ brightness: 128 }`. @default left as they are */
  controls?: CameraControlValues | undefined;
}

/** For {@link screen}. */
export interface ScreenOptions {
  /** An X display as in `DISPLAY`: `:0`, `:99.0`. @default the environment's DISPLAY */
  display?: string | undefined;
  /** Left edge of the region, in pixels from the left of the root window. With `width` and `height` only. @default 0 */
  x?: number | undefined;
  /** Upper edge of the region, in pixels from the top of the root window. With `width` and `height` only. @default 0 */
  y?: number | undefined;
  /** Width of the region in pixels, 16–16384. Given together with `height`. @default the whole root window */
  width?: number | undefined;
  /** Height of the region in pixels, 16–16384. Given together with `width`. @default the whole root window */
  height?: number | undefined;
  /** Pictures taken a second, 1–240. @default 30 */
  frameRate?: number | undefined;
  /** Whether the mouse pointer is in the picture. @default true */
  cursor?: boolean | undefined;
}

/** What all sound sources share; for {@link silence} all there is. */
export interface SoundOptions {
  /** Hz, 8_000–192_000. @default 48_000 */
  sampleRate?: number | undefined;
  /** Mono or stereo. A device with more channels is mixed by ITU-R BS.775, without clipping. @default 2 */
  channels?: 1 | 2 | undefined;
}

/** For {@link microphone}. */
export interface MicrophoneOptions extends SoundOptions {
  /** An id as {@link listDevices} gives it, or any other name of ALSA's: `plughw:1`. @default the backend's default device */
  device?: string | undefined;
  /**
   * `pulse` is PulseAudio or PipeWire's server of the same protocol; `alsa` is a sound card without a server between, at the
   * rate and channels of its own that are nearest to those asked for (publish() converts them). `auto` is `alsa` for a
   * device with a colon in its name, for others `pulse` where a server answers, else `alsa`. @default 'auto'
   */
  backend?: 'auto' | 'pulse' | 'alsa' | undefined;
}

/** For {@link systemAudio}. */
export interface SystemAudioOptions extends SoundOptions {
  /** A monitor's id as {@link listDevices} gives it. @default that of the sound server's default sink, whichever that is at the moment */
  device?: string | undefined;
}

/** For {@link tone}. */
export interface ToneOptions extends SoundOptions {
  /** Hz, from 20 to just under half the sample rate. @default 1_000 */
  frequency?: number | undefined;
}

/** Options with their defaults filled in; those of `Open` have none. */
type Complete<Options, Open extends keyof Options = never> =
  & { readonly [Name in keyof Options as Exclude<Name, Open>]-?: Exclude<Options[Name], undefined> }
  & { readonly [Name in Open]?: Options[Name] };

/** A moving test picture with the wall clock and the frame's number in it, and a flash at each full second. */
export interface TestPattern extends Complete<TestPatternOptions> {
  /** Tells the sources apart. */
  readonly kind: 'test-pattern';
}

/** A V4L2 camera. */
export interface Camera extends Complete<CameraOptions, 'device' | 'width' | 'height' | 'frameRate' | 'format' | 'controls'> {
  /** Tells the sources apart. */
  readonly kind: 'camera';
}

/** An X11 screen or a region of it. */
export interface Screen extends Complete<ScreenOptions, 'display' | 'width' | 'height'> {
  /** Tells the sources apart. */
  readonly kind: 'screen';
}

/** A device that records sound. */
export interface Microphone extends Complete<MicrophoneOptions, 'device'> {
  /** Tells the sources apart. */
  readonly kind: 'microphone';
}

/** The sound that the machine plays. */
export interface SystemAudio extends Complete<SystemAudioOptions, 'device'> {
  /** Tells the sources apart. */
  readonly kind: 'system-audio';
}

/** A beep of 100 ms at each full second, together with the flash of {@link testPattern}. */
export interface Tone extends Complete<ToneOptions> {
  /** Tells the sources apart. */
  readonly kind: 'tone';
}

/** No sound, for services that insist on a track. */
export interface Silence extends Complete<SoundOptions> {
  /** Tells the sources apart. */
  readonly kind: 'silence';
}

/** What gives the picture. */
export type VideoSource = TestPattern | Screen | Camera | VideoInput;
/** What gives the sound. */
export type AudioSource = Microphone | SystemAudio | Tone | Silence | AudioInput;

/**
 * A moving test picture with a readable wall clock and frame number, and a flash at each full second.
 * @throws {TypeError} an option of the wrong type or an unknown one
 * @throws {RangeError} an option out of its range
 */
export function testPattern(options: TestPatternOptions = {}): TestPattern {
  return checkSource('testPattern', testPatternSource, 'test-pattern', options);
}

/**
 * An X11 screen, or a region of it. Opening it fails with a {@link DeviceError}: ERR_DEVICE_NOT_FOUND where there is no such
 * display, ERR_DEVICE_PERMISSION where the display does not let this user in, ERR_DEVICE_FORMAT where the region lies outside it or
 * where the display is Xwayland's, which has no picture of a Wayland session's screen.
 * What becomes of a stream whose display ends is for {@link PublishOptions.onDeviceLost} to say.
 * @throws {TypeError} an option of the wrong type or an unknown one
 * @throws {RangeError} an option out of its range
 */
export function screen(options: ScreenOptions = {}): Screen {
  return checkSource('screen', screenSource, 'screen', options);
}

/**
 * A camera, by Video4Linux. Opening it fails with a {@link DeviceError}: ERR_DEVICE_NOT_FOUND, ERR_DEVICE_BUSY where another
 * program uses it, ERR_DEVICE_PERMISSION where this user may not, ERR_DEVICE_FORMAT where it has no such mode. What becomes of the
 * stream of a camera that is unplugged is for {@link PublishOptions.onDeviceLost} to say; by default it goes on.
 * @throws {TypeError} an option of the wrong type or an unknown one
 * @throws {RangeError} an option out of its range
 */
export function camera(options: CameraOptions = {}): Camera {
  return checkSource('camera', cameraSource, 'camera', options);
}

/**
 * A device that records sound. Opening it fails with a {@link DeviceError}: ERR_DEVICE_NOT_FOUND where there is no such device, or no
 * server for it, ERR_DEVICE_BUSY where another program holds a card, ERR_DEVICE_PERMISSION where this user may not,
 * ERR_DEVICE_FORMAT where it cannot be had at such a rate, ERR_DEVICE_LOST for whatever else keeps it from opening. One that is lost
 * later is silent until it is back, unless {@link PublishOptions.onDeviceLost} says otherwise.
 * @throws {TypeError} an option of the wrong type or an unknown one
 * @throws {RangeError} an option out of its range
 */
export function microphone(options: MicrophoneOptions = {}): Microphone {
  return checkSource('microphone', microphoneSource, 'microphone', options);
}

/**
 * The sound that the machine plays: the monitor of a sink. Opening it, and losing it later, is as with {@link microphone};
 * ERR_DEVICE_NOT_FOUND where no sound server answers.
 * @throws {TypeError} an option of the wrong type or an unknown one
 * @throws {RangeError} an option out of its range
 */
export function systemAudio(options: SystemAudioOptions = {}): SystemAudio {
  return checkSource('systemAudio', systemAudioSource, 'system-audio', options);
}

/**
 * A beep at each full second of the wall clock, together with the flash of {@link testPattern}.
 * @throws {TypeError} an option of the wrong type or an unknown one
 * @throws {RangeError} an option out of its range
 */
export function tone(options: ToneOptions = {}): Tone {
  return checkSource('tone', toneSource, 'tone', options);
}

/**
 * No sound, for services that insist on a track.
 * @throws {TypeError} an option of the wrong type or an unknown one
 * @throws {RangeError} an option out of its range
 */
export function silence(options: SoundOptions = {}): Silence {
  return checkSource('silence', silenceSource, 'silence', options);
}
