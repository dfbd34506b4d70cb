// Answers of a server with bytes changed, lost or added at random: the stream is accepted or refused, within the time given, and
// nothing is left of it. The same numbers come out in every run.
import { expect, test } from 'vitest';
import { publish, testPattern } from '../../src/index.js';
import { publisherThreads } from '../support/own-process.js';
import type { RtmpPeer } from '../support/rtmp-peer.js';
import { awaitPublish, startScriptedServer } from '../support/scripted-server.js';
import { until, within } from '../support/until.js';

const rounds = 60;
const options = { video: { source: testPattern({ width: 64, height: 64 }), threads: 1 }, connectTimeout: 300 };

/** Numbers from 0 to below `limit`. */
function seeded(seed: number): (limit: number) => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Changes one write in three of the server's, from the end of the handshake on. */
function distort(peer: RtmpPeer, random: (limit: number) => number): void {
  const write = peer.write.bind(peer);
  let handshake = 3073;
  peer.write = (bytes) => {
    if (handshake > 0) {
      handshake -= bytes.length;
      return write(bytes);
    }
    if (random(3) > 0) return write(bytes);
    const copy = Buffer.from(bytes);
    for (let flips = random(4); flips > 0; flips--) copy.writeUInt8(random(256), random(copy.length));
    const cut = random(8) === 0 ? random(copy.length) : copy.length;
    const more = random(8) === 0 ? Buffer.from(Array.from({ length: random(300) }, () => random(256))) : Buffer.alloc(0);
    write(Buffer.concat([copy.subarray(0, cut), more]));
  };
}

test(`${rounds} distorted servers`, async () => {
  let round = 0;
  const server = await startScriptedServer(async (peer) => {
    distort(peer, seeded(++round));
    await awaitPublish(peer);
    peer.onStatus('NetStream.Publish.Start', 'status', 'Start publishing');
    for (;;) await peer.readMessage();
  });
  const outcomes = new Map<string, number>();
  for (let count = 0; count < rounds; count++) {
    const outcome = await within(10_000, `round ${count + 1}`, publish(server.url(), options).then(
      async (stream) => {
        await stream.stop();
        return stream.finished.then(() => 'accepted', (error: { code: string }) => error.code);
      },
      (error: { code: string }) => error.code,
    ));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  console.info(`outcomes: ${[...outcomes].map(([outcome, times]) => `${outcome} ${times}`).join(', ')}`);
  for (const outcome of outcomes.keys()) expect(outcome).toMatch(/^(accepted$|ERR_RTMP_)/);
  expect(outcomes.get('accepted')).toBeGreaterThan(0);
  expect(outcomes.size).toBeGreaterThan(1);
  await until('no connection is left', () => server.open() === 0);
  await until('no thread is left', () => publisherThreads().length === 0);
  await server.stop();
});
