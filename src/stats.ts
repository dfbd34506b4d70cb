// What a publication knows of itself at a moment. Counters count from the beginning and never go back.
import type { NativeAudioStats, NativeDestinationStats, NativeStats, NativeVideoStats } from './native.js';
import type { AudioSource, VideoSource } from './sources.js';

/** A moment of a publication. Reading it costs next to nothing: poll it as often as a display needs. */
export interface Stats {
  /** Seconds since `publish()` was called. */
  readonly duration: number;
  /**
   * Milliseconds by which the sound of a moment lies behind its picture in the stream, both measured by their devices' own times; of
   * several sounds the one that is farthest off. Undefined unless there are both.
   */
  readonly avOffset?: number;
  /** Without a picture: undefined. */
  readonly video?: VideoStats;
  /** Without sound: undefined. */
  readonly audio?: AudioStats;
  /** One for each server. */
  readonly destinations: readonly DestinationStats[];
}

/** What a picture is captured from, and how. */
export interface VideoSourceStats {
  /** Of which of the source functions or inputs it is. */
  readonly kind: VideoSource['kind'];
  /** Its id, as {@link listDevices} gives it; empty, as `label` and `format`, where there is no device. */
  readonly device: string;
  /** Its name for people. */
  readonly label: string;
  /** The pixels that the device gives, in its own API's words: `YUYV`, `MJPG`, `BGRA`. */
  readonly format: string;
  /** Pixels. */
  readonly width: number;
  /** Lines. */
  readonly height: number;
  /** Frames a second, as the device promises. */
  readonly frameRate: number;
  /** It was lost, and is waited for. */
  readonly lost: boolean;
}

/** The picture: from the source to the encoder's output. */
export interface VideoStats {
  /** What is captured. */
  readonly source: VideoSourceStats;
  /** Pixels of the encoded picture. */
  readonly width: number;
  /** Lines of the encoded picture. */
  readonly height: number;
  /** Frames a second, as announced. */
  readonly frameRate: number;
  /** Given by the source. */
  readonly framesCaptured: number;
  /** Given to the encoder. */
  readonly framesEncoded: number;
  /** How many of these were the picture before once more, because the source gave none in time, or is lost. */
  readonly framesRepeated: number;
  /** Captured and left out, because the frame rate has no place for them. */
  readonly framesDropped: number;
  /** Frames that the source made and that never reached this process: the encoder was too slow. */
  readonly captureGaps: number;
  /**
   * Times that the timestamps of a {@link VideoInput} were not believed, because they jumped, or are in another unit: what it writes
   * went on from there at once. The first time comes as a `warning` too. 0 of everything else.
   */
  readonly timestampJumps: number;
  /** How many of the encoded frames are keyframes (IDR). */
  readonly keyframes: number;
  /** Encoded so far. */
  readonly bytes: number;
  /** bit/s that the encoder was last told to make: what is wanted, or what the slowest destination's network takes. */
  readonly targetBitrate: number;
  /** bit/s that it made over the last seconds. */
  readonly bitrate: number;
  /** Milliseconds that encoding one frame took, median and 95th percentile of the last 300 frames. */
  readonly encodeTime: { readonly p50: number; readonly p95: number };
}

/** The sound: from the source to the encoder's output. */
export interface AudioStats {
  /** Hz of the encoded sound. */
  readonly sampleRate: number;
  /** Of the encoded sound. */
  readonly channels: number;
  /** Samples of each channel, at the device's rate; of all inputs together. */
  readonly samplesCaptured: number;
  /** AAC frames of 1,024 samples. */
  readonly packetsEncoded: number;
  /** Times that an input's sound broke off or jumped: silence was put in its place, or samples were left out. */
  readonly captureGaps: number;
  /** As {@link VideoStats.timestampJumps}; of all inputs together. */
  readonly timestampJumps: number;
  /** Encoded so far. */
  readonly bytes: number;
  /** bit/s over the last seconds. */
  readonly bitrate: number;
  /** Parts per million by which the device's clock is slow against the system's; corrected by resampling. The worst input's. */
  readonly drift: number;
  /** dBFS: the highest sample of the last 300 ms, after gain and mixing. 0 is full scale, above it is cut; silence is -120. */
  readonly peak: number;
  /** dBFS: the root mean square of the last 300 ms. A sine of full scale has -3; silence is -120. */
  readonly rms: number;
  /** Samples that exceeded full scale and were cut, and those of the inputs that were no number or infinite: silence took their place. */
  readonly clippedSamples: number;
  /** Each source by itself, in the order of {@link AudioMix.inputs}. */
  readonly inputs: readonly MixInputStats[];
}

/** The device or other source that an input of the sound is captured from. */
export interface AudioSourceStats {
  /** Of which of the source functions or inputs it is. */
  readonly kind: AudioSource['kind'];
  /** Its id, as {@link listDevices} gives it; empty, as `label` and `format`, where there is no device. */
  readonly device: string;
  /** Its name for people. */
  readonly label: string;
  /** The samples that the device gives, in its own API's words: `S16_LE`. */
  readonly format: string;
  /** Hz. */
  readonly sampleRate: number;
  /** That are captured. */
  readonly channels: number;
  /** It was lost, and is waited for. */
  readonly lost: boolean;
}

/** One input of the sound. */
export interface MixInputStats {
  /** What is captured now, or was before it was lost. */
  readonly source: AudioSourceStats;
  /** Samples of each channel, at the device's rate. */
  readonly samplesCaptured: number;
  /** Times that its sound broke off or jumped: silence was put in its place, or samples were left out. */
  readonly captureGaps: number;
  /** As {@link VideoStats.timestampJumps}, of an {@link AudioInput}. */
  readonly timestampJumps: number;
  /** Times that a device lost samples because this machine was too busy to take them; each shows among `captureGaps` too. */
  readonly overruns: number;
  /** Parts per million by which its clock is slow against the system's, as measured. */
  readonly drift: number;
  /** As set last. */
  readonly gain: number;
  /** As set last. */
  readonly muted: boolean;
  /** As {@link AudioStats.peak}, after its gain. */
  readonly peak: number;
  /** As {@link AudioStats.rms}, after its gain. */
  readonly rms: number;
}

/** The way to one server. */
export interface DestinationStats {
  /** With its key masked: `rtmp://host/app/****`. */
  readonly url: string;
  /** Where the connection stands; `connecting` ends with the server's NetStream.Publish.Start. */
  readonly state: 'connecting' | 'publishing' | 'stopping' | 'stopped';
  /** When `state` last changed. */
  readonly since: Date;
  /** Handed to the kernel, RTMP's own headers included. */
  readonly bytesSent: number;
  /** Acknowledged by the server (RTMP 1.0, 5.4.3); some servers never do. */
  readonly bytesAcked: number;
  /**
   * What waits to be sent, in the queue and in the link: for how many milliseconds the oldest of it, picture or sound, has waited
   * for the network, and its bytes.
   */
  readonly queue: { readonly duration: number; readonly bytes: number };
  /** Frames given up because the network was too slow. */
  readonly droppedFrames: number;
  /** Milliseconds to the server and back, as TCP measures it; undefined while unknown. */
  readonly roundTrip?: number;
  /** Segments that TCP had to send again. */
  readonly retransmits: number;
  /**
   * Milliseconds for which a packet waited for the other track alone, though the network had room: 95th percentile of the last 300.
   * Only sound does, for the pictures of an encoder that looks ahead or a source that stalls.
   */
  readonly interleaveDelay: number;
}

/** Of what kind the present sources are: the program's side knows. @internal */
export interface SourceKinds {
  video: VideoSource['kind'] | undefined;
  /** In the order of the inputs. */
  readonly audio: AudioSource['kind'][];
}

/** The native side's flat numbers in the shape above. @internal */
export function stats({ video, audio, destinations, ...rest }: NativeStats, kinds: SourceKinds): Stats {
  return {
    ...rest,
    ...(video && { video: videoStats(video, kinds.video ?? 'video-input') }),
    ...(audio && { audio: audioStats(audio, kinds.audio) }),
    destinations: destinations.map(destinationStats),
  };
}

function videoStats({ source, encodeTimeP50, encodeTimeP95, ...rest }: NativeVideoStats, kind: VideoSource['kind']): VideoStats {
  return { source: { kind, ...source }, ...rest, encodeTime: { p50: encodeTimeP50, p95: encodeTimeP95 } };
}

function audioStats({ inputs, peak, rms, ...rest }: NativeAudioStats, kinds: SourceKinds['audio']): AudioStats {
  const drifts = inputs.map(({ drift }) => drift);
  return {
    ...rest,
    samplesCaptured: inputs.reduce((sum, input) => sum + input.samplesCaptured, 0),
    captureGaps: inputs.reduce((sum, input) => sum + input.captureGaps, 0),
    timestampJumps: inputs.reduce((sum, input) => sum + input.timestampJumps, 0),
    drift: drifts.reduce((worst, drift) => (Math.abs(drift) > Math.abs(worst) ? drift : worst), 0),
    peak: decibels(peak),
    rms: decibels(rms),
    inputs: inputs.map(({ source, ...input }, index) => ({
      source: { kind: kinds[index] ?? 'audio-input', ...source }, ...input, peak: decibels(input.peak), rms: decibels(input.rms),
    })),
  };
}

/** Relative to full scale, and finite, so that it is a number in JSON too. */
function decibels(linear: number): number {
  return Math.max(-120, Math.min(120, 20 * Math.log10(linear)));
}

function destinationStats({ since, queueDuration, queueBytes, roundTrip, ...rest }: NativeDestinationStats): DestinationStats {
  return {
    ...rest,
    since: new Date(since),
    queue: { duration: queueDuration, bytes: queueBytes },
    ...(roundTrip > 0 && { roundTrip }),
  };
}
