// How `push` ends when it is told to. What the stream itself does meanwhile makes no difference: only what was asked counts.
import type { Publication } from '../index.js';
import { exitCodes } from './exit.js';
import type { Interruption } from './interruption.js';
import type { Report } from './report.js';

/** A signal ends the stream cleanly, a second one at once; so does one before there is a stream. */
export class Ending implements Interruption {
  readonly #controller = new AbortController();
  readonly #report: Pick<Report, 'stopping'>;
  #stream: Pick<Publication, 'stop'> | undefined;
  #exitCode: number | undefined;

  constructor(report: Pick<Report, 'stopping'>) {
    this.#report = report;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Where a signal has ended the stream at once. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** From now on there is something to end. */
  of(stream: Pick<Publication, 'stop'>): void {
    this.#stream = stream;
  }

  clean(signal: NodeJS.Signals): void {
    if (!this.#stream) return this.atOnce(signal);
    void this.#stream.stop();
    this.#report.stopping();
  }

  atOnce(signal: NodeJS.Signals): void {
    this.#exitCode = exitCodes.bySignal(signal);
    this.#controller.abort(new Error(`ended at once by ${signal}`));
  }
}
