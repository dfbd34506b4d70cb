// A real node-media-server (npm), in a process that ends with its standard input, so with the test's own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface NodeMediaServer {
  /** Addresses of its app "live". */
  readonly rtmp: string;
  readonly http: string;
  stop(): Promise<void>;
}

export async function startNodeMediaServer(): Promise<NodeMediaServer> {
  const script = fileURLToPath(new URL('../../scripts/local-server.mjs', import.meta.url));
  const server = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = once(server, 'exit');
  const line = await Promise.race([once(createInterface(server.stdout), 'line'), exited]);
  if (typeof line[0] !== 'string' || !line[0].startsWith('{')) throw new Error(`node-media-server did not start: ${line.join(' ')}`);
  const stop = async () => {
    server.stdin.end();
    await exited;
  };
  return { ...(JSON.parse(line[0]) as { rtmp: string; http: string }), stop };
}
