// From V4L2 to x264 and the wire, ours beside ffmpeg's, on the camera of the tests' virtual machine. Where there is no KVM its
// processor is emulated: only the ratio of the two tells something. What a frame costs is what QEMU takes for it, the kernel and
// its camera included: a guest's own account has also the time in which it did not run.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Child } from './child.mjs';
import { cpuSeconds } from './cost.mjs';
import { median } from './measure.mjs';
import { Stage } from './stage.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const picture = { width: 320, height: 180, frameRate: 30, bitrate: 500_000 };
const rounds = 5;

export async function camera({ seconds, say }) {
  const stage = await Stage.openServer();
  let machine;
  const clock = createServer((_, response) => response.end(String(cpuSeconds(machine.pid)))).listen(0, '127.0.0.1');
  await once(clock, 'listening');
  const settings = {
    ...picture, rounds, seconds: Math.min(seconds, 6),  // the machine has 150 s
    url: `rtmp://10.0.2.2:${stage.rtmpPort}/live`, clock: `http://10.0.2.2:${clock.address().port}`,
  };
  say('in the virtual machine');
  machine = new Child(path('../../test/support/vm'), [process.execPath, path('camera-run.mjs'), JSON.stringify(settings)]);
  await machine.ended;
  clock.close();
  await stage.close();
  const results = machine.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  if (results.length < 2 * rounds) throw new Error(`${machine.complaints} ${machine.lines.join('\n')}`.trim());

  const lines = [`${picture.width}x${picture.height} YUYV at ${picture.frameRate} frames/s, x264 ultrafast/zerolatency; ` +
    `${rounds} times ${settings.seconds} s each in turns, in QEMU`, ''];
  const middle = {};
  for (const name of ['rtmp-pusher', 'ffmpeg']) {
    const of = (figure) => results.filter((result) => result.name === name).map((result) => result[figure]);
    const cpu = of('cpuPerFrame');
    middle[name] = median(cpu);
    const runs = cpu.map((ms) => ms.toFixed(2)).join(', ');
    lines.push(`${name.padEnd(12)} the machine's CPU a frame, ms: ${middle[name].toFixed(2)} (${runs}); ` +
      `${median(of('rate')).toFixed(1)} frames/s; memory, most resident, MB: ${median(of('memory')).toFixed(0)}`);
  }
  lines.push(`that is ${((100 * middle['rtmp-pusher']) / middle.ffmpeg).toFixed(0)} % of ffmpeg's`);
  console.log(lines.join('\n'));
  return results;
}
