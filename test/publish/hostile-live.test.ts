// Servers that accept a publication and then break off, babble, keep silent or never read again.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { publish, RtmpError, testPattern, tone, type Publication } from '../../src/index.js';
import { publisherThreads } from '../support/own-process.js';
import { encoded } from '../support/recorded.js';
import type { RtmpPeer } from '../support/rtmp-peer.js';
import { acceptPublish, startScriptedServer } from '../support/scripted-server.js';
import { rejection, until, within } from '../support/until.js';

const options = { video: testPattern({ width: 320, height: 240 }), audio: tone(), writeTimeout: 1_500 };
type Script = (peer: RtmpPeer) => Promise<void>;

async function end(script: Script, afterwards: () => void = () => undefined): Promise<RtmpError> {
  const server = await startScriptedServer(script);
  try {
    let stream: Publication | undefined;
    // What comes at once may come before publish() has resolved.
    const error = await within(20_000, 'the end', rejection(publish(server.url('secret-key'), options).then(async (started) => {
      stream = started;
      await started.finished;
    })));
    expect(error).toBeInstanceOf(RtmpError);
    expect(stream?.state ?? 'stopped').toBe('stopped');
    afterwards();
    await until('the connection is closed', () => server.open() === 0);
    await until('no thread is left', () => publisherThreads().length === 0);
    return error as unknown as RtmpError;
  } finally {
    await server.stop();
  }
}

test('commands that are none', async () => {
  const error = await end(async (peer) => {
    await acceptPublish(peer);
    peer.send(20, Buffer.alloc(50, 0xee), { chunkStream: 7 });
    for (;;) await peer.readMessage();
  });
  expect(error.code).toBe('ERR_RTMP_DISCONNECTED');
});

test('garbage', async () => {
  const error = await end(async (peer) => {
    await acceptPublish(peer);
    peer.write(Buffer.alloc(100_000, 0xff));
    for (;;) await peer.readMessage();
  });
  expect(error.code).toBe('ERR_RTMP_DISCONNECTED');
});

test('a close', async () => {
  const error = await end(async (peer) => {
    await acceptPublish(peer);
    for (let count = 0; count < 20; count++) await peer.readMessage();
    peer.socket.end();
  });
  expect(error.code).toBe('ERR_RTMP_DISCONNECTED');
});

test('an unpublish, with its words', async () => {
  const error = await end(async (peer) => {
    await acceptPublish(peer);
    for (let count = 0; count < 20; count++) await peer.readMessage();
    peer.onStatus('NetStream.Unpublish.Success', 'status', 'kicked by the operator');
    for (;;) await peer.readMessage();
  });
  expect(error).toMatchObject({ code: 'ERR_RTMP_DISCONNECTED', status: { description: 'kicked by the operator' } });
});

test('never reading again', async () => {
  let stuck: RtmpPeer | undefined;
  const error = await end(async (peer) => {
    await acceptPublish(peer);
    peer.socket.pause();
    stuck = peer;
  }, () => stuck?.socket.resume());
  expect(error.code).toBe('ERR_RTMP_TIMEOUT');
});

test('a stop() that is never answered ends all the same', async () => {
  const server = await startScriptedServer(async (peer) => {
    await acceptPublish(peer);
    for (let count = 0; count < 10; count++) await peer.readMessage();
    peer.socket.pause();
  });
  const stream = await publish(server.url(), { ...options, stopTimeout: 500 });
  const warnings: string[] = [];
  stream.on('warning', (error) => warnings.push(error.code));
  await encoded(stream, { frames: 20 });
  await within(10_000, 'stop()', stream.stop());
  await stream.finished;
  await server.stop();
  expect(warnings).toEqual(['ERR_RTMP_TIMEOUT']);
  await until('no thread is left', () => publisherThreads().length === 0);
});

test('pings are answered, one for one, and unknown messages passed over', async () => {
  const pongs: number[] = [];
  const server = await startScriptedServer(async (peer) => {
    await acceptPublish(peer);
    for (let ping = 1; ping <= 20; ping++) {
      const body = Buffer.alloc(6);
      body.writeUInt16BE(6);
      body.writeUInt32BE(ping, 2);
      peer.send(4, body);
      peer.send(60 + ping, randomBytes(ping * 7), { chunkStream: 6 });
      peer.command('onBWDone', 0, null, 8192);
      let answer = await peer.readMessage();
      while (answer.type !== 4 || answer.body.readUInt16BE(0) !== 7) answer = await peer.readMessage();
      pongs.push(answer.body.readUInt32BE(2));
    }
    for (;;) await peer.readMessage();
  });
  const stream = await publish(server.url(), options);
  await until('all pings are answered', () => pongs.length === 20);
  await stream.stop();
  await server.stop();
  expect(pongs).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});
