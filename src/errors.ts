// What can go wrong while the program runs, as classes with closed sets of codes. Misuse is a TypeError or a RangeError instead.
import { getSystemErrorName, types } from 'node:util';
import { maskKeys } from './mask.js';
import type { NativeError } from './native.js';
import { visible } from './visible.js';

/** In the order of native/media/error.h, which is the same table. */
export const errorCodes = [
  'ERR_DEVICE_NOT_FOUND',
  'ERR_DEVICE_BUSY',
  'ERR_DEVICE_FORMAT',
  'ERR_DEVICE_PERMISSION',
  'ERR_DEVICE_LOST',
  'ERR_ENCODER_OPEN',
  'ERR_ENCODER_FAILED',
  'ERR_RTMP_URL',
  'ERR_RTMP_RESOLVE',
  'ERR_RTMP_CONNECT',
  'ERR_RTMP_TIMEOUT',
  'ERR_RTMP_TLS',
  'ERR_RTMP_HANDSHAKE',
  'ERR_RTMP_AUTH',
  'ERR_RTMP_REJECTED',
  'ERR_RTMP_BUSY',
  'ERR_RTMP_DISCONNECTED',
  'ERR_RTMP_CONGESTED',
  'ERR_INPUT_TIMESTAMPS',
  'ERR_INPUT_LEFT_OUT',
] as const;

/** Every code. They never change their meaning; a new release may add one. */
export type ErrorCode = (typeof errorCodes)[number];

/**
 * - `ERR_DEVICE_NOT_FOUND`: no such display, camera or sound device, or no server for it
 * - `ERR_DEVICE_BUSY`: another program holds it
 * - `ERR_DEVICE_FORMAT`: it cannot give the size, rate or format asked for
 * - `ERR_DEVICE_PERMISSION`: this user may not open it
 * - `ERR_DEVICE_LOST`: it worked and is gone: unplugged, the X or sound server ended; or it could not be opened, for another reason
 */
export type DeviceErrorCode = Extract<ErrorCode, `ERR_DEVICE_${string}`>;

/**
 * - `ERR_ENCODER_OPEN`: the encoder is not installed or refuses the options; the message names the package or the option
 * - `ERR_ENCODER_FAILED`: it failed while encoding
 */
export type EncoderErrorCode = Extract<ErrorCode, `ERR_ENCODER_${string}`>;

/**
 * - `ERR_RTMP_URL`: not rtmp://host[:port]/app/key, nor rtmp://host[:port]/name; rtmps, rtmpe and rtmpt are not published to yet
 * - `ERR_RTMP_RESOLVE`: the host's name has no address
 * - `ERR_RTMP_CONNECT`: no TCP connection: refused, unreachable
 * - `ERR_RTMP_TIMEOUT`: not accepted within `connectTimeout`, or nothing taken for `writeTimeout`
 * - `ERR_RTMP_TLS`: reserved for rtmps: the TLS handshake failed. Does not occur yet
 * - `ERR_RTMP_HANDSHAKE`: what answered does not speak RTMP
 * - `ERR_RTMP_AUTH`: the server wants other credentials
 * - `ERR_RTMP_REJECTED`: the server refused the app or the key; `status` has its words
 * - `ERR_RTMP_BUSY`: the key is already being published; `status` has the server's words. Without `status` it is a guess: the server
 *   closed the connection when asked to publish, or within 200 ms after it had accepted and before it had taken media. Many servers
 *   tell a busy key so, and some a missing right
 * - `ERR_RTMP_DISCONNECTED`: the connection was closed or broke
 * - `ERR_RTMP_CONGESTED`: the network was too slow for too long
 */
export type RtmpErrorCode = Extract<ErrorCode, `ERR_RTMP_${string}`>;

/**
 * Only ever a `warning`, of what is written to a {@link VideoInput} or an {@link AudioInput}.
 * - `ERR_INPUT_TIMESTAMPS`: its timestamps jumped, are far from the other input's, or in another unit
 * - `ERR_INPUT_LEFT_OUT`: sound that was written ahead was not due when the stream was stopped
 */
export type InputErrorCode = Extract<ErrorCode, `ERR_INPUT_${string}`>;

/** What a server said of a command: the fields of an RTMP status object (RTMP 1.0, 7.2.2), in its own words. */
export interface RtmpStatus {
  /** Such as `NetStream.Publish.BadName`. */
  readonly code: string;
  /** `status`, `warning` or `error`. */
  readonly level: string;
  /** For people; some servers leave it empty. */
  readonly description: string;
}

/**
 * Anything that fails outside the program: a device, an encoder, the network, a server. The message says what happened, where,
 * and what to do, and never holds a stream key: in a server's words it is `****` in whichever encoding it is quoted, one of less
 * than six characters only where it stands alone. Tell failures apart by {@link PusherError.code}, not by the message.
 */
export class PusherError<Code extends ErrorCode = ErrorCode> extends Error {
  /** What kind of failure it is. */
  readonly code: Code;
  /** As Node gives it: negative, for `util.getSystemErrorName()`. Where a system call failed; `cause` is then that failure. */
  declare readonly errno?: number;
  /** The system call that failed. */
  declare readonly syscall?: string;

  /** @internal */
  constructor(failure: NativeError) {
    // What was asked for may have been a URL where none belongs, or one whose key is not where it should be.
    super(visible(maskKeys(failure.message)), failure.errno ? { cause: systemError(failure.errno, failure.syscall) } : undefined);
    this.code = failure.code as Code;
    if (failure.errno) this.errno = -Math.abs(failure.errno);
    if (failure.syscall !== undefined) this.syscall = failure.syscall;
  }

  /** For `JSON.stringify()`, which leaves an error's message out: name, message, the fields, and the system error that caused it. */
  toJSON(): object {
    return { ...plain(this), ...(this.cause instanceof Error && { cause: plain(this.cause) }) };
  }

  static {
    this.prototype.name = 'PusherError';
  }
}

/** A source could not be opened, or was lost. */
export class DeviceError extends PusherError<DeviceErrorCode> {
  /** Its id, as {@link listDevices} gives it; empty where the machine's default was asked for. Of a URL the key is masked. */
  readonly device: string;

  /** @internal */
  constructor(failure: NativeError) {
    super(failure);
    this.device = maskKeys(failure.device ?? '');
  }

  static {
    this.prototype.name = 'DeviceError';
  }
}

/** An encoder could not be opened, or failed. */
export class EncoderError extends PusherError<EncoderErrorCode> {
  static {
    this.prototype.name = 'EncoderError';
  }
}

/** The server could not be reached, refused the stream, or is gone. */
export class RtmpError extends PusherError<RtmpErrorCode> {
  /** The URL with its key masked: `rtmp://host/app/****`. */
  readonly destination: string;
  /** The server's own words, where it said any. */
  declare readonly status?: RtmpStatus;

  /** @internal */
  constructor(failure: NativeError) {
    super(failure);
    this.destination = failure.destination ?? '';
    if (failure.status) this.status = Object.freeze({ ...failure.status });
  }

  static {
    this.prototype.name = 'RtmpError';
  }
}

/** The error of the class that the code's prefix names. */
export function pusherError(failure: NativeError): DeviceError | EncoderError | RtmpError | PusherError<InputErrorCode> {
  if (failure.code.startsWith('ERR_DEVICE_')) return new DeviceError(failure);
  if (failure.code.startsWith('ERR_ENCODER_')) return new EncoderError(failure);
  if (failure.code.startsWith('ERR_INPUT_')) return new PusherError<InputErrorCode>(failure);
  return new RtmpError(failure);
}

/** What the addon threw: one of its own failures in its class, anything else as it is. */
export function thrownByNative(error: unknown): unknown {
  const isFailure = types.isNativeError(error) && errorCodes.includes((error as Partial<NativeError>).code as ErrorCode);
  return isFailure && !(error instanceof PusherError) ? pusherError(error as unknown as NativeError) : error;
}

/** What of an error JSON leaves out, and its own fields. */
function plain(error: Error): object {
  return Object.assign({ name: error.name, message: error.message }, error);
}

/** Without a stack: it was made in a callback of the native side, whose frames say nothing. */
function systemError(number: number, syscall: string | undefined): NodeJS.ErrnoException {
  const errno = -Math.abs(number);
  const code = getSystemErrorName(errno);
  const error = new Error(syscall === undefined ? code : `${syscall} ${code}`);
  error.stack = String(error);
  return Object.assign(error, { errno, code, syscall });
}
