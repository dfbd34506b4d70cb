// What scripts/smoke runs in a folder where only the packed package is installed: two seconds of the test pattern with its beep
// to a local server, and what came out.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { publish, testPattern, tone } from 'rtmp-pusher';

const server = spawn(process.execPath, [process.env.SMOKE_SERVER], { stdio: ['pipe', 'pipe', 'ignore'] });
const [line] = await once(createInterface(server.stdout), 'line');
const stream = await publish(`${JSON.parse(line).rtmp}/smoke`, { video: testPattern({ width: 640, height: 360 }), audio: tone() });
while (stream.stats().duration < 2) await Promise.race([pause(100), stream.finished]);
const { video, audio, destinations } = stream.stats();
await stream.stop();
server.stdin.end();
await once(server, 'exit');

const enough = video.framesEncoded > 30 && audio.packetsEncoded > 40 && destinations[0].bytesSent > 10_000;
console.log(`smoke: ${video.framesEncoded} frames, ${audio.packetsEncoded} AAC packets, ${destinations[0].bytesSent} bytes sent`);
process.exitCode = enough ? 0 : 1;
