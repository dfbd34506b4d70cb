// What `push` tells while it runs: lines for people on stderr, or NDJSON for programs on stdout.
import type { Writable } from 'node:stream';
import type { Congestion, DeviceBack, DeviceChanged, DeviceLost, PusherError, Stats } from '../index.js';
import { maskKeys } from '../mask.js';
import { visible, visibleJson } from '../visible.js';
import { figures, liveLine, summary } from './live-line.js';

/** Where a stream's story goes. Called on one thread, `started` first, `ended` last. */
export interface Report {
  /** Milliseconds between two calls of stats(). */
  readonly interval: number;
  started(stats: Stats): void;
  stats(stats: Stats): void;
  congestion(facts: Congestion): void;
  deviceLost(facts: DeviceLost): void;
  deviceBack(facts: DeviceBack): void;
  deviceChanged(facts: DeviceChanged): void;
  warning(error: PusherError): void;
  /** Asked to end, by a signal. */
  stopping(): void;
  /** Without an error: as asked. Without stats: it never started. */
  ended(error: unknown, stats: Stats | undefined): void;
}

/** One JSON object a line. No key is in it: what was given as a device may have been a URL. */
export class JsonReport implements Report {
  readonly interval = 1_000;
  readonly #out: Writable;

  constructor(out: Writable) {
    this.#out = out;
  }

  started({ video, audio, destinations }: Stats): void {
    this.#write('started', {
      url: destinations[0]?.url,
      video: video && { width: video.width, height: video.height, frameRate: video.frameRate },
      audio: audio && { sampleRate: audio.sampleRate, channels: audio.channels },
    });
  }

  stats(stats: Stats): void {
    // The next one says all that this one would, should somebody read again.
    if (!this.#out.writableNeedDrain) this.#write('stats', stats);
  }

  congestion(facts: Congestion): void {
    this.#write('congestion', facts);
  }

  deviceLost({ error, ...facts }: DeviceLost): void {
    this.#write('device-lost', { ...facts, error: plainError(error) });
  }

  deviceBack(facts: DeviceBack): void {
    this.#write('device-back', facts);
  }

  deviceChanged(facts: DeviceChanged): void {
    this.#write('device-changed', facts);
  }

  warning(error: PusherError): void {
    this.#write('warning', { error: plainError(error) });
  }

  stopping(): void {
    this.#write('stopping', {});
  }

  ended(error: unknown, stats: Stats | undefined): void {
    this.#write('ended', { error: error === undefined ? undefined : plainError(error), stats });
  }

  #write(type: string, facts: object): void {
    const masked = (_: string, value: unknown) => (typeof value === 'string' ? maskKeys(value) : value);
    this.#out.write(`${visibleJson(JSON.stringify({ type, time: new Date(), ...facts }, masked))}\n`);
  }
}

/** An error's name, message and own fields, which JSON leaves out of any error but our own. */
function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  return 'toJSON' in error ? error : Object.assign({ name: error.name, message: error.message }, error);
}

/** On a terminal one line that is kept up to date, else a line now and then; without keys, as above. */
export class TextReport implements Report {
  readonly interval: number;
  readonly #out: NodeJS.WriteStream;
  readonly #quiet: boolean;
  readonly #colour: boolean;
  #before: Stats | undefined;
  #lineIsOpen = false;

  constructor(out: NodeJS.WriteStream, { quiet = false }: { readonly quiet?: boolean } = {}) {
    this.#out = out;
    this.#quiet = quiet;
    // Looks at NO_COLOR and TERM itself.
    this.#colour = out.isTTY && out.hasColors();
    this.interval = out.isTTY ? 500 : 10_000;
  }

  started(stats: Stats): void {
    const { video, audio, destinations } = stats;
    this.#before = stats;
    const tracks = [
      ...(video ? [`${video.width}x${video.height} at ${Number(video.frameRate.toFixed(3))} fps`] : []),
      ...(audio ? [`${audio.sampleRate} Hz ${audio.channels === 1 ? 'mono' : 'stereo'}`] : []),
    ];
    this.#line(`publishing ${tracks.join(', ')} to ${destinations.map((each) => each.url).join(', ')}`);
  }

  stats(stats: Stats): void {
    const line = liveLine(figures(this.#before, stats), this.#colour);
    this.#before = stats;
    if (this.#quiet || this.#out.writableNeedDrain) return;
    if (!this.#out.isTTY) return this.#line(line);
    this.#out.write(`\r${line}\x1b[K`);
    this.#lineIsOpen = true;
  }

  congestion({ buffered, droppedFrames }: Congestion): void {
    this.#line(`the network is too slow: ${Math.round(buffered)} ms wait to be sent, ${droppedFrames} frames dropped so far`);
  }

  deviceLost({ track, error }: DeviceLost): void {
    const substitute = track === 'video' ? 'with its last picture' : 'in silence';
    this.#line(`${error.message}; the stream goes on ${substitute} until it is back`);
  }

  deviceBack({ device, away }: DeviceBack): void {
    this.#line(`${device} is back after ${(away / 1_000).toFixed(1)} s`);
  }

  deviceChanged({ device, previous }: DeviceChanged): void {
    this.#line(`${device} is the default now, and is heard in place of ${previous}`);
  }

  warning(error: PusherError): void {
    this.#line(`warning: ${error.message}`);
  }

  stopping(): void {
    this.#line('stopping, a second signal ends it at once');
  }

  ended(error: unknown, stats: Stats | undefined): void {
    if (error !== undefined) this.#line(`rtmp-pusher: ${error instanceof Error ? error.message : String(error)}`, true);
    else if (stats) this.#line(`stopped: ${summary(stats)}`);
  }

  #line(text: string, evenWhenQuiet = false): void {
    if (this.#quiet && !evenWhenQuiet) return;
    this.#out.write(`${this.#lineIsOpen ? '\n' : ''}${visible(maskKeys(text))}\n`);
    this.#lineIsOpen = false;
  }
}
