// Publishes and never looks at how it ends.
import { publish } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

const stream = await publish(process.argv[2], options);
await someFrames(stream);
console.log('publishing');
