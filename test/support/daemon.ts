// A server process that a test owns: started in the foreground, killed and waited for at the end. setpriv has the kernel kill it
// too when the test's own process ends in whatever way.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Daemon {
  /** What it wrote to stdout and stderr. */
  output = '';
  readonly exited: Promise<void>;
  readonly process: ChildProcess;

  constructor(command: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv; directory?: string } = {}) {
    this.process = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      env: options.env ?? process.env,
      ...(options.directory ? { cwd: options.directory } : {}),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.process.stdout?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.process.stderr?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.exited = new Promise((resolve) => {
      this.process.once('exit', () => resolve());
      this.process.once('error', (error) => {
        this.output += error.message;
        resolve();
      });
    });
  }

  get running(): boolean {
    return this.process.pid !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.running) this.process.kill(signal);
    await this.exited;
  }
}

/** A directory of the test's own, and what removes it. */
export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'rtmp-pusher-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}
