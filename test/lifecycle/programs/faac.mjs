// Publishes for as many frames as asked, with the libfaac of RTMP_PUSHER_FAAC.
import { publish, testPattern, tone } from 'rtmp-pusher';
import { someFrames } from './stream.mjs';

const [url, frames] = process.argv.slice(2);
const stream = await publish(url, { video: testPattern({ width: 640, height: 360 }), audio: tone() });
await someFrames(stream, Number(frames));
await stream.stop();
