// Captures without publishing: reads one frame and one buffer, then ends the process in the way that is asked for.
import { captureAudio, captureVideo, testPattern, tone } from 'rtmp-pusher';

const frames = captureVideo(testPattern());
const sound = captureAudio(tone());
await Promise.all([frames, sound].map((stream) => new Promise((resolve) => stream.once('data', resolve))));
console.log('captured');
if (process.argv[2] === 'exit') process.exit(0);
frames.destroy();
sound.destroy();
