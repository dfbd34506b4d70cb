// What goes over the wire, message by message: read by an RTMP server that keeps all of it.
import { beforeAll, describe, expect, test } from 'vitest';
import { publish, testPattern, tone } from '../../src/index.js';
import { readAmf, type Amf } from '../support/amf0.js';
import { backwards } from '../support/flv.js';
import { encoded } from '../support/recorded.js';
import type { Message } from '../support/rtmp-peer.js';
import { startIngest } from '../support/scripted-server.js';
import { until } from '../support/until.js';

const [setChunkSize, audio, video, script, command] = [1, 8, 9, 18, 20];

describe('the messages of a publication', () => {
  let messages: Message[];
  let connect: Record<string, Amf>;
  let port = 0;

  beforeAll(async () => {
    const server = await startIngest();
    const stream = await publish(server.url('key?token=a%20b&c=d'), {
      video: { source: testPattern({ width: 640, height: 360 }), bitrate: 800_000 },
      audio: { source: tone(), bitrate: 96_000 },
    });
    await encoded(stream, { frames: 70 });
    await stream.stop();
    await until('the connection is closed', () => server.open() === 0);
    messages = server.messages;
    connect = server.connect()[0] as Record<string, Amf>;
    port = server.port;
    await server.stop();
  });

  const commands = (): Amf[][] => messages.filter((message) => message.type === command).map((message) => readAmf(message.body));
  const media = (): Message[] => messages.filter((message) => message.type === audio || message.type === video);

  test('connect names the app, the tcUrl and a flashVer', () => {
    expect(connect).toMatchObject({ app: 'live', tcUrl: `rtmp://127.0.0.1:${port}/live`, type: 'nonprivate' });
    expect(connect['flashVer']).toMatch(/^FMLE\/3\.0/);
  });

  test('onMetaData comes first and is complete', () => {
    const [first] = messages.filter((message) => [audio, video, script].includes(message.type));
    expect(first && readAmf(first.body)).toEqual([
      '@setDataFrame',
      'onMetaData',
      {
        duration: 0,
        filesize: 0,
        width: 640,
        height: 360,
        videocodecid: 7,
        videodatarate: 800,
        framerate: 30,
        audiocodecid: 10,
        audiodatarate: 96,
        audiosamplerate: 48_000,
        audiosamplesize: 16,
        audiochannels: 2,
        stereo: true,
        encoder: expect.stringMatching(/^rtmp-pusher \d+\.\d+\.\d+/),
      },
    ]);
  });

  test('both sequence headers come before any media of their track', () => {
    for (const type of [audio, video]) {
      const packets = media().filter((message) => message.type === type).map((message) => message.body[1]);
      expect(packets[0]).toBe(0);
      expect(packets.slice(1).filter((kind) => kind === 0)).toEqual([]);
    }
  });

  test('timestamps begin near 0 and rise in each track', () => {
    expect(media()[0]?.timestamp).toBeLessThan(1000);
    for (const type of [audio, video]) {
      const times = media().filter((message) => message.type === type).map((message) => message.timestamp);
      expect(times.length).toBeGreaterThan(2);
      expect(backwards(times)).toEqual([]);
    }
  });

  test('each track has a chunk stream of its own', () => {
    const streamsOf = (type: number): number[] => [
      ...new Set(media().filter((message) => message.type === type).map((message) => message.chunkStream)),
    ];
    expect(streamsOf(audio)).toHaveLength(1);
    expect(streamsOf(video)).toHaveLength(1);
    expect(streamsOf(audio)).not.toEqual(streamsOf(video));
    expect(new Set(media().map((message) => message.messageStream))).toEqual(new Set([1]));
  });

  test('ends with the last picture, FCUnpublish and deleteStream', () => {
    // No AVC end of sequence (2): packagers make a last segment without a picture of it.
    const last = media().filter((message) => message.type === video).at(-1);
    expect(last?.body[1]).toBe(1);
    expect(commands().map(([name]) => name)).toEqual(['FCUnpublish', 'deleteStream']);
    expect(commands()[0]?.[3]).toBe('key?token=a%20b&c=d');
  });
});

test('the chunk size is raised before media is sent', async () => {
  const server = await startIngest();
  const stream = await publish(server.url(), { video: testPattern({ width: 640, height: 360 }) });
  await encoded(stream, { frames: 5 });
  await stream.stop();
  await server.stop();
  expect(server.chunkSize()).toBeGreaterThanOrEqual(4096);
  expect(server.messages.filter((message) => message.type === setChunkSize).length).toBeLessThanOrEqual(1);
});

test('the stream key goes to the server as it was written', async () => {
  const server = await startIngest();
  const stream = await publish(server.url('a-Z_0.9~%2F?x=1&y=%20'), { audio: tone() });
  await stream.stop();
  await server.stop();
  expect(server.key()).toBe('a-Z_0.9~%2F?x=1&y=%20');
});
