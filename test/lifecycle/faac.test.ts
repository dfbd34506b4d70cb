// Both generations of libfaac: each in a process of its own, on the same picture and sound.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { figures, readAlignment } from '../support/alignment.js';
import { runProgram } from '../support/child.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { probeStreams } from '../support/probe.js';
import { run } from '../support/run.js';

const script = fileURLToPath(new URL('../../scripts/faac', import.meta.url));

let nginx: Nginx;
const libraries = new Map<string, string>();
beforeAll(async () => {
  nginx = await startNginx();
  for (const generation of ['1', '2']) {
    const path = (await run(script, [generation])).stdout.toString().trim();
    expect(existsSync(path)).toBe(true);
    libraries.set(generation, path);
  }
}, 120_000);
afterAll(() => nginx?.stop());

test('both give AAC-LC with sound in the same place, within 3 ms', async () => {
  const means: number[] = [];
  for (const [generation, path] of libraries) {
    const key = `faac-${generation}`;
    const child = runProgram('faac', [nginx.url(key), '135'], { env: { RTMP_PUSHER_FAAC: path } });
    const exit = await child.ends();
    expect({ ...exit, stderr: child.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    const file = await nginx.recording(key);
    const { audio } = await probeStreams(file);
    expect(audio).toMatchObject({ codec_name: 'aac', profile: 'LC', sample_rate: '48000', channels: 2 });
    const { offsets, beeps } = await readAlignment(file);
    console.info(`libfaac ${generation}, flash to beep, ms: ${figures(offsets)}`);
    expect(offsets.length).toBeGreaterThanOrEqual(3);
    for (const beep of beeps.slice(1, -1)) expect(Math.abs(beep.frequency - 1_000)).toBeLessThan(2);
    means.push(offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length);
  }
  const [first = NaN, second = NaN] = means;
  expect(Math.abs(first - second)).toBeLessThanOrEqual(3);
  for (const mean of means) expect(Math.abs(mean)).toBeLessThanOrEqual(20);
});

test('a libfaac that is not there is an EncoderError that names the package', async () => {
  const child = runProgram('faac', [nginx.url('no-faac'), '5'], { env: { RTMP_PUSHER_FAAC: '/nonexistent/libfaac.so.2' } });
  expect(await child.ends()).toEqual({ code: 1, signal: null });
  expect(child.stderr).toContain('ERR_ENCODER_OPEN');
  expect(child.stderr).toMatch(/libfaac/);
});
