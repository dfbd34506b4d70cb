// Runs in the machine of test/support/vm: publishes one camera after the other, with the sound card, to the server that is named.
// `publish.mjs URL-WITHOUT-KEY SOUND CAMERA...`: a file to play into the card, which loops it back; cameras as JSON, camera()'s
// options with a key and perhaps a file of JPEG pictures to show. Prints the statistics of each as a line of JSON.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { camera, cameraControls, microphone, publish } from 'rtmp-pusher';

const [, , server, sound, ...cameras] = process.argv;
const stdio = ['ignore', 'ignore', 'inherit'];
const ffmpeg = (...words) => spawn('ffmpeg', ['-nostdin', '-loglevel', 'error', ...words], { stdio });

const player = ffmpeg('-stream_loop', '-1', '-i', sound, '-c', 'copy', '-f', 'alsa', 'hw:Loopback,0,0');
const playing = () => readFileSync('/proc/asound/Loopback/pcm0p/sub0/status', 'utf8').includes('RUNNING');
while (player.exitCode === null && !playing()) await sleep(50); // what plays first decides the card's format

for (const { key, shows, ...options } of cameras.map((text) => JSON.parse(text))) {
  if (!existsSync(options.device)) continue;
  const feeder = shows && ffmpeg('-re', '-stream_loop', '-1', '-i', shows, '-c', 'copy', '-f', 'v4l2', options.device);
  const isCamera = () => cameraControls(options.device).then(() => true, () => false); // only while it is fed
  while (feeder?.exitCode === null && !(await isCamera())) await sleep(50);
  const stream = await publish(`${server}/${key}`, {
    video: { source: camera(options), preset: 'ultrafast' },
    audio: microphone({ device: 'hw:CARD=Loopback,DEV=1', channels: 1 }),
  });
  const enough = ({ video, audio }) => video.framesEncoded >= 20 && audio.samplesCaptured >= 3 * 48_000;
  while (!enough(stream.stats())) await Promise.race([stream.finished, sleep(50)]);
  await stream.stop();
  await stream.finished;
  console.log(JSON.stringify({ key, stats: stream.stats() }));
  feeder?.kill('SIGKILL');
}
player.kill('SIGKILL');
