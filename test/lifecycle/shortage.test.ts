// A process that is out of file descriptors is told so, whatever it opens, and never to install, start or name something.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../support/child.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { startPulse, type Pulse } from '../support/pulse.js';
import { startXvfb, type Xvfb } from '../support/xvfb.js';

let nginx: Nginx;
let server: Xvfb;
let pulse: Pulse;
beforeAll(async () => void ([nginx, server, pulse] = await Promise.all([startNginx(), startXvfb(320, 240), startPulse('speakers')])));
afterAll(() => Promise.all([nginx?.stop(), server?.stop(), pulse?.stop()]));

const wrongAdvice = /install|apt |check host|spelling|no X server|no PulseAudio|XAUTHORITY|PULSE_COOKIE|unplugged|in use/;
const attempts = ['publish', 'lookup', 'screen', 'camera', 'microphone', 'alsa', 'pulse', 'watch', 'list'];

test.for(attempts.flatMap((what) => [0, 2, 5].map((left) => [what, left] as const)))('%s with %i left', async ([what, left]) => {
  const key = `shortage-${what}-${left}`;
  const env = { DISPLAY: server.display, PULSE_SERVER: pulse.server };
  const child = runProgram('no-descriptors', [nginx.url(key), what, String(left)], { env });
  expect({ ...(await child.ends()), stderr: child.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  const told = JSON.parse(child.stdout) as string;
  expect(told).not.toMatch(wrongAdvice);
  if (left === 0) expect(told).toMatch(/this process has no file descriptor left.*ulimit -n/);
  await nginx.unpublished(key);
});
