// One AbortSignal for a whole program.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { captureAudio, captureVideo, publish, testPattern, tone, watchDevices, type Publication } from '../../src/index.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { rejection } from '../support/until.js';

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

test('it ends twelve of each, without a warning', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on('warning', warned);
  const { signal, abort } = new (class extends AbortController { override readonly abort = super.abort.bind(this); })();
  const twelve = Array.from({ length: 12 }, (_, index) => index);
  const streams = twelve.flatMap(() => [
    captureVideo(testPattern({ width: 64, height: 64 }), { signal }), captureAudio(tone(), { signal }), watchDevices({ signal }),
  ]);
  const publications: Publication[] = [];
  for (const index of twelve) publications.push(await publish(nginx.url(`signal-${index}`), { audio: tone(), signal }));
  const errors = Promise.all(streams.map((stream) => once(stream, 'error')));
  const reason = new Error('enough');
  abort(reason);
  for (const [error] of await errors) expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });
  for (const { finished } of publications) expect(await rejection(finished)).toBe(reason);
  const late = captureVideo(testPattern(), { signal });
  expect((await once(late, 'error'))[0]).toMatchObject({ name: 'AbortError', cause: reason });
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});
