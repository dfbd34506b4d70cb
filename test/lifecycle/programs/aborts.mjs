// Aborts while the server keeps silent, and does nothing to end the process.
import { publish } from 'rtmp-pusher';
import { options } from './stream.mjs';

const abort = new AbortController();
const publishing = publish(process.argv[2], { ...options, signal: abort.signal });
setTimeout(() => abort.abort(new Error('enough')), 200);
await publishing.catch((error) => console.log(`rejected: ${error.message}`));
