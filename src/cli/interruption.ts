// How a user, a shell or a service ends a running command: asked once it ends cleanly, asked again it ends at once. Whatever nobody
// reads, waits for or answers, the process ends.
import { exitCodes } from './exit.js';
import { doNotBlock, flushed } from './output.js';

/** What a shell or a service ends a command with. */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds. Under npx one Ctrl-C comes twice: to the terminal's whole group, and from npm, which passes on its own. */
const sameKeystroke = 500;

/** Milliseconds for what should take none: ending at once, and a reader to take the last lines. */
const patience = 2_000;

export interface Interruption {
  /** The first signal. */
  clean(signal: NodeJS.Signals): void;
  /** The second one, unless it is the first one's echo. If the process is still there a little later it is ended. */
  atOnce(signal: NodeJS.Signals): void;
}

/** The exit code, once there is one: no signal changes it any more. */
let decided: number | undefined;

/** Tells of signals from now on, until the process is gone: listening keeps none running. */
export function onInterruption(interruption: Interruption): void {
  let first: number | undefined;
  let cut = false;
  const on = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    const isEcho = first !== undefined && now - first <= sameKeystroke;
    const isFirst = first === undefined;
    first ??= now;
    if (isEcho) return;
    if (decided !== undefined) {
      if (!isFirst) process.exit(decided);
    } else if (isFirst) {
      interruption.clean(signal);
    } else if (cut) {
      process.exit(exitCodes.bySignal(signal));
    } else {
      cut = true;
      interruption.atOnce(signal);
      setTimeout(() => process.exit(decided ?? exitCodes.bySignal(signal)), patience).unref();
    }
  };
  for (const signal of endSignals) process.on(signal, on);
  doNotBlock();
}

/**
 * Ends the process. One that hears signals gives its readers a moment and is gone: they do not end it, and a natural end would
 * take its listeners away first, so that one more signal would kill it. Any other waits for its readers, such as a pager, until a
 * signal ends it.
 */
export async function leave(code: number): Promise<void> {
  process.exitCode = decided = code;
  if (process.listenerCount('SIGTERM') === 0) return;
  await flushed(patience);
  process.exit();
}
