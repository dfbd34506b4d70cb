// What the addon's Publisher counts and measures. Types only.

export interface NativeVideoSourceStats {
  /** Empty, as the next two, where there is no device. */
  readonly device: string;
  readonly label: string;
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly lost: boolean;
}

export interface NativeVideoStats {
  readonly source: NativeVideoSourceStats;
  readonly width: number;
  readonly height: number;
  /** Frames a second, as announced. */
  readonly frameRate: number;
  readonly framesCaptured: number;
  readonly framesEncoded: number;
  readonly framesRepeated: number;
  readonly framesDropped: number;
  /** Frames the device made and this process never saw. */
  readonly captureGaps: number;
  /** Times a written input's timestamps were not believed. */
  readonly timestampJumps: number;
  readonly keyframes: number;
  readonly bytes: number;
  /** bit/s: what the encoder was last told. */
  readonly targetBitrate: number;
  /** bit/s over the last seconds. */
  readonly bitrate: number;
  /** Milliseconds, over the last 300 frames. */
  readonly encodeTimeP50: number;
  readonly encodeTimeP95: number;
}

export interface NativeAudioSourceStats {
  readonly device: string;
  readonly label: string;
  readonly format: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly lost: boolean;
}

export interface NativeMixInputStats {
  readonly source: NativeAudioSourceStats;
  /** Times the device lost samples because they were not taken in time. */
  readonly overruns: number;
  readonly samplesCaptured: number;
  /** Times the sound broke off or jumped: silence was put in its place, or samples were left out. */
  readonly captureGaps: number;
  /** As the picture's. */
  readonly timestampJumps: number;
  /** Parts per million by which the device's clock is off the system's, as corrected. */
  readonly drift: number;
  readonly gain: number;
  readonly muted: boolean;
  /** Linear, of the last 300 ms, after gain. */
  readonly peak: number;
  readonly rms: number;
}

export interface NativeAudioStats {
  readonly sampleRate: number;
  readonly channels: number;
  readonly packetsEncoded: number;
  readonly bytes: number;
  readonly bitrate: number;
  /** Of the mix. */
  readonly peak: number;
  readonly rms: number;
  readonly clippedSamples: number;
  readonly inputs: readonly NativeMixInputStats[];
}

export interface NativeDestinationStats {
  /** Masked URL. */
  readonly url: string;
  readonly state: 'connecting' | 'publishing' | 'stopping' | 'stopped';
  /** Milliseconds since 1970 of the last change of `state`. */
  readonly since: number;
  readonly bytesSent: number;
  readonly bytesAcked: number;
  /** Milliseconds of media waiting, in the queue and in the link. */
  readonly queueDuration: number;
  readonly queueBytes: number;
  readonly droppedFrames: number;
  /** Milliseconds; 0 while unknown. */
  readonly roundTrip: number;
  readonly retransmits: number;
  /** Milliseconds by which the order of the tracks alone held a packet back, p95 of the last 300. */
  readonly interleaveDelay: number;
}

export interface NativeStats {
  /** Seconds since start(). */
  readonly duration: number;
  /** Milliseconds by which sound lies behind the picture of the same moment; with both alone. */
  readonly avOffset?: number;
  readonly video?: NativeVideoStats;
  readonly audio?: NativeAudioStats;
  readonly destinations: readonly NativeDestinationStats[];
}
