// Publishes, stops, and does nothing to end the process: it must end by itself.
import { publish } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

const stream = await publish(process.argv[2], options);
console.log('publishing');
await someFrames(stream);
await stream.stop();
console.log('stopped');
