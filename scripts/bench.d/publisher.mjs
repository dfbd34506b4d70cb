// What a user's program is: imports the package and publishes the screen and the sound. Its one argument is JSON from peers.mjs.
// Says when publish() was called and when it resolved, in microseconds of CLOCK_MONOTONIC, and at the end what stats() says.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { publish, screen, systemAudio } from 'rtmp-pusher';

const options = JSON.parse(process.argv[2]);
const { url, display, device, eventLoop, frameRate, videoBitrate, keyframeEvery, audioBitrate, sampleRate } = options;
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const now = () => Number(process.hrtime.bigint() / 1000n);

const video = {
  source: screen({ display, frameRate, cursor: false }),
  preset: 'veryfast', tune: 'zerolatency', bitrate: videoBitrate, keyframeInterval: keyframeEvery / frameRate,
};
const audio = device ? { audio: { source: systemAudio({ device, sampleRate }), bitrate: audioBitrate } } : {};

say({ publishAt: now() });
const stream = await publish(url, { video, ...audio });
say({ publishedAt: now() });

// Its timer fires each millisecond, so that a loop without delay measures one.
const period = 1;
const delay = monitorEventLoopDelay({ resolution: period });
if (eventLoop) delay.enable();

process.once('SIGTERM', async () => {
  if (eventLoop) say({ eventLoopP99: delay.percentile(99) / 1e6 - period, eventLoopMax: delay.max / 1e6 - period });
  say({ stats: stream.stats() });
  await stream.stop();
});
await stream.finished;
