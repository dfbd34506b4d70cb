// Runs in the machine of test/support/vm: publishes one camera after the other, with the sound card, to the server that is named.
// `publish.mjs URL-WITHOUT-KEY SOUND CAMERA...`: a file to play into the card, which loops it back; cameras as JSON, camera()'s
// options with a key and perhaps a file of JPEG pictures to show; `formats` that it is switched to one after the other; `unplug`: its
// driver's name for it, to be taken out and put back.
// Prints the statistics of each, and what was told meanwhile, as a line of JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { camera, cameraControls, microphone, publish } from 'rtmp-pusher';

const [, , server, sound, ...cameras] = process.argv;
const stdio = ['ignore', 'ignore', 'inherit'];
const ffmpeg = (...words) => spawn('ffmpeg', ['-nostdin', '-loglevel', 'error', ...words], { stdio });

const player = ffmpeg('-stream_loop', '-1', '-i', sound, '-c', 'copy', '-f', 'alsa', 'hw:Loopback,0,0');
const playing = () => readFileSync('/proc/asound/Loopback/pcm0p/sub0/status', 'utf8').includes('RUNNING');
while (player.exitCode === null && !playing()) await sleep(50); // what plays first decides the card's format

async function morePictures(stream, count) {
  const { framesCaptured } = stream.stats().video;
  while (stream.stats().video.framesCaptured < framesCaptured + count) await sleep(50);
}

/** What the statistics say that it runs with. */
async function switchTo(stream, formats, options) {
  const taken = [];
  for (const format of formats) {
    await stream.setVideoSource(camera({ ...options, format }));
    await morePictures(stream, 8);
    taken.push(stream.stats().video.source.format);
  }
  return taken;
}

/** Out for a while, and in again. */
async function unplug(stream, device) {
  const driver = '/sys/bus/platform/drivers/vivid';
  const lost = once(stream, 'device-lost');
  writeFileSync(`${driver}/unbind`, device);
  const [{ error }] = await lost;
  const { framesRepeated } = stream.stats().video;
  while (stream.stats().video.framesRepeated < framesRepeated + 20) await sleep(50);
  const back = once(stream, 'device-back');
  writeFileSync(`${driver}/bind`, device);
  const [{ away }] = await back;
  await morePictures(stream, 20);
  return { lost: error.code, device: error.device, away };
}

for (const { key, shows, formats, unplug: plug, ...options } of cameras.map((text) => JSON.parse(text))) {
  if (!existsSync(options.device)) continue;
  const feeder = shows && ffmpeg('-re', '-stream_loop', '-1', '-i', shows, '-c', 'copy', '-f', 'v4l2', options.device);
  const isCamera = () => cameraControls(options.device).then(() => true, () => false); // only while it is fed
  while (feeder?.exitCode === null && !(await isCamera())) await sleep(50);
  const stream = await publish(`${server}/${key}`, {
    video: { source: camera(options), preset: 'ultrafast' },
    audio: microphone({ device: 'hw:CARD=Loopback,DEV=1', channels: 1 }),
  });
  const enough = ({ video, audio }) => video.framesEncoded >= 20 && audio.samplesCaptured >= 2 * 48_000;
  while (!enough(stream.stats())) await Promise.race([stream.finished, sleep(50)]);
  const told = (plug && (await unplug(stream, plug))) ?? (formats && (await switchTo(stream, formats, options)));
  await stream.stop();
  await stream.finished;
  console.log(JSON.stringify({ key, stats: stream.stats(), told }));
  feeder?.kill('SIGKILL');
}
player.kill('SIGKILL');
