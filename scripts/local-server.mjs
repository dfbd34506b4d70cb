// A local RTMP server for scripts/push and scripts/smoke: node-media-server on free loopback ports. Prints one line of JSON,
// {"rtmp", "http"}: addresses of its app "live". Ends with its standard input, or by SIGINT or SIGTERM.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import NodeMediaServer from 'node-media-server';

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function answers(url) {
  for (;;) {
    try {
      return await fetch(url, { method: 'HEAD' });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const store = await mkdtemp(join(tmpdir(), 'rtmp-pusher-server-'));
const bind = '127.0.0.1';
const [rtmp, http] = [await freePort(), await freePort()];

console.log = console.error; // the server logs to stdout, which is for our one line
const server = new NodeMediaServer({
  bind,
  rtmp: { port: rtmp },
  http: { port: http },
  webadmin: { enable: false },
  notify: { url: '' },
  store: { path: store },
});

async function end() {
  await server.stop();
  await rm(store, { recursive: true, force: true });
  process.exit(0);
}
// Before it runs: whoever gives up waiting for the line leaves no server behind.
process.stdin.resume().once('end', end);
process.once('SIGINT', end).once('SIGTERM', end);

await server.run();
await answers(`http://${bind}:${http}/`);
process.stdout.write(`${JSON.stringify({ rtmp: `rtmp://${bind}:${rtmp}/live`, http: `http://${bind}:${http}/live` })}\n`);
