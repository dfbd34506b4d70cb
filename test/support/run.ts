// Another program's whole output.
import { spawn } from 'node:child_process';

export interface Output {
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Fails with the program's own words when it does. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (part: Buffer) => stdout.push(part));
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ stdout: Buffer.concat(stdout), stderr });
      else reject(new Error(`${command} ended with ${code ?? signal}: ${stderr.slice(-2000)}`));
    });
  });
}
