// Servers that break off, lie, babble or keep silent, at every stage of a connection: each is a typed error in good time, and
// this process, which is the one that would crash, goes on.
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { publish, RtmpError, testPattern, tone } from '../../src/index.js';
import { writeAmf, type Amf } from '../support/amf0.js';
import { publisherThreads } from '../support/own-process.js';
import type { RtmpPeer } from '../support/rtmp-peer.js';
import { acceptConnect, awaitPublish, startScriptedServer } from '../support/scripted-server.js';
import { rejection, until, within } from '../support/until.js';

const options = { video: testPattern({ width: 320, height: 240 }), audio: tone(), connectTimeout: 1_500, writeTimeout: 1_500 };
type Script = (peer: RtmpPeer) => Promise<void> | void;

async function partOfHandshake(peer: RtmpPeer, bytes: number): Promise<void> {
  await peer.read(1537);
  peer.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(8), randomBytes(3064)]).subarray(0, bytes));
}

async function refuseConnect(peer: RtmpPeer, ...values: Amf[]): Promise<void> {
  await peer.handshake();
  const { transaction } = await peer.readCommand('connect');
  peer.command('_error', transaction, ...values);
}

async function expectRefusal(script: Script, expected: object): Promise<RtmpError> {
  const server = await startScriptedServer(script);
  try {
    const error = await rejection(within(15_000, 'the refusal', publish(server.url('secret-key'), options)));
    expect(error).toBeInstanceOf(RtmpError);
    expect(error).toMatchObject({ destination: `rtmp://127.0.0.1:${server.port}/live/****`, ...expected });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('secret-key');
    await until('the connection is closed', () => server.open() === 0);
    await until('no thread is left', () => publisherThreads().length === 0);
    return error as unknown as RtmpError;
  } finally {
    await server.stop();
  }
}

// A reset may be faster than connect() is done.
const disconnected = { code: expect.stringMatching(/^ERR_RTMP_(CONNECT|DISCONNECTED|HANDSHAKE|REJECTED)$/) };
const timeout = { code: 'ERR_RTMP_TIMEOUT' };
const notRtmp = { code: expect.stringMatching(/^ERR_RTMP_(HANDSHAKE|DISCONNECTED|REJECTED)$/) };

describe('closed', () => {
  const scripts: [string, Script][] = [
    ['at once', (peer) => peer.close()],
    ['at once, with a reset', (peer) => peer.reset()],
    ['after C0', async (peer) => { await peer.read(1); peer.close(); }],
    ['in the middle of S1', (peer) => partOfHandshake(peer, 700).then(() => peer.socket.end())],
    ['in the middle of S2', (peer) => partOfHandshake(peer, 2_000).then(() => peer.socket.end())],
    ['after the handshake', async (peer) => { await peer.handshake(); peer.close(); }],
    ['after connect', async (peer) => { await peer.handshake(); await peer.readCommand('connect'); peer.close(); }],
    ['after the answer to connect', async (peer) => { await acceptConnect(peer); peer.close(); }],
  ];
  test.for(scripts)('%s', async ([, script]) => void (await expectRefusal(script, disconnected)));

  // Some servers say in no other way that a key is in use.
  const afterPublish: [string, Script][] = [
    ['after publish', async (peer) => { await awaitPublish(peer); peer.close(); }],
    ['after publish, with a reset', async (peer) => { await awaitPublish(peer); peer.reset(); }],
  ];
  test.for(afterPublish)('%s', async ([, script]) => {
    const error = await expectRefusal(script, { code: expect.stringMatching(/^ERR_RTMP_(BUSY|REJECTED)$/) });
    expect(error.message).toMatch(/in use/);
  });
});

describe('silent', () => {
  const scripts: [string, Script][] = [
    ['from the beginning', () => undefined],
    ['in the middle of the handshake', (peer) => partOfHandshake(peer, 1_600)],
    ['after the handshake', (peer) => peer.handshake()],
    ['after connect', async (peer) => void (await acceptConnect(peer))],
    ['after publish', async (peer) => void (await awaitPublish(peer))],
    ['without ever reading', (peer) => void peer.socket.pause()],
    ['but for pings', async (peer) => {
      await awaitPublish(peer);
      const pings = setInterval(() => peer.send(4, Buffer.from([0, 6, 0, 0, 0, 1])), 50);
      peer.socket.once('close', () => clearInterval(pings));
    }],
  ];
  test.for(scripts)('%s', async ([, script]) => void (await expectRefusal(script, timeout)));
});

describe('garbage', () => {
  const scripts: [string, Script][] = [
    ['instead of a handshake', (peer) => peer.write(randomBytes(8_000).fill(0x48, 0, 1))],
    ['an HTTP server', async (peer) => {
      await peer.read(1);
      peer.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
      peer.socket.end();
    }],
    ['after the handshake', async (peer) => {
      await peer.handshake();
      peer.write(randomBytes(100_000).fill(0x02, 0, 1));
      peer.socket.end();
    }],
    ['a message of 16 MB that never comes', async (peer) => {
      await peer.handshake();
      peer.write(Buffer.from([0x03, 0, 0, 0, 0xff, 0xff, 0xff, 20, 0, 0, 0, 0]));
      peer.socket.end();
    }],
    ['a chunk size of 4 GB, then of 0', async (peer) => {
      await peer.handshake();
      peer.send(1, Buffer.from([0x7f, 0xff, 0xff, 0xff]));
      peer.send(1, Buffer.from([0, 0, 0, 0]));
      peer.write(randomBytes(5_000).fill(0x03, 0, 1));
      peer.socket.end();
    }],
    ['a new header with a larger size within a message', async (peer) => {
      await peer.handshake();
      peer.write(Buffer.concat([Buffer.from([0x03, 0, 0, 0, 0, 1, 0, 20, 0, 0, 0, 0]), Buffer.alloc(128)]));
      peer.write(Buffer.concat([Buffer.from([0x03, 0, 0, 0, 0, 0xf0, 0, 20, 0, 0, 0, 0]), Buffer.alloc(128)]));
      for (let chunk = 0; chunk < 400; chunk++) peer.write(Buffer.concat([Buffer.from([0xc3]), Buffer.alloc(128, 0x41)]));
      peer.socket.end();
    }],
    ['chunks of streams that never began', async (peer) => {
      await peer.handshake();
      peer.write(Buffer.alloc(4_000, 0xff));
      peer.socket.end();
    }],
    ['a command cut off in its AMF', async (peer) => {
      await peer.handshake();
      const whole = writeAmf('_result', 1, { a: 'b' }, { code: 'NetConnection.Connect.Success' });
      for (let length = 1; length < whole.length; length += 3) peer.send(20, whole.subarray(0, length));
      peer.socket.end();
    }],
  ];
  test.for(scripts)('%s', async ([, script]) => void (await expectRefusal(script, notRtmp)));
});

describe('says no', () => {
  test('_error without a description', async () => {
    await expectRefusal((peer) => refuseConnect(peer, null, { level: 'error', code: 'NetConnection.Connect.Rejected' }), {
      code: 'ERR_RTMP_REJECTED',
      status: { code: 'NetConnection.Connect.Rejected', level: 'error', description: '' },
    });
  });

  test('_error with nothing in it', async () => {
    await expectRefusal((peer) => refuseConnect(peer), { code: 'ERR_RTMP_REJECTED' });
  });

  test('_error with a description, which is the status', async () => {
    const status = { level: 'error', code: 'NetConnection.Connect.InvalidApp', description: 'no such app: live' };
    const error = await expectRefusal((peer) => refuseConnect(peer, null, status), { code: 'ERR_RTMP_REJECTED', status });
    expect(error.message).toContain('no such app: live');
  });

  test('that it wants credentials', async () => {
    const description = '[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ';
    const status = { level: 'error', code: 'NetConnection.Connect.Rejected', description };
    await expectRefusal((peer) => refuseConnect(peer, null, status), { code: 'ERR_RTMP_AUTH', status });
  });

  test('to createStream', async () => {
    const status = { level: 'error', code: 'NetStream.Failed', description: 'full' };
    const refuse: Script = async (peer) => {
      await acceptConnect(peer);
      const { transaction } = await peer.readCommand('createStream');
      peer.command('_error', transaction, null, status);
    };
    await expectRefusal(refuse, { code: 'ERR_RTMP_REJECTED', status });
  });

  test.for([
    ['NetStream.Publish.BadName', 'ERR_RTMP_BUSY'],
    ['NetStream.Publish.Rejected', 'ERR_RTMP_REJECTED'],
    ['NetStream.Publish.Denied', 'ERR_RTMP_AUTH'],
    ['NetStream.Publish.Failed', 'ERR_RTMP_REJECTED'],
  ] as const)('%s, and leaves the connection open', async ([statusCode, code]) => {
    const refuse: Script = async (peer) => {
      await awaitPublish(peer);
      peer.onStatus(statusCode, 'error', 'because of secret-key');
    };
    const error = await expectRefusal(refuse, { code });
    expect(error.status).toEqual({ code: statusCode, level: 'error', description: 'because of ****' });
  });
});
