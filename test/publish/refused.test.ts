// Publications that a server, the network or the program itself does not let happen, and those that end against their will.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioInput, publish, RtmpError, testPattern, tone, type PublishOptions } from '../../src/index.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { startNodeMediaServer } from '../support/node-media-server.js';
import { publisherThreads } from '../support/own-process.js';
import { freePort } from '../support/ports.js';
import { encoded } from '../support/recorded.js';
import { acceptPublish, startIngest, startScriptedServer } from '../support/scripted-server.js';
import { SlowLink } from '../support/slow-link.js';
import { rejection, until, within } from '../support/until.js';

const options: PublishOptions = { video: testPattern({ width: 320, height: 240 }), audio: tone() };
const key = 'secret-key';
const masked = (url: string): string => url.replace(/[^/]*$/, '****');

let nginx: Nginx;
beforeAll(async () => (nginx = await startNginx()));
afterAll(() => nginx?.stop());

/** How a publication was refused. Every refusal comes in good time, shows no key and leaves nothing more running than before. */
async function refusal(url: string, given: PublishOptions = options): Promise<RtmpError> {
  const before = publisherThreads().length;
  const error = await rejection(within(20_000, 'the refusal', publish(url, given)));
  expect(error).toBeInstanceOf(RtmpError);
  expect(JSON.stringify([error, error.message, error.stack])).not.toContain(key);
  await until('no thread is left of it', () => publisherThreads().length <= before);
  return error as unknown as RtmpError;
}

describe('a server refuses', () => {
  test('a key that is being published', async () => {
    const first = await publish(nginx.url(key), options);
    const error = await refusal(nginx.url(key));
    expect(error).toMatchObject({
      code: 'ERR_RTMP_BUSY',
      destination: masked(nginx.url(key)),
      status: { code: 'NetStream.Publish.BadName', level: 'error', description: 'Already publishing' },
    });
    // The first goes on as if nothing had been.
    const frames = first.stats().video?.framesEncoded ?? 0;
    await encoded(first, { frames: frames + 5 });
    await first.stop();

    // Free at once: stop() returns after the server has taken note.
    const second = await publish(nginx.url(key), options);
    await second.stop();
  });

  test('an unknown app', async () => {
    const error = await refusal(nginx.url(key, 'nowhere'));
    expect(error).toMatchObject({ code: 'ERR_RTMP_REJECTED', destination: masked(nginx.url(key, 'nowhere')) });
    expect(error.message).toMatch(/nowhere|app/);
  });

  test.for([401, 403, 404, 500])('by its own program, that answers on_publish with %i', async (status) => {
    const strict = await startNginx({ application: `on_publish HTTP/status/${status};` });
    try {
      // nginx only closes the connection, as other servers do for a key in use: there are no words to tell one from the other.
      const error = await refusal(strict.url(key));
      expect(error).toMatchObject({ code: 'ERR_RTMP_BUSY' });
      expect(error.status).toBeUndefined();
      expect(error.message).toMatch(/without a reason; most likely.*in use.*does not allow/);
    } finally {
      await strict.stop();
    }
  });
});

describe('a server accepts and closes at once', () => {
  const guessed = (error: RtmpError): void => {
    expect(error).toMatchObject({ name: 'RtmpError', code: 'ERR_RTMP_BUSY' });
    expect(error.status).toBeUndefined();
    expect(error.message).toMatch(/right after it had accepted the stream, without a reason; most likely.*in use.*does not allow/);
  };

  test('nginx, which denies it', async () => {
    const strict = await startNginx({ application: 'deny publish all;' });
    try {
      for (let time = 0; time < 10; time++) guessed(await refusal(strict.url(key)));
    } finally {
      await strict.stop();
    }
  });

  test('node-media-server, where the key is in use', async () => {
    const server = await startNodeMediaServer();
    try {
      const first = await publish(`${server.rtmp}/${key}`, options);
      for (let time = 0; time < 10; time++) guessed(await refusal(`${server.rtmp}/${key}`));
      expect(first.state).toBe('publishing');
      await first.stop();
    } finally {
      await server.stop();
    }
  });

  test.for([0, 1, 5])('after %i messages', async (count) => {
    const server = await startScriptedServer(async (peer) => {
      await acceptPublish(peer);
      for (let message = 0; message < count; message++) await peer.readMessage();
      peer.socket.destroy();
    });
    for (let time = 0; time < 10; time++) guessed(await refusal(server.url(key)));
    await server.stop();
  });

  test('one that has taken media, or stayed for a moment, is a server that ends the stream', async () => {
    let acknowledge = true;
    let close = (): void => undefined;
    const server = await startScriptedServer(async (peer) => {
      await acceptPublish(peer);
      close = () => peer.socket.destroy();
      if (acknowledge) peer.send(3, Buffer.from([0, 1, 0, 0]));
      for (;;) await peer.readMessage();
    });
    for (acknowledge of [true, false]) {
      const stream = await publish(server.url(key), options);
      const ended = rejection(stream.finished);
      close();
      expect(await within(5_000, 'the end', ended)).toMatchObject({ code: 'ERR_RTMP_DISCONNECTED' });
    }
    await server.stop();
  });

  test('a stream that is shorter than the moment has been published all the same', async () => {
    const server = await startIngest();
    const audio = new AudioInput({ sampleRate: 48_000, channels: 1 });
    const publishing = publish(server.url(key), { audio });
    audio.end({ format: 'f32', sampleRate: 48_000, channels: 1, timestamp: 0, data: new Float32Array(2_400) });
    await (await publishing).finished;
    expect(server.messages.some(({ type }) => type === 8)).toBe(true);
    await server.stop();
  });
});

test('connect is answered and publish is not: that is told', async () => {
  const strict = await startNginx({ live: false });
  try {
    const error = await refusal(strict.url(key), { ...options, connectTimeout: 1_000 });
    expect(error.code).toBe('ERR_RTMP_TIMEOUT');
    expect(error.message).toMatch(/no answer to the publish command.*its application takes live streams/);
  } finally {
    await strict.stop();
  }
});

describe('no server', () => {
  test('a closed port', async () => {
    const error = await refusal(`rtmp://127.0.0.1:${await freePort()}/live/${key}`);
    expect(error).toMatchObject({ code: 'ERR_RTMP_CONNECT', syscall: 'connect', cause: { code: 'ECONNREFUSED' } });
  });

  test('a name without an address', async () => {
    const error = await refusal(`rtmp://nobody.invalid/live/${key}`);
    expect(error.code).toBe('ERR_RTMP_RESOLVE');
    expect(error.message).toContain('nobody.invalid');
  });

  test('one that does not answer in time', async () => {
    const mute = await startScriptedServer(() => undefined);
    const error = await refusal(mute.url(key), { ...options, connectTimeout: 300 });
    expect(error.code).toBe('ERR_RTMP_TIMEOUT');
    expect(error.message).toContain('300 ms');
    await until('the connection is closed', () => mute.open() === 0);
    await mute.stop();
  });
});

describe('URLs', () => {
  const wrong = [
    `http://127.0.0.1/live/${key}`,
    `rtmpe://127.0.0.1/live/${key}`,
    'rtmp://127.0.0.1/',
    `rtmp:///live/${key}`,
    `rtmp://127.0.0.1:0/live/${key}`,
    `rtmp://127.0.0.1:99999/live/${key}`,
    `rtmp://127.0.0.1:port/live/${key}`,
    `rtmp://[::1/live/${key}`,
    `rtmp://127.0.0.1/live/${key}\n`,
    'not a url',
    '',
  ];
  test.for(wrong)('%j is none', async (url) => {
    const error = await rejection(publish(url, options));
    expect(error).toMatchObject({ code: 'ERR_RTMP_URL' });
    expect(`${error.message} ${error.stack}`).not.toContain(key);
  });

  test('an object of class URL will do, as will an IPv6 address and a name', async () => {
    const at = (host: string): string => nginx.url('elsewhere').replace('127.0.0.1', host);
    for (const url of [new URL(nginx.url('as-url')), at('[::1]'), at('localhost')]) {
      const stream = await publish(url, options);
      await stream.stop();
    }
  });

  test('anything else is a TypeError', async () => {
    expect(await rejection(publish(5 as unknown as string, options))).toBeInstanceOf(TypeError);
  });
});

describe('an AbortSignal', () => {
  const reason = new Error('enough');

  test('aborted before: nothing is opened', async () => {
    const server = await startScriptedServer(() => undefined);
    expect(await rejection(publish(server.url(), { ...options, signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(server.accepted()).toBe(0);
    await server.stop();
  });

  test('aborted at any moment while it connects', async () => {
    for (let wait = 0; wait < 20; wait++) {
      const abort = new AbortController();
      const publishing = publish(nginx.url('aborted'), { ...options, signal: abort.signal });
      for (let turn = 0; turn < wait; turn++) await new Promise(setImmediate);
      abort.abort(reason);
      const ended = publishing.then((stream) => stream.finished);
      expect(await within(10_000, 'the end', rejection(ended))).toBe(reason);
      await nginx.unpublished('aborted');
    }
  });

  test('aborted at once: rejects publish() itself', async () => {
    for (let time = 0; time < 20; time++) {
      const abort = new AbortController();
      const publishing = publish(nginx.url('aborted'), { ...options, signal: abort.signal });
      abort.abort(reason);
      expect(await within(10_000, 'the end', rejection(publishing))).toBe(reason);
    }
    await nginx.unpublished('aborted');
    await until('no thread is left', () => publisherThreads().length === 0);
  });

  test('aborted while the server keeps silent', async () => {
    const server = await startScriptedServer(() => undefined);
    const abort = new AbortController();
    const publishing = rejection(publish(server.url(), { ...options, signal: abort.signal }));
    await until('the connection is there', () => server.open() === 1);
    abort.abort(reason);
    expect(await within(5_000, 'the end', publishing)).toBe(reason);
    await until('the connection is closed', () => server.open() === 0);
    await server.stop();
  });

  test('aborted while publishing: finished rejects with the reason', async () => {
    const abort = new AbortController();
    const stream = await publish(nginx.url('cut'), { ...options, signal: abort.signal });
    await encoded(stream, { frames: 5 });
    abort.abort(reason);
    expect(await within(5_000, 'the end', rejection(stream.finished))).toBe(reason);
    expect(stream.state).toBe('stopped');
    await nginx.unpublished('cut');
    await until('no thread is left', () => publisherThreads().length === 0);
  });

  test('aborted after the end: nothing happens', async () => {
    const abort = new AbortController();
    const stream = await publish(nginx.url('done'), { ...options, signal: abort.signal });
    await stream.stop();
    abort.abort(reason);
    await stream.finished;
    expect(stream.state).toBe('stopped');
  });
});

describe('while publishing', () => {
  test('the server is killed', async () => {
    const mortal = await startNginx();
    const stream = await publish(mortal.url(key), options);
    const ended = rejection(stream.finished);
    await encoded(stream, { frames: 10 });
    await mortal.kill();
    const error = await within(10_000, 'the end', ended);
    expect(error).toMatchObject({ name: 'RtmpError', code: 'ERR_RTMP_DISCONNECTED', destination: masked(mortal.url(key)) });
    expect(stream.state).toBe('stopped');
    await stream.stop();
    await until('no thread is left', () => publisherThreads().length === 0);
    await mortal.stop();
  });

  test('the connection is reset', async () => {
    const link = await SlowLink.to(nginx.rtmpPort);
    const stream = await publish(link.url('reset'), options);
    const ended = rejection(stream.finished);
    await encoded(stream, { frames: 10 });
    link.cut();
    expect(await within(10_000, 'the end', ended)).toMatchObject({ code: 'ERR_RTMP_DISCONNECTED' });
    await link.stop();
    await nginx.unpublished('reset');
  });

  test('the server drops the publisher', async () => {
    const stream = await publish(nginx.url('dropped'), options);
    const ended = rejection(stream.finished);
    await nginx.published('dropped');
    await fetch(`http://127.0.0.1:${nginx.httpPort}/control/drop/publisher?app=live&name=dropped`);
    expect(await within(10_000, 'the end', ended)).toMatchObject({ code: 'ERR_RTMP_DISCONNECTED' });
  });
});

test('stop() may be called again and again', async () => {
  const stream = await publish(nginx.url('stopped'), options);
  await Promise.all([stream.stop(), stream.stop()]);
  await stream.stop();
  await stream.finished;
  await stream[Symbol.asyncDispose]();
  expect(stream.state).toBe('stopped');
  expect(await nginx.isPublished('stopped')).toBe(false);
});
