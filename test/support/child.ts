// A Node program in a process of its own, watched from outside.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Child {
  stdout = '';
  stderr = '';
  readonly exit: Promise<Exit>;
  private exited: Exit | undefined;

  constructor(private readonly process: ChildProcess) {
    process.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    process.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.exit = new Promise((resolve) =>
      process.once('close', (code, signal) => resolve((this.exited = { code, signal }))),
    );
  }

  /** Waits until it has written `text` to stdout. */
  async says(text: string): Promise<void> {
    await until(`the program says "${text}"`, () => {
      if (this.stdout.includes(text)) return true;
      if (this.running) return false;
      throw new Error(`the program ended (${JSON.stringify(this.exited)}) before it said "${text}": ${this.stderr}`);
    });
  }

  /** Waits for its end; one that hangs is killed and fails the test with what it had said. */
  async ends(timeout = 30_000): Promise<Exit> {
    const timer = setTimeout(() => this.process.kill('SIGKILL'), timeout);
    const exit = await this.exit;
    clearTimeout(timer);
    if (exit.signal === 'SIGKILL') throw new Error(`the program did not end: ${this.stdout}${this.stderr}`);
    return exit;
  }

  get pid(): number {
    return this.process.pid!;
  }

  get running(): boolean {
    return this.exited === undefined;
  }

  /** Reads no more of it, as `head` when it has enough. */
  closeOutput(output: 'stdout' | 'stderr' = 'stdout'): void {
    this.process[output]?.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }
}

/** Runs test/lifecycle/programs/NAME.mjs, which imports the built package by its name. */
export function runProgram(
  name: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; flags?: readonly string[] } = {},
): Child {
  const file = `${root}/test/lifecycle/programs/${name}.mjs`;
  return runNode([...(options.flags ?? []), file, ...args], options.env);
}

/** File descriptors in place of pipes that are read. */
export interface Outputs { readonly stdout?: number; readonly stderr?: number }

/** Runs the command `rtmp-pusher`. */
export function runCommand(args: readonly string[], env?: NodeJS.ProcessEnv, outputs?: Outputs): Child {
  return runNode([command, ...args], env, outputs);
}

/** The same on a terminal, which `script` holds: what is written to `stdin` are its keys. */
export function runOnTerminal(args: readonly string[], pidFile: string): { readonly child: Child; readonly keys: Writable } {
  const words = [process.execPath, command, ...args].map((word) => `'${word}'`).join(' ');
  const process_ = spawn('script', ['-qefc', `echo $$ > '${pidFile}'; exec ${words}`, '/dev/null'], {
    cwd: root, env: environment(), stdio: ['pipe', 'pipe', 'pipe'],
  });
  return { child: new Child(process_), keys: process_.stdin };
}

const command = `${root}/dist/cli/main.js`;

function runNode(args: readonly string[], env: NodeJS.ProcessEnv = {}, { stdout, stderr }: Outputs = {}): Child {
  return new Child(spawn(process.execPath, args, {
    cwd: root, env: { ...environment(), ...env }, stdio: ['ignore', stdout ?? 'pipe', stderr ?? 'pipe'],
  }));
}

/** NODE_OPTIONS of the test runner are not the program's. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...own } = process.env;
  return own;
}
