// Writes 1,600 MB to inputs, 32 MB to each: to some that are dropped, to some that are destroyed and kept, or to some that a
// publication has ended with, which are kept too; read to their end or not. Prints by how many megabytes the process has grown at most.
import { once } from 'node:events';
import { publish, VideoInput } from 'rtmp-pusher';

const [way, url] = process.argv.slice(2);
const format = { width: 2048, height: 2048, frameRate: 30, format: 'RGBA' };
const frame = { ...format, timestamp: 0, data: new Uint8Array(2048 * 2048 * 4).fill(1) };
const size = () => process.memoryUsage.rss() / 2 ** 20;
const before = size();
const kept = [];
let most = 0;

/** The second frame is an hour ahead, which is told. */
function jumps({ code, message }) {
  if (code !== 'ERR_INPUT_TIMESTAMPS') throw new Error(message);
}

for (let count = 0; count < 50; count++) {
  const input = new VideoInput(format);
  const stream = way === 'published' && (await publish(`${url}-${count}`, { video: { source: input, width: 64, height: 64 } }));
  if (stream) stream.on('warning', jumps);
  input.write(frame);
  const late = { ...frame, timestamp: 3_600_000_000 };
  if (way === 'published' && count % 2 === 0) {
    input.end(late);
    await once(input, 'finish');
  } else {
    await new Promise((done) => input.write(late, () => done()) || setImmediate(done));
  }
  most = Math.max(most, size() - before);
  if (way === 'destroyed') input.destroy();
  if (stream) await stream.stop();
  if (way !== 'dropped') kept.push(input);
}
console.log(Math.round(most));
