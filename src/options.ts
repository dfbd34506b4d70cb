// publish()'s options: rules, defaults, and the complete plain values that the native side gets. A default has its one place in
// the *options.ts files; TSDoc and --help state it, and a test compares --help. Never loads the addon.
import { types } from 'node:util';
import * as v from 'valibot';
import { abortSignal } from './abort-signal.js';
import { checkAudio, type AudioMix, type AudioTrack } from './audio-options.js';
import type { VideoEncoding } from './encoding.js';
import { rational } from './frame-rate.js';
import { picture } from './input-options.js';
import { wrongType, wrongValue } from './misuse.js';
import type { NativePublishOptions, NativeVideo, NativeVideoSource } from './native.js';
import { checkVideoSource, frameRate, nativeVideoSource } from './source-options.js';
import type { PixelFormat } from './raw.js';
import type { AudioSource, VideoSource } from './sources.js';
import { bitrate, check, describe, evenInteger, flag, integer, number, options, word } from './validation.js';
import { version } from './version.js';

/** A source, and how it is encoded. */
export interface VideoTrack extends VideoEncoding {
  /** Where the picture comes from. */
  source: VideoSource;
  /** What is shown while the source is lost. @default the last picture */
  slate?: Slate | undefined;
}

/** A still picture, scaled as the source's are. A {@link VideoFrame} is one. */
export interface Slate {
  /** How the pixels lie in `data`. */
  format: PixelFormat;
  /** Pixels, 16–8192. */
  width: number;
  /** Lines, 16–8192. */
  height: number;
  /** One picture, rows and planes without padding; copied by `publish()`. */
  data: Uint8Array;
}

/** At least one of `video` and `audio` is needed. */
export interface PublishOptions {
  /** The picture: a source, or a source with its encoding. */
  video?: VideoSource | VideoTrack | undefined;
  /** The sound: a source, a source with its encoding, or several sources that are mixed. */
  audio?: AudioSource | AudioTrack | AudioMix | undefined;
  /** Aborting rejects `publish()` while connecting; later it cuts the stream and rejects `finished`. With its `reason`, both. */
  signal?: AbortSignal | undefined;
  /** Milliseconds for resolve, TCP, handshake, connect and publish together, 100–600_000. @default 10_000 */
  connectTimeout?: number | undefined;
  /**
   * Milliseconds for which the server may take nothing at all before the stream ends, 100–600_000. A network that is dead is known by
   * what is sent again after that time, which before Linux 6.15 may take as long once more. @default 10_000
   */
  writeTimeout?: number | undefined;
  /** Milliseconds that {@link Publication.stop} may take to send what is left and say goodbye, 0–600_000. @default 5_000 */
  stopTimeout?: number | undefined;
  /**
   * Milliseconds of packets held when the network is slow, before frames are dropped, 100–60_000. Sound, keyframes and sequence
   * headers are never dropped. @default 700
   */
  maxBuffer?: number | undefined;
  /**
   * How the tracks' packets follow each other. `relaxed`: each track's timestamps are its own; sound, which takes some 0.1 s longer
   * to encode, follows the picture of its moment by as much, 0.2 s at most. `strict`: timestamps do not go back over both tracks,
   * and the picture has a composition time of that 0.1 s instead: players honour it, but servers that make RTP of RTMP timestamps
   * take it for sound that is late. For nginx-rtmp that cuts its recordings (`record_interval`): of `relaxed` it puts the first
   * 0.1 s of each file's sound on one moment. Neither makes a picture wait. @default 'relaxed'
   */
  interleave?: 'relaxed' | 'strict' | undefined;
  /**
   * What becomes of the stream when a device is lost. `continue`: the last picture (or `video.slate`) and silence take its place, the
   * device is opened again when it returns, and `device-lost` and `device-back` tell of it. `end`: `finished` rejects with the
   * {@link DeviceError}. @default 'continue'
   */
  onDeviceLost?: 'continue' | 'end' | undefined;
}

/** For {@link captureAudio}. */
export interface CaptureOptions {
  /** Aborting destroys the stream with an AbortError and closes what it reads. */
  signal?: AbortSignal | undefined;
}

/** For {@link captureVideo}. */
export interface VideoCaptureOptions extends CaptureOptions {
  /** `RGBA` converts whatever the source gives to that, opaque. @default as the source gives it */
  format?: 'RGBA' | undefined;
}

/** For {@link watchDevices}. */
export interface WatchOptions extends CaptureOptions {
  /** Whether the devices that are there already are told of first, as added. @default true */
  existing?: boolean | undefined;
}

const signal = v.optional(abortSignal);
const timeout = integer(100, 600_000, 'ms');
const side = evenInteger(16, 8192);

/** Beside what its sources take. Exported, as others below, for the test that the command has a flag for every option. @internal */
export const publishOptions = options({
  video: v.optional(v.unknown()),
  audio: v.optional(v.unknown()),
  signal,
  connectTimeout: v.optional(timeout, 10_000),
  writeTimeout: v.optional(timeout, 10_000),
  stopTimeout: v.optional(integer(0, 600_000, 'ms'), 5_000),
  maxBuffer: v.optional(integer(100, 60_000, 'ms'), 700),
  interleave: v.optional(word('relaxed', 'strict'), 'relaxed'),
  onDeviceLost: v.optional(word('continue', 'end'), 'continue'),
});

/** Milliseconds that timestamps may go back from track to track. SRS takes a step of 250, either way, for a broken clock. */
const trackSpread = { relaxed: 200, strict: 0 } as const;

const videoBitrate = bitrate(10_000, 300_000_000);
/** bit/s, of a picture whose size is not known before its source is open; for no more than the bound in bytes. */
const assumedBitrate = 8_000_000;

/** As {@link publishOptions}. @internal */
export const videoEncoding = v.pipe(
  options({
    source: v.optional(v.unknown()),
    width: v.optional(side),
    height: v.optional(side),
    frameRate: v.optional(frameRate),
    frameRateMode: v.optional(word('constant', 'variable'), 'constant'),
    slate: v.optional(picture),
    bitrate: v.optional(videoBitrate),
    keyframeInterval: v.optional(number(0.1, 60, 's'), 2),
    preset: v.optional(
      word('ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow', 'slower'), 'veryfast'),
    tune: v.optional(word('zerolatency', 'film', 'animation', 'stillimage', 'none'), 'zerolatency'),
    // What every service and player takes; Twitch and Facebook ask for it by name.
    profile: v.optional(word('baseline', 'main', 'high'), 'main'),
    bFrames: v.optional(integer(0, 16)),
    threads: v.optional(integer(1, 128)),
    extra: v.optional(
      v.record(
        v.string(),
        v.union([v.string(), v.pipe(v.number(), v.finite()), v.boolean()], 'a string, a number or a boolean'),
        'an object of x264 options'),
      {}),
  }),
  v.forward(v.check(({ width, height }) => width !== undefined || height === undefined, 'given together with height'), ['width']),
  v.forward(v.check(({ width, height }) => height !== undefined || width === undefined, 'given together with width'), ['height']),
  v.forward(v.check(({ bFrames, profile }) => profile !== 'baseline' || !bFrames, '0 with profile "baseline"'), ['bFrames']),
);

/** "video", for messages, and what it is. */
export interface NamedSource { readonly name: string; readonly source: VideoSource | AudioSource }

/** publish()'s options, checked. */
export interface CheckedOptions {
  readonly native: NativePublishOptions;
  /** As the user gave and names them, for what they own beside their native values; the sound's in the order of its inputs. */
  readonly sources: { readonly video: readonly NamedSource[]; readonly audio: readonly NamedSource[] };
  readonly signal: AbortSignal | undefined;
}

/** @throws {TypeError} @throws {RangeError} */
export function checkOptions(url: string | URL, given: PublishOptions): CheckedOptions {
  const checked = check(publishOptions, given);
  const { connectTimeout, writeTimeout, stopTimeout, maxBuffer, interleave, onDeviceLost } = checked;
  const video = checked.video === undefined ? undefined : videoTrack(checked.video);
  const audio = checked.audio === undefined ? undefined : checkAudio(checked.audio);
  if (!video && !audio) throw wrongValue(`options must have video, audio or both, received ${describe(given)}`);
  return {
    native: {
      destinations: [{ url: checkUrl(url) }],
      ...(video && { video: video.native }),
      ...(audio && { audio: audio.native }),
      connectTimeout,
      writeTimeout,
      stopTimeout,
      maxBuffer,
      maxBufferBytes: maxBufferBytes(maxBuffer, video?.native.bitrate || assumedBitrate),
      trackSpread: trackSpread[interleave],
      endsWithDevice: onDeviceLost === 'end',
      encoder: `rtmp-pusher ${version}`,
    },
    sources: { video: video ? [{ name: 'video', source: video.source }] : [], audio: audio?.sources ?? [] },
    signal: checked.signal,
  };
}

/** As text; whether it is an RTMP URL is for the native side to say. The value is not shown: it may be nothing but a key. */
function checkUrl(url: unknown): string {
  if (isUrl(url)) return url.href;
  if (typeof url === 'string') return url;
  throw wrongType(`url must be a string or a URL, received ${url === null ? 'null' : `a value of type ${typeof url}`}`);
}

/** Of any realm, and of any library that implements the standard. */
function isUrl(value: unknown): value is { readonly href: string } {
  if (Object.prototype.toString.call(value) !== '[object URL]' || types.isProxy(value)) return false;
  return typeof (value as { readonly href?: unknown }).href === 'string';
}

function videoTrack(given: unknown): { native: NativeVideo; source: VideoSource } {
  if (!isTrack(given)) return videoTrack({ source: checkVideoSource(given, 'video') });
  const { extra, ...encoding } = check(videoEncoding, given, 'video');
  const source = checkVideoSource(given.source, 'video.source');
  return {
    source,
    native: {
      source: nativeVideoSource(source),
      width: encoding.width ?? 0,
      height: encoding.height ?? 0,
      frameRate: encoding.frameRate === undefined ? { num: 0, den: 1 } : rational(encoding.frameRate),
      constantFrameRate: encoding.frameRateMode === 'constant',
      ...(encoding.slate && { slate: { ...encoding.slate, frameRate: { num: 1, den: 1 } } }),
      bitrate: encoding.bitrate ?? 0,
      keyframeInterval: encoding.keyframeInterval,
      preset: encoding.preset,
      tune: encoding.tune === 'none' ? '' : encoding.tune,
      profile: encoding.profile,
      bFrames: encoding.bFrames ?? -1,
      threads: encoding.threads ?? 0,
      // x264 knows true and false as 1 and 0 too, whichever option it is.
      extra: Object.entries(extra).map(([name, value]) => [name, String(typeof value === 'boolean' ? Number(value) : value)]),
    },
  };
}

/** A source names its kind; any other object is meant to be a track. */
function isTrack(given: unknown): given is { readonly source?: unknown } {
  return typeof given === 'object' && given !== null && !('kind' in given);
}

/** What setVideoSource() takes. */
export function checkNewVideoSource(given: unknown): { readonly native: NativeVideoSource; readonly source: VideoSource } {
  const source = checkVideoSource(given, 'source');
  return { source, native: nativeVideoSource(source) };
}

/** The bound in milliseconds is the one that is meant; this one is for pictures four times the bitrate for that long. */
export function maxBufferBytes(maxBuffer: number, bitsPerSecond: number): number {
  return Math.max(4 << 20, Math.ceil((bitsPerSecond / 8 / 1_000) * maxBuffer * 4));
}

/** What setVideoBitrate() takes. */
export function checkVideoBitrate(bitsPerSecond: unknown): number {
  return check(videoBitrate, bitsPerSecond, 'bitrate');
}

/** @throws {TypeError} */
export function captureOptions(given: CaptureOptions): { readonly signal?: AbortSignal | undefined } {
  return check(options({ signal }), given);
}

/** @throws {TypeError} */
export function videoCaptureOptions(given: VideoCaptureOptions): Pick<VideoCaptureOptions, 'signal' | 'format'> {
  return check(options({ signal, format: v.optional(word('RGBA')) }), given);
}

/** @throws {TypeError} */
export function watchOptions(given: WatchOptions): WatchOptions & { readonly existing: boolean } {
  return check(options({ signal, existing: v.optional(flag, true) }), given);
}
