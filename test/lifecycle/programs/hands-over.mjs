// Inputs that go from publication to publication at once, while they are written to: as the only source, as one of a mix, by the end
// of a publication and by its abort, also in the midst of an exchange, and in a worker thread that is terminated meanwhile.
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { AudioInput, publish, silence, testPattern, VideoInput } from 'rtmp-pusher';

const [url, rounds] = workerData ?? [process.argv[2], Number(process.argv[3] ?? 100)];
const size = { width: 64, height: 64, frameRate: 30 };
const pattern = testPattern({ ...size, frameRate: 240 });
const sound = { sampleRate: 48_000, channels: 1, format: 's16' };
const newVideo = () => new VideoInput({ ...size, format: 'RGBA' });
let [video, audio] = [newVideo(), new AudioInput(sound)];
const data = { video: new Uint8Array(64 * 64 * 4), audio: new Int16Array(480) };
let keys = 0;

const writing = setInterval(() => {
  const timestamp = Math.round(performance.now() * 1_000);
  if (!video.writableNeedDrain) video.write({ format: 'RGBA', width: 64, height: 64, timestamp, data: data.video });
  if (!audio.writableNeedDrain) audio.write({ ...sound, timestamp, data: data.audio });
}, 2);

async function open(options) {
  const inputs = [{ source: silence() }, { source: silence() }];
  const stream = await publish(`${url}-${keys++}`, { video: pattern, audio: { inputs }, ...options });
  // What an input kept while nobody read it may be older than what the other brings.
  return stream.on('warning', ({ code, message }) => {
    if (code !== 'ERR_INPUT_TIMESTAMPS') throw new Error(message);
  });
}

async function toAndFro() {
  const streams = await Promise.all([open(), open()]);
  for (let round = 0; round < rounds; round++) {
    const stream = streams[round % 2];
    const input = { input: round % 3 === 0 ? 0 : 1 };
    await Promise.all([stream.setVideoSource(video), stream.setAudioSource(audio, input)]);
    await Promise.all([stream.setVideoSource(pattern), stream.setAudioSource(silence(), input)]);
  }
  await Promise.all(streams.map((stream) => stream.stop()));
}

async function afterAborts() {
  for (let round = 0; round < Math.min(rounds, 20); round++) {
    const abort = new AbortController();
    const stream = await open({ signal: abort.signal });
    const exchanges = [];
    if (round % 2 === 0) exchanges.push(stream.setVideoSource(video), stream.setAudioSource(audio));
    if (round % 4 === 0) await Promise.all(exchanges);
    exchanges.push(stream.setVideoSource(pattern), stream.setAudioSource(silence()));
    abort.abort(new Error('enough'));
    await stream.finished.catch(() => {});
    await Promise.allSettled(exchanges);
    // One that the publication held when it ended has ended with it.
    if (video.destroyed) video = newVideo();
    if (audio.destroyed) audio = new AudioInput(sound);
  }
}

if (isMainThread) {
  await toAndFro();
  for (let round = 0; round < 3; round++) {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: [`${url}-worker-${round}`, 1e9] });
    await once(worker, 'message');
    await worker.terminate();
  }
  await afterAborts();
  clearInterval(writing);
  console.log('handed over');
} else {
  setTimeout(() => parentPort.postMessage('runs'), 300);
  await toAndFro();
}
