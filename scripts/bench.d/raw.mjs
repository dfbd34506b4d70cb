// Raw frames at 1920x1080: written by a program and published, and captured from the screen. What they cost the program's thread.
import { fileURLToPath } from 'node:url';
import { Child } from './child.mjs';
import { Stage } from './stage.mjs';

const size = { width: 1920, height: 1080 };
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A program of ours with its one argument, to its end: what it said last. */
async function told(stage, name, settings) {
  const program = new Child(process.execPath, [path(name), JSON.stringify({ ...size, ...settings })], { env: stage.env });
  await program.ended;
  if (!program.lines.at(-1)?.startsWith('{')) throw new Error(`${name}: ${program.complaints.trim() || 'ended without figures'}`);
  return JSON.parse(program.lines.at(-1));
}

const whole = (value) => value.toFixed(0).padStart(6);

export async function raw({ programs, seconds, say }) {
  const stage = await Stage.open({ ...size, programs });
  say('frames written');
  const written = await told(stage, 'raw-writer.mjs', { url: stage.url('raw'), seconds });
  say('frames captured');
  const captured = [];
  for (const frameRate of [30, 240]) captured.push(await told(stage, 'raw-reader.mjs', { frameRate, seconds }));
  await stage.close();

  const { write, copy } = written;
  const lines = [
    `1920x1080 BGRA, ${(size.width * size.height * 4 / 1e6).toFixed(1)} MB a frame; ${seconds} s each`,
    '',
    'written at 30 frames/s and published with x264 ultrafast',
    `  write(), us, p50 / p95               ${whole(write.p50)} / ${whole(write.p95)}`,
    `  Buffer.copy() of as much, us         ${whole(copy.p50)} / ${whole(copy.p95)}`,
    `  this thread's CPU a frame, us        ${whole(written.threadCpu)}, with everything that a write brings with it`,
    `  frames encoded of those written      ${written.encoded} of ${written.frames}`,
  ];
  for (const { frameRate, frames, seconds: took, threadCpu, processCpu, memory } of captured) {
    lines.push('', `captured from the screen, ${frameRate} frames/s asked for`,
      `  frames a second                      ${(frames / took).toFixed(1).padStart(6)}`,
      `  this thread's CPU a frame, us        ${whole(threadCpu)}, garbage collection included`,
      `  the process's CPU a frame, us        ${whole(processCpu)}`,
      `  memory, most more than before, MB    ${whole(memory)}`);
  }
  console.log(lines.join('\n'));
  return { written, captured };
}
