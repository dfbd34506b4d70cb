// How a user, a shell or a service ends a running command: asked once it ends cleanly, asked again it ends at once.

/** What a shell or a service ends a command with. */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds. Under npx one Ctrl-C comes twice: to the terminal's whole group, and from npm, which passes on its own. */
const sameKeystroke = 500;

export interface Interruption {
  /** The first signal. */
  clean(signal: NodeJS.Signals): void;
  /** Each one that is not the first one's echo. */
  atOnce(signal: NodeJS.Signals): void;
}

/**
 * Tells of signals from now on. For good: an echo that comes when all is over must not kill the process, and listening for signals
 * keeps none running.
 */
export function onInterruption(interruption: Interruption): void {
  let first: number | undefined;
  const on = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      interruption.clean(signal);
    } else if (now - first > sameKeystroke) {
      interruption.atOnce(signal);
    }
  };
  for (const signal of endSignals) process.on(signal, on);
}
