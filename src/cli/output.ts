// stdout and stderr of a command whose reader may stand still: a stopped terminal, a paused pager, a service's log.

const outputs = (): NodeJS.WriteStream[] => [process.stdout, process.stderr];

/**
 * What is not taken waits in memory. So it is of pipes anyway; but Node.js writes to a terminal until that has taken it all, and one
 * that is stopped (Ctrl-S) would hold up the signals with it.
 */
export function doNotBlock(): void {
  for (const output of outputs()) {
    if (output.isTTY) (output as { _handle?: { setBlocking?(on: boolean): void } })._handle?.setBlocking?.(false);
  }
}

/** When all that was written has been taken, or cannot be any more; at the latest after so many milliseconds. */
export async function flushed(milliseconds: number): Promise<void> {
  const waiting = outputs().filter((output) => output.writableLength > 0 && !output.destroyed);
  const taken = waiting.map((output) => new Promise<void>((resolve) => output.write('', () => resolve())));
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([Promise.all(taken), new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)))]);
  clearTimeout(timer);
}
