// Publishes inputs of another copy of the package, then its own.
import { AudioInput, publish, VideoInput } from 'rtmp-pusher';

const [copy, url] = process.argv.slice(2);
const theirs = await import(copy);
const format = { width: 64, height: 64, frameRate: 30, format: 'RGBA' };
const sound = { sampleRate: 48_000, channels: 1 };
for (const options of [{ video: new theirs.VideoInput(format) }, { audio: new theirs.AudioInput(sound) }]) {
  await publish(url, options).catch((error) => console.log(String(error)));
}
const stream = await publish(url, { video: new VideoInput(format), audio: new AudioInput(sound) });
await stream.stop();
console.log('own');
