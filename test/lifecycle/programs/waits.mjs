// Publishes until it ends, and says how.
import { publish } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

const stream = await publish(process.argv[2], options);
const ended = stream.finished.then(() => 'finished', (error) => error.code);
await someFrames(stream);
console.log('publishing');
console.log(`ended: ${await ended}`);
