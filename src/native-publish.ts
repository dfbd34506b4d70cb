// What the addon's Publisher takes and tells: complete, validated values. Types only.
import type { NativeAudioInput, NativeVideoInput } from './native.js';
import type { NativeStats } from './native-stats.js';

/** Frames a second as the fraction num/den. */
export interface NativeRational { readonly num: number; readonly den: number }

export type NativeVideoSource =
  | { readonly kind: 'test-pattern'; readonly width: number; readonly height: number; readonly frameRate: NativeRational }
  | {
      readonly kind: 'screen';
      /** Empty: $DISPLAY. */
      readonly display: string;
      readonly x: number;
      readonly y: number;
      /** 0 with height 0: the whole root window. */
      readonly width: number;
      readonly height: number;
      readonly frameRate: NativeRational;
      readonly cursor: boolean;
    }
  | {
      readonly kind: 'camera';
      /** Empty: the first. */
      readonly device: string;
      /** 0: any. */
      readonly width: number;
      readonly height: number;
      /** num 0: 30 where the camera has it. */
      readonly frameRate: NativeRational;
      /** Empty: any. */
      readonly format: string;
      readonly controls: readonly (readonly [name: string, value: number])[];
    }
  | { readonly kind: 'video-input'; readonly input: NativeVideoInput };

export type NativeAudioSource =
  | { readonly kind: 'tone'; readonly frequency: number; readonly sampleRate: number; readonly channels: number }
  | { readonly kind: 'silence'; readonly sampleRate: number; readonly channels: number }
  | {
      readonly kind: 'microphone';
      /** Empty: the default one. */
      readonly device: string;
      readonly backend: 'auto' | 'pulse' | 'alsa';
      readonly sampleRate: number;
      readonly channels: number;
    }
  | {
      readonly kind: 'system-audio';
      /** Empty: the server's default. */
      readonly device: string;
      readonly sampleRate: number;
      readonly channels: number;
    }
  | { readonly kind: 'audio-input'; readonly input: NativeAudioInput };

export interface NativeVideo {
  readonly source: NativeVideoSource;
  /** 0 with height 0: the source's own size (made even). */
  readonly width: number;
  readonly height: number;
  /** num 0: the source's own rate. */
  readonly frameRate: NativeRational;
  readonly constantFrameRate: boolean;
  /** Shown while the device is lost, in place of its last picture. */
  readonly slate?: {
    readonly format: string; readonly width: number; readonly height: number; readonly frameRate: NativeRational;
    readonly data: Uint8Array;
  };
  /** 0: the usual one of the size and rate, which are known when the source is open. */
  readonly bitrate: number;
  readonly keyframeInterval: number;
  readonly preset: string;
  /** Empty: none. */
  readonly tune: string;
  /** Empty: what the other settings need. */
  readonly profile: string;
  /** -1: as preset and tune say. */
  readonly bFrames: number;
  /** 0: x264 decides. */
  readonly threads: number;
  readonly extra: readonly (readonly [name: string, value: string])[];
}

export interface NativeMixInput {
  readonly source: NativeAudioSource;
  /** Linear, 0 to 10. */
  readonly gain: number;
  readonly muted: boolean;
}

export interface NativeAudio {
  /** At least one. */
  readonly inputs: readonly NativeMixInput[];
  readonly bitrate: number;
  readonly sampleRate: number;
  readonly channels: number;
}

export interface NativeDestination { readonly url: string }

export interface NativePublishOptions {
  readonly destinations: readonly NativeDestination[];
  readonly video?: NativeVideo;
  readonly audio?: NativeAudio;
  /** Milliseconds. */
  readonly connectTimeout: number;
  readonly writeTimeout: number;
  readonly stopTimeout: number;
  readonly maxBuffer: number;
  /** Bytes. */
  readonly maxBufferBytes: number;
  /** Milliseconds that timestamps may go back from one track to the other. */
  readonly trackSpread: number;
  /** A lost device ends the stream; otherwise it goes on, and waits for the device. */
  readonly endsWithDevice: boolean;
  /** For onMetaData: "rtmp-pusher 0.1.0". */
  readonly encoder: string;
}

/** What errors.ts makes a PusherError of. */
export interface NativeError {
  readonly code: string;
  readonly message: string;
  readonly errno?: number;
  readonly syscall?: string;
  readonly device?: string;
  /** Masked URL. */
  readonly destination?: string;
  readonly status?: { readonly code: string; readonly level: string; readonly description: string };
}

/** Delivered on the JS thread, in order; `ended` is the last and comes exactly once after start(). */
export type NativeEvent =
  | { readonly type: 'started' }
  /** Without `error`: after stop() or abort(), or when every written input has ended. Threads are joined by then. */
  | { readonly type: 'ended'; readonly error?: NativeError }
  | { readonly type: 'congestion'; readonly buffered: number; readonly droppedFrames: number }
  | { readonly type: 'warning'; readonly error: NativeError }
  | {
      readonly type: 'device-lost'; readonly track: 'video' | 'audio'; readonly input: number; readonly error: NativeError;
    }
  /** `away`: milliseconds. */
  | {
      readonly type: 'device-back'; readonly track: 'video' | 'audio'; readonly input: number; readonly device: string;
      readonly away: number;
    }
  | {
      readonly type: 'device-changed'; readonly track: 'video' | 'audio'; readonly input: number; readonly device: string;
      readonly previous: string;
    }
  /** What became of a replace…Source() with this ticket. */
  | { readonly type: 'replaced'; readonly ticket: number; readonly error?: NativeError };

export interface NativePublisher {
  /** Once. Returns at once; events follow. */
  start(): void;
  /** Graceful; idempotent. */
  stop(): void;
  /** Cuts everything; `ended` follows without an error. Idempotent. */
  abort(): void;
  stats(): NativeStats;
  setVideoBitrate(bitsPerSecond: number, maxBufferBytes: number): void;
  requestKeyframe(): void;
  /** Without video, or after the end: nothing. A `replaced` event with this ticket follows, unless `ended` does. */
  replaceVideoSource(source: NativeVideoSource, ticket: number): void;
  /** `input` is a place in NativeAudio.inputs; where there is none: nothing. As replaceVideoSource(). */
  replaceAudioSource(input: number, source: NativeAudioSource, ticket: number): void;
  setAudioGain(input: number, gain: number): void;
  setAudioMuted(input: number, muted: boolean): void;
}
