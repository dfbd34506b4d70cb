// Ends the process while publishing, in the way that is asked for.
import { publish } from 'rtmp-pusher';
import { options, someFrames } from './stream.mjs';

const [url, way] = process.argv.slice(2);
const stream = await publish(url, options);
console.log('publishing');
await someFrames(stream);
if (way === 'exit') process.exit(0);
if (way === 'exit in stop') stream.stop().then(() => console.log('stopped'));
if (way === 'exit in stop') process.exit(0);
if (way === 'throw') throw new Error('on purpose');
