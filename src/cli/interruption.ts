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
 * Tells of signals from now on, for good: listening keeps no process running. Returns what waits until no echo can come any more:
 * a process that is ending hears no signals, and the echo would kill it after all.
 */
export function onInterruption(interruption: Interruption): () => Promise<void> {
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
  return async () => {
    const rest = first === undefined ? 0 : first + sameKeystroke - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  };
}
