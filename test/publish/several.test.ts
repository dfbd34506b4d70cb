// Several publications of one process at the same time.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, testPattern, tone, VideoInput } from '../../src/index.js';
import { isMedia, readFlv } from '../support/flv.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { publisherThreads } from '../support/own-process.js';
import { probeStreams } from '../support/probe.js';
import { encoded } from '../support/recorded.js';
import { rejection, until } from '../support/until.js';

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

test('each has its own settings, threads and end', async () => {
  const sizes = [[320, 240], [480, 270], [640, 360]] as const;
  const streams = await Promise.all(sizes.map(([width, height]) =>
    publish(nginx.url(`size-${width}`), { video: testPattern({ width, height }), audio: tone() })));
  await Promise.all(streams.map((stream) => encoded(stream, { frames: 20 })));

  const [first, ...others] = streams;
  await first?.stop();
  for (const stream of others) {
    expect(stream.state).toBe('publishing');
    await encoded(stream, { frames: (stream.stats().video?.framesEncoded ?? 0) + 10 });
  }
  await Promise.all(others.map((stream) => stream.stop()));
  await until('no thread is left', () => publisherThreads().length === 0);

  for (const [width, height] of sizes) {
    const file = await nginx.recording(`size-${width}`);
    expect((await probeStreams(file)).video).toMatchObject({ width, height });
    expect(readFlv(file).filter(isMedia).length).toBeGreaterThan(30);
  }
});

test('an input belongs to one of them', async () => {
  const input = new VideoInput({ width: 64, height: 64, frameRate: 30, format: 'I420' });
  const stream = await publish(nginx.url('one'), { video: input });
  const error = await rejection(publish(nginx.url('two'), { video: input }));
  expect(error).toMatchObject({ name: 'TypeError', message: expect.stringMatching(/^video must be an input of its own/) });
  expect(stream.state).toBe('publishing');
  await stream.stop();
  expect(await rejection(publish(nginx.url('three'), { video: input }))).toBeInstanceOf(TypeError);
});
