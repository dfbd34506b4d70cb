// Ends the process while publish() still waits for the server.
import { publish } from 'rtmp-pusher';
import { options } from './stream.mjs';

publish(process.argv[2], options).catch(() => undefined);
console.log('connecting');
setTimeout(() => process.exit(0), 200);
