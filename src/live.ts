// A running publication: the native publisher's rare events, turned into promises, a state and Node events. All on the JS thread.
import { EventEmitter } from 'node:events';
import { abortReason, onAbort } from './abort-signal.js';
import { checkGain, checkInputChoice, checkMuted, checkNewAudioSource, type AudioInputChoice } from './audio-options.js';
import type { Claims } from './claim.js';
import { pusherError, type DeviceError } from './errors.js';
import { wrongState } from './misuse.js';
import { native, type NativeError, type NativeEvent, type NativePublisher, type NativePublishOptions } from './native.js';
import { checkNewVideoSource, checkVideoBitrate, maxBufferBytes } from './options.js';
import type { Publication, PublicationEmitter, PublicationEvents } from './publication.js';
import type { AudioSource, VideoSource } from './sources.js';
import { stats, type SourceKinds, type Stats } from './stats.js';

/** What a publication has beside its native options. */
export interface Surroundings {
  readonly inputs: Claims;
  readonly signal: AbortSignal | undefined;
  /** Masked. */
  readonly destination: string;
}

type RareEvent = Exclude<NativeEvent, { type: 'started' | 'ended' | 'replaced' }>;
type Settle = (failure: unknown) => void;

const Emitter = EventEmitter as new () => PublicationEmitter;

export class LivePublication extends Emitter implements Publication {
  readonly #publisher: NativePublisher;
  readonly #hasVideo: boolean;
  readonly #audioInputs: number;
  readonly #maxBuffer: number;
  readonly #around: Surroundings;
  readonly #accepted = deferred();
  readonly #finished = deferred();
  #state: Publication['state'] | 'connecting' = 'connecting';
  /** What was told before publish() resolved and its caller could listen. */
  #early: RareEvent[] | undefined = [];
  readonly #kinds: SourceKinds;
  readonly #replacing = new Map<number, Settle>();
  #tickets = 0;
  #aborted = false;
  readonly #forgetSignal: (() => void) | undefined;
  #finishedWasRead = false;
  /** Settles with `finished` and never rejects; so a rejection of `finished` is always handled. */
  readonly #ended = this.#finished.promise.catch(() => {});

  constructor(options: NativePublishOptions, around: Surroundings) {
    super();
    this.#around = around;
    this.#hasVideo = options.video !== undefined;
    this.#audioInputs = options.audio?.inputs.length ?? 0;
    this.#maxBuffer = options.maxBuffer;
    this.#kinds = { video: options.video?.source.kind, audio: options.audio?.inputs.map(({ source }) => source.kind) ?? [] };
    this.#publisher = new native.Publisher(options, (event) => this.#on(event));
    this.#publisher.start();
    this.#forgetSignal = around.signal && onAbort(around.signal, () => this.#abort());
  }

  /** The server has accepted; rejects with what ended the stream before it had. */
  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  get state(): Publication['state'] {
    return this.#state === 'connecting' ? 'publishing' : this.#state;
  }

  get finished(): Promise<void> {
    this.#finishedWasRead = true;
    return this.#finished.promise;
  }

  stats(): Stats {
    return stats(this.#publisher.stats(), this.#kinds);
  }

  setVideoBitrate(bitsPerSecond: number): void {
    checkVideoBitrate(bitsPerSecond);
    this.#needVideo('setVideoBitrate');
    if (this.#state === 'stopped') return;
    this.#publisher.setVideoBitrate(bitsPerSecond, maxBufferBytes(this.#maxBuffer, bitsPerSecond));
  }

  requestKeyframe(): void {
    this.#needVideo('requestKeyframe');
    if (this.#state !== 'stopped') this.#publisher.requestKeyframe();
  }

  async setVideoSource(source: VideoSource): Promise<void> {
    const checked = checkNewVideoSource(source);
    this.#needVideo('setVideoSource');
    await this.#replace('video 0', checked.source, (ticket) => this.#publisher.replaceVideoSource(checked.native, ticket));
    this.#kinds.video = checked.source.kind;
  }

  async setAudioSource(source: AudioSource, options: AudioInputChoice = {}): Promise<void> {
    const checked = checkNewAudioSource(source);
    const input = this.#audioInput('setAudioSource', options);
    await this.#replace(`audio ${input}`, checked.source, (ticket) => this.#publisher.replaceAudioSource(input, checked.native, ticket));
    this.#kinds.audio[input] = checked.source.kind;
  }

  setAudioGain(gain: number, options: AudioInputChoice = {}): void {
    checkGain(gain);
    const input = this.#audioInput('setAudioGain', options);
    if (this.#state !== 'stopped') this.#publisher.setAudioGain(input, gain);
  }

  setAudioMuted(muted: boolean, options: AudioInputChoice = {}): void {
    checkMuted(muted);
    const input = this.#audioInput('setAudioMuted', options);
    if (this.#state !== 'stopped') this.#publisher.setAudioMuted(input, muted);
  }

  stop(): Promise<void> {
    if (this.#state === 'publishing') {
      this.#state = 'stopping';
      this.#publisher.stop();
    }
    return this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #replace(place: string, source: VideoSource | AudioSource, begin: (ticket: number) => void): Promise<void> {
    if (this.#state !== 'publishing') throw wrongState(`a source must be replaced while publishing, received one when ${this.#state}`);
    const settled = this.#around.inputs.exchange(place, source);
    const ticket = ++this.#tickets;
    const { promise, resolve, reject } = deferred();
    this.#replacing.set(ticket, (failure) => {
      this.#replacing.delete(ticket);
      settled(!failure);
      if (failure) reject(failure);
      else resolve();
    });
    try {
      begin(ticket);
    } catch (error) {
      this.#replacing.delete(ticket);
      settled(false);
      throw error;
    }
    return promise;
  }

  #needVideo(method: string): void {
    if (!this.#hasVideo) throw wrongState(`${method}() must be called on a publication with video, received one without`);
  }

  #audioInput(method: string, options: AudioInputChoice): number {
    if (!this.#audioInputs) throw wrongState(`${method}() must be called on a publication with sound, received one without`);
    return checkInputChoice(options, this.#audioInputs);
  }

  #abort(): void {
    this.#aborted = true;
    this.#publisher.abort();
  }

  #emit<Event extends keyof PublicationEvents>(event: Event, ...facts: PublicationEvents[Event]): boolean {
    return this.emit(event, ...facts);
  }

  #on(event: NativeEvent): void {
    if (event.type === 'started') this.#start();
    else if (event.type === 'ended') this.#end(event.error);
    else if (event.type === 'replaced') this.#replacing.get(event.ticket)?.(event.error && pusherError(event.error));
    else if (this.#early) this.#early.push(event);
    else this.#tell(event);
  }

  #start(): void {
    // The server was quicker than the abort: `ended` follows, and rejects publish() with the signal's reason.
    if (this.#aborted) return;
    this.#state = 'publishing';
    this.#accepted.resolve();
    // Whoever awaits publish() has run by then.
    setImmediate(() => this.#tellEarly());
  }

  #tellEarly(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const event of early) this.#tell(event);
  }

  #tell(event: RareEvent): void {
    if (event.type === 'congestion') {
      this.#emit('congestion', { buffered: event.buffered, droppedFrames: event.droppedFrames });
      return;
    }
    if (event.type === 'device-back') {
      const { type, ...facts } = event;
      this.#emit(type, facts);
      return;
    }
    if (event.type === 'device-changed') {
      const { type, ...facts } = event;
      this.#emit(type, facts);
      return;
    }
    const error = pusherError(event.error);
    if (event.type === 'device-lost') {
      const heard = this.#emit('device-lost', { track: event.track, input: event.input, error: error as DeviceError });
      if (heard) return;
    } else if (this.#emit('warning', error)) {
      return;
    }
    process.emitWarning(error);
  }

  #end(failure: NativeError | undefined): void {
    const { signal, inputs, destination } = this.#around;
    this.#forgetSignal?.();
    const accepted = this.#state !== 'connecting';
    this.#state = 'stopped';
    const aborted = this.#aborted && signal;
    if (!accepted) {
      this.#accepted.reject(aborted ? abortReason(aborted) : pusherError(failure ?? nothingToPublish(destination)));
      return;
    }
    const reason = aborted ? abortReason(aborted) : failure && pusherError(failure);
    for (const settle of [...this.#replacing.values()]) settle(reason ?? pusherError(endedTooEarly));
    const inputFailure = inputs.end();
    if (aborted) this.#finished.reject(reason);
    else if (reason ?? inputFailure) this.#fail(reason ?? inputFailure);
    else this.#finished.resolve();
    this.#tellEarly(); // last: a listener may throw
  }

  #fail(error: unknown): void {
    this.#finished.reject(error);
    setImmediate(() => {
      // An input may have been destroyed with anything.
      if (!this.#finishedWasRead) process.emitWarning(error instanceof Error ? error : String(error));
    });
  }
}

const endedTooEarly: NativeError = { code: 'ERR_DEVICE_LOST', message: 'the stream ended before it had the new source' };

function nothingToPublish(destination: string): NativeError {
  return {
    code: 'ERR_RTMP_DISCONNECTED',
    message: `every input had ended before ${destination} accepted the stream; end() an input only when all of it is published`,
    destination,
  };
}

/** A promise with its ends in hand; Promise.withResolvers() comes with Node 22. */
function deferred(): { promise: Promise<void>; resolve: () => void; reject: (reason: unknown) => void } {
  let resolve!: () => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<void>((...ends) => ([resolve, reject] = ends));
  return { promise, resolve, reject };
}
