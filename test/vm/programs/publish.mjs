// Runs in the machine of test/support/vm: publishes one camera after the other, with the sound card, to the server that is named.
// `publish.mjs URL-WITHOUT-KEY SOUND CAMERA...`: a file to play into the card, which loops it back; as JSON cameras, camera()'s
// options with a key, perhaps a file of JPEG pictures to show, and perhaps in `then` what is done while it is published: an act of
// those below with its argument.
// Prints the statistics of each, and what was told meanwhile, as a line of JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { camera, cameraControls, listDevices, microphone, publish, setCameraControls } from 'rtmp-pusher';

const [, , server, sound, ...cameras] = process.argv;
const stdio = ['ignore', 'ignore', 'inherit'];
const ffmpeg = (...words) => spawn('ffmpeg', ['-nostdin', '-loglevel', 'error', ...words], { stdio });

let player;
async function play() {
  player = ffmpeg('-stream_loop', '-1', '-i', sound, '-c', 'copy', '-f', 'alsa', 'hw:Loopback,0,0');
  const playing = () => readFileSync('/proc/asound/Loopback/pcm0p/sub0/status', 'utf8').includes('RUNNING');
  while (player.exitCode === null && !playing()) await sleep(50); // what plays first decides the card's format
}
async function end(child) {
  child?.kill('SIGKILL');
  if (child?.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Until so many more are in this statistic. */
async function more(stream, count, statistic) {
  const before = statistic(stream.stats());
  while (statistic(stream.stats()) < before + count) await Promise.race([stream.finished, sleep(50)]);
}
const captured = ({ video }) => video.framesCaptured;
const repeated = ({ video }) => video.framesRepeated;
const encoded = ({ video }) => video.framesEncoded;
const heard = ({ audio }) => audio.samplesCaptured;

/** Out for as long as `meanwhile` takes, and in again. */
async function unplug(stream, driver, device, meanwhile) {
  const tell = (what) => writeFile(`/sys/bus/platform/drivers/${driver}/${what}`, device);
  const lost = once(stream, 'device-lost');
  const gone = tell('unbind'); // the kernel returns to it when nobody has the device open any more
  const [{ track, error }] = await lost;
  await gone;
  await meanwhile();
  const back = once(stream, 'device-back');
  await tell('bind');
  const [{ away }] = await back;
  return { track, lost: error.code, device: error.device, away };
}

const acts = {
  /** Switched to them one after the other: what the statistics say that it runs with, and what the camera has. */
  async formats(stream, formats, options) {
    const taken = [];
    for (const format of formats) {
      await stream.setVideoSource(camera({ ...options, format }));
      await more(stream, 8, captured);
      taken.push(stream.stats().video.source.format);
    }
    const listed = (await listDevices()).filter(({ kind, id }) => kind === 'camera' && realpathSync(id) === options.device);
    const modes = listed.flatMap((each) => each.modes);
    return { taken, offered: [...new Set(modes.map(({ format }) => format))] };
  },
  async camera(stream, device) {
    const told = await unplug(stream, 'vivid', device, () => more(stream, 20, repeated));
    await more(stream, 20, captured);
    return told;
  },
  async card(stream, device) {
    await end(player);
    const told = await unplug(stream, 'snd_aloop', device, () => more(stream, 20, encoded));
    await more(stream, 48_000, heard);
    return told;
  },
  /** Set, seen for some pictures, and set back. */
  async control(stream, name, { device }) {
    const { [name]: control } = await cameraControls(device);
    await setCameraControls(device, { [name]: control.max });
    await more(stream, 8, captured);
    await setCameraControls(device, { [name]: control.value });
    await more(stream, 8, captured);
    return true;
  },
  /** Kept from running for longer than the card's memory lasts. */
  async stopped(stream, seconds) {
    const overruns = () => stream.stats().audio.inputs[0].overruns;
    const before = overruns();
    spawn('sh', ['-c', `kill -STOP ${process.pid}; sleep ${seconds}; kill -CONT ${process.pid}`], { stdio });
    while (overruns() === before) await Promise.race([stream.finished, sleep(50)]);
    await more(stream, 48_000, heard);
    await more(stream, 20, encoded);
    return overruns() - before;
  },
};

await play();
for (const { key, shows, then, ...options } of cameras.map((text) => JSON.parse(text))) {
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
  const [[act, argument] = []] = Object.entries(then ?? {});
  const told = act && (await acts[act](stream, argument, options));
  await stream.stop();
  await stream.finished;
  console.log(JSON.stringify({ key, stats: stream.stats(), told }));
  await end(feeder);
  if (player.exitCode !== null || player.signalCode !== null) await play();
}
await end(player);
