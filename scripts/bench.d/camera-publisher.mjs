// Publishes a camera and says four times a second how many frames were encoded, as ffmpeg does. Its one argument is JSON.
import { camera, publish } from 'rtmp-pusher';

const { url, bitrate, frameRate, ...size } = JSON.parse(process.argv[2]);
const source = camera({ ...size, frameRate, format: 'YUYV' });
const stream = await publish(url, { video: { source, preset: 'ultrafast', bitrate } });
setInterval(() => console.log(`frame=${stream.stats().video.framesEncoded}`), 250).unref();
process.once('SIGINT', () => void stream.stop());
await stream.finished;
