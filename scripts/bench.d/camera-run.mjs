// In the virtual machine: publishes its camera with rtmp-pusher and with ffmpeg in turns, and says what each costs. Its one
// argument is JSON from camera.mjs.
import { fileURLToPath } from 'node:url';
import { Child, endAll, sleep } from './child.mjs';
import { memory } from './cost.mjs';

const { url, clock, width, height, frameRate, bitrate, seconds, rounds } = JSON.parse(process.argv[2]);
const device = '/dev/video0';

const ffmpeg = (key) => ['ffmpeg', [
  '-hide_banner', '-nostdin', '-loglevel', 'error', '-progress', 'pipe:1', '-stats_period', 0.25,
  '-f', 'v4l2', '-input_format', 'yuyv422', '-video_size', `${width}x${height}`, '-framerate', frameRate, '-i', device,
  '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p',
  '-g', 2 * frameRate, '-sc_threshold', 0,
  '-b:v', bitrate, '-maxrate', bitrate, '-bufsize', bitrate, '-f', 'flv', `${url}/${key}`,
].map(String)];
const ours = (key) => [process.execPath, [fileURLToPath(new URL('camera-publisher.mjs', import.meta.url)),
  JSON.stringify({ url: `${url}/${key}`, device, width, height, frameRate, bitrate })]];

/** Seconds of CPU that the whole machine has cost. */
const cpuSeconds = async () => Number(await (await fetch(clock)).text());

async function measure(name, [command, args]) {
  let frames = 0;
  const counted = (line) => (frames = Number(/^frame=\s*(\d+)/.exec(line)?.[1] ?? frames));
  const child = new Child(command, args, { onLine: counted });
  await child.until(() => frames >= frameRate, 'a second of frames', 60);
  const before = { cpu: await cpuSeconds(), frames, moment: performance.now() };
  await sleep(seconds * 1000);
  const cpu = (await cpuSeconds()) - before.cpu, count = frames - before.frames;
  const rate = (1000 * count) / (performance.now() - before.moment);
  const { peak } = memory(child.pid);
  await child.end('SIGINT', 20);
  return { name, cpuPerFrame: (1000 * cpu) / count, rate, memory: peak };
}

try {
  for (let round = 0; round < rounds; ++round) {
    for (const [name, command] of Object.entries({ 'rtmp-pusher': ours, ffmpeg })) {
      console.log(JSON.stringify(await measure(name, command(`${name}-${round}`))));
    }
  }
} finally {
  await endAll();
}
