// A pipe whose reader stands still: it is full, and nobody takes anything.
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './daemon.js';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

export class StuckReader {
  /** The end that a process may have as its stdout or stderr. */
  readonly input: number;
  readonly #output: number;
  readonly #folder = temporaryDirectory();

  constructor() {
    const path = join(this.#folder.path, 'pipe');
    spawnSync('mkfifo', [path]);
    this.#output = openSync(path, O_RDONLY | O_NONBLOCK);
    this.input = openSync(path, O_WRONLY | O_NONBLOCK);
    attempt(() => {
      for (;;) writeSync(this.input, Buffer.alloc(4_096));
    });
  }

  /** Takes all that is there. */
  read(): string {
    const all: Buffer[] = [];
    attempt(() => {
      for (;;) {
        const piece = Buffer.alloc(65_536);
        const size = readSync(this.#output, piece);
        if (size === 0) return;
        all.push(piece.subarray(0, size));
      }
    });
    return Buffer.concat(all).toString().replaceAll('\0', '');
  }

  close(): void {
    closeSync(this.input);
    closeSync(this.#output);
    this.#folder.remove();
  }
}

/** Until it would have to wait. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
}
