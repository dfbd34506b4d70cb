// Programs that the bench starts: each is awaited line by line and ended for certain. Owns every process of the run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Microseconds of CLOCK_MONOTONIC, the clock of every program here. */
export const now = () => Number(process.hrtime.bigint() / 1000n);
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const running = new Set();
let ending = false;

export class Child {
  /** `onLine` gets each line of stdout. What the program says on stderr is kept for when it fails. */
  constructor(command, args, { env = {}, onLine = () => {} } = {}) {
    if (ending) throw new Error('the run ends');
    this.name = command.split('/').pop();
    this.startedAt = now();
    this.process = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.complaints = '';
    this.process.stderr.on('data', (text) => (this.complaints = (this.complaints + text).slice(-4000)));
    this.lines = [];
    const reader = createInterface({ input: this.process.stdout });
    reader.on('line', (line) => {
      this.lines.push(line);
      onLine(line);
    });
    this.ended = Promise.all([
      once(this.process, 'exit').catch((error) => (this.complaints += error.message)),
      once(reader, 'close'),
    ]).then(() => running.delete(this));
    running.add(this);
  }

  get pid() {
    return this.process.pid;
  }

  get alive() {
    return this.process.exitCode === null && this.process.signalCode === null && this.pid !== undefined;
  }

  /** Until `condition` holds; fails when the program ends before that, or after `seconds`. */
  async until(condition, what, seconds = 20) {
    const deadline = now() + seconds * 1e6;
    while (!condition()) {
      if (!this.alive) throw new Error(`${this.name} ended before ${what}: ${this.complaints.trim() || 'without a word'}`);
      if (now() > deadline) throw new Error(`${this.name}: waited ${seconds} s for ${what}. ${this.complaints.trim()}`);
      await sleep(5);
    }
  }

  /** Asks it to end; insists after `seconds`. */
  async end(signal = 'SIGTERM', seconds = 10) {
    if (this.alive) this.process.kill(signal);
    const insist = setTimeout(() => this.process.kill('SIGKILL'), seconds * 1000);
    await this.ended;
    clearTimeout(insist);
  }
}

/** For good: nothing is started any more. */
export async function endAll() {
  ending = true;
  for (const child of [...running].reverse()) await child.end('SIGTERM', 3);
}
