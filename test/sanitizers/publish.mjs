// Everything that has threads, once, in one process: what a sanitizer is to see. It judges; the tests here only make sure that
// the work was done. The argument is the address of an RTMP server's app.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AudioInput, captureAudio, captureVideo, listDevices, publish, screen, silence, systemAudio, testPattern, tone, VideoInput,
  watchDevices,
} from '../../dist/index.js';

const app = process.argv[2];
const small = { width: 320, height: 180, frameRate: 15 };

/** Until that many frames were encoded; fails with the publication. */
async function frames(stream, count) {
  while (stream.stats().video.framesEncoded < count) await Promise.race([pause(20), stream.finished]);
}

test('pattern and beep, retuned while they run', async () => {
  const stream = await publish(`${app}/pattern`, { video: testPattern(small), audio: tone() });
  await frames(stream, 10);
  stream.setVideoBitrate(300_000);
  stream.requestKeyframe();
  await frames(stream, 30);
  await stream.stop();
  await stream.finished;
});

test('two publications at once, one of them dropped by a signal', async () => {
  const abort = new AbortController();
  const first = await publish(`${app}/first`, { video: testPattern(small), audio: tone(), signal: abort.signal });
  const second = await publish(`${app}/second`, { video: testPattern(small) });
  await Promise.all([frames(first, 10), frames(second, 10)]);
  abort.abort(new Error('enough'));
  await assert.rejects(first.finished, /enough/);
  await second.stop();
});

test('the screen and the sound of a desktop', async () => {
  const stream = await publish(`${app}/desktop`, {
    video: { source: screen({ frameRate: 15 }), width: 320, height: 180 },
    audio: systemAudio(),
  });
  await frames(stream, 20);
  await stream.stop();
});

test('frames and sound written by the program', async () => {
  const video = new VideoInput({ ...small, format: 'RGBA' });
  const audio = new AudioInput({ sampleRate: 48_000, channels: 2 });
  const stream = await publish(`${app}/written`, { video, audio });
  const data = new Uint8Array(small.width * small.height * 4);
  const samples = new Float32Array(2 * 48_000 / small.frameRate);
  for (let index = 0; index < 20; index++) {
    const timestamp = Math.round((index * 1_000_000) / small.frameRate);
    const picture = { format: 'RGBA', width: small.width, height: small.height, timestamp, data };
    await new Promise((done) => video.write(picture, done));
    await new Promise((done) => audio.write({ format: 'f32', sampleRate: 48_000, channels: 2, timestamp, data: samples }, done));
  }
  video.end();
  audio.end();
  await stream.finished;
});

test('several sounds, and sources exchanged while they run', async () => {
  const inputs = [{ source: tone() }, { source: systemAudio(), gain: 0.5 }];
  const stream = await publish(`${app}/exchanged`, { video: testPattern(small), audio: { inputs } });
  for (const [video, audio] of [[screen({ frameRate: 15 }), silence()], [testPattern(small), tone()]]) {
    await Promise.all([stream.setVideoSource(video), stream.setAudioSource(audio, { input: 1 })]);
    stream.setAudioGain(0.1);
    stream.setAudioMuted(true, { input: 1 });
    await frames(stream, stream.stats().video.framesEncoded + 10);
  }
  await assert.rejects(stream.setVideoSource(screen({ display: ':987' })), { code: 'ERR_DEVICE_NOT_FOUND' });
  const late = stream.setVideoSource(screen()).catch(() => {});
  await stream.stop();
  await late;
});

test('inputs that go from one publication to another while they are written to', async () => {
  const video = new VideoInput({ ...small, format: 'RGBA' });
  const audio = new AudioInput({ sampleRate: 48_000, channels: 1 });
  const data = new Uint8Array(small.width * small.height * 4);
  const samples = new Float32Array(480);
  const writing = setInterval(() => {
    const timestamp = Math.round(performance.now() * 1_000);
    if (!video.writableNeedDrain) video.write({ format: 'RGBA', width: small.width, height: small.height, timestamp, data });
    if (!audio.writableNeedDrain) audio.write({ format: 'f32', sampleRate: 48_000, channels: 1, timestamp, data: samples });
  }, 2);
  const streams = await Promise.all(['to', 'fro'].map((key) => publish(`${app}/${key}`, { video: testPattern(small), audio: silence() })));
  for (let round = 0; round < 30; round++) {
    const stream = streams[round % 2];
    await Promise.all([stream.setVideoSource(video), stream.setAudioSource(audio)]);
    await Promise.all([stream.setVideoSource(testPattern(small)), stream.setAudioSource(silence())]);
  }
  const late = streams[0].setVideoSource(video).catch(() => {});
  await Promise.all(streams.map((stream) => stream.stop()));
  await late;
  clearInterval(writing);
});

test('devices as they come and go', async () => {
  for await (const { type, device } of watchDevices()) {
    assert.equal(type, 'added');
    if (device.kind === 'screen') break;
  }
});

test('captured frames and sound, read and left', async () => {
  let count = 0;
  for await (const frame of captureVideo(screen())) {
    assert.ok(frame.data.length > 0);
    if (++count === 5) break;
  }
  for await (const buffer of captureAudio(systemAudio())) {
    assert.ok(buffer.data.length > 0);
    if (++count === 10) break;
  }
  assert.equal(count, 10);
});

test('what cannot be had', async () => {
  const devices = await listDevices();
  assert.ok(devices.length > 0);
  await assert.rejects(publish('rtmp://127.0.0.1:1/live/none', { video: testPattern(small) }), { code: 'ERR_RTMP_CONNECT' });
  await assert.rejects(publish(`${app}/none`, { video: screen({ display: ':987' }) }), { code: 'ERR_DEVICE_NOT_FOUND' });
});
