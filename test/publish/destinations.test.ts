// Several destinations of one encode: the native side has them; publish() names one. librtmp writes its chunk headers into the body
// that it sends, so each destination needs a copy of its own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testPattern, tone } from '../../src/index.js';
import { native, type NativeEvent } from '../../src/native.js';
import { checkOptions } from '../../src/options.js';
import { mediaOf, readFlv } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { until } from '../support/until.js';

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

test('each gets the whole stream, byte for byte the same', async () => {
  const keys = ['first', 'second', 'third'];
  const options = { video: testPattern({ width: 320, height: 240 }), audio: tone() };
  const { native: settings } = checkOptions(nginx.url('first'), options);
  const destinations = keys.map((key) => ({ url: nginx.url(key) }));
  const events: NativeEvent[] = [];
  const publisher = new native.Publisher({ ...settings, destinations }, (event) => events.push(event));
  publisher.start();
  await until('enough is encoded', () => (publisher.stats().video?.framesEncoded ?? 0) >= 60);
  publisher.stop();
  await until('it has ended', () => events.some(({ type }) => type === 'ended'));
  expect(events).toEqual([{ type: 'started' }, { type: 'ended' }]);
  expect(publisher.stats().destinations.map(({ droppedFrames }) => droppedFrames)).toEqual([0, 0, 0]);

  const [first, ...others] = await Promise.all(keys.map(async (key) => readFlv(await nginx.recording(key))));
  expect(mediaOf(first!, 'video').length).toBeGreaterThanOrEqual(60);
  expect(mediaOf(first!, 'audio').length).toBeGreaterThanOrEqual(60);
  for (const other of others) {
    for (const track of ['video', 'audio'] as const) expect(mediaOf(other, track)).toEqual(mediaOf(first!, track));
  }
});
