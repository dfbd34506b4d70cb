// Runs publish.mjs in a node that has a sanitizer's runtime ($SANITIZER_RUNTIME) loaded first, with a local server that has not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const server = spawn(process.execPath, [path('../../scripts/local-server.mjs')], { stdio: ['pipe', 'pipe', 'ignore'] });
const [line] = await once(createInterface(server.stdout), 'line');
const program = spawn(process.execPath, [path('publish.mjs'), JSON.parse(line).rtmp], {
  env: { ...process.env, LD_PRELOAD: process.env.SANITIZER_RUNTIME },
  stdio: ['ignore', 'inherit', 'inherit'],
});
const [code, signal] = await once(program, 'exit');
server.stdin.end();
await once(server, 'exit');
if (signal) console.error(`ended by ${signal}`);
process.exitCode = code ?? 1;
