// The run: every peer in turn on one stage, the bare codecs before and after them; then the table. Or one of the other benches.
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { camera } from './camera.mjs';
import { Child, sleep } from './child.mjs';
import { goalLines } from './goals.mjs';
import { measure, median } from './measure.mjs';
import { readOptions } from './options.mjs';
import { peers } from './peers.mjs';
import { raw } from './raw.mjs';
import { clearAll, Stage } from './stage.mjs';
import { floorLine, table } from './table.mjs';

const programs = process.env.BENCH_PROGRAMS;
const libfaac = process.env.BENCH_LIBFAAC;
const options = readOptions();
const say = (text) => process.stderr.write(`bench: ${text}\n`);

async function runFloor(stage) {
  say('bare codecs');
  const floor = new Child(join(programs, 'codec-floor'), [stage.display, String(options.seconds), libfaac]);
  await floor.ended;
  if (floor.lines.length === 0) throw new Error(floor.complaints);
  return JSON.parse(floor.lines[0]);
}

/** Seconds of CPU per 1,000 frames, of all and of each part. */
function meanOf(floors) {
  if (floors.length === 0) return undefined;
  const frames = floors.reduce((sum, floor) => sum + floor.frames, 0);
  const mean = (part) => (1000 * floors.reduce((sum, floor) => sum + floor[part], 0)) / frames;
  const parts = Object.fromEntries(['cpu', 'x264', 'faac', 'conversion', 'screen'].map((part) => [part, mean(part)]));
  if (!options.sound) parts.cpu -= parts.faac;
  return { ...parts, memory: floors[0].memory, spread: floors.map((floor) => (1000 * floor.cpu) / floor.frames) };
}

async function runPeer(stage, name, { eventLoop = false, starts = options.starts } = {}) {
  say(`${name} at ${stage.width}x${stage.height}`);
  const run = (number, seconds) =>
    measure({ stage, programs, peer: peers[name], key: `${name}-${number}`, sound: options.sound, seconds, eventLoop });
  try {
    const figures = await run(0, options.seconds);
    const all = [figures.start];
    for (let number = 1; number < starts; ++number) {
      await sleep(300);
      all.push((await run(number, 0)).start);
    }
    const middle = (event) => ({
      fromProcess: median(all.map((start) => start[event].fromProcess)),
      fromPublish: median(all.map((start) => start[event].fromPublish)),
    });
    return { name, figures: { ...figures, start: { listed: middle('listed'), keyframe: middle('keyframe') }, starts: all } };
  } catch (error) {
    say(`${name}: ${error.message}`);
    process.exitCode = 1;
    return { name, figures: { error: error.message } };
  }
}

async function onStage(width, height, play) {
  const stage = await Stage.open({ width, height, programs });
  const result = await play(stage);
  return { ...result, clock: await stage.close() };
}

const save = async (figures) => options.json && writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);

async function main() {
  if (options.what === 'raw') return save(await raw({ programs, seconds: options.seconds, say }));
  if (options.what === 'camera') return save(await camera({ seconds: options.seconds, say }));
  const load = loadavg()[0];
  const { results, floor, clock } = await onStage(1280, 720, async (stage) => {
    const floors = [];
    if (options.floor) floors.push(await runFloor(stage));
    const results = [];
    for (const name of options.names) results.push(await runPeer(stage, name));
    if (options.floor) floors.push(await runFloor(stage));
    return { floor: meanOf(floors), results };
  });
  const works = results.every(({ name, figures }) => name !== 'rtmp-pusher' || !figures.error);
  const large = options.large && works && await onStage(1920, 1080, async (stage) => ({
    results: [await runPeer(stage, 'rtmp-pusher', { eventLoop: true, starts: 1 })],
  }));

  console.log(`1280x720, 30 frames/s, x264 veryfast/zerolatency 2.5 Mbit/s, ${options.sound ? 'AAC 128 kbit/s' : 'no sound'}, ` +
    `nginx-rtmp; ${options.seconds} s each; ${cpus().length} x ${cpus()[0].model}, Linux ${release()}, ` +
    `load ${load.toFixed(1)} at the start\n`);
  console.log(table(results, floor));
  if (floor) console.log(`\n${floorLine(floor)}`);
  if (large) console.log(`\n1920x1080, the event loop watched\n\n${table(large.results)}`);
  console.log(`\nthe clock: painted ${clock.paintMean} us after it was read (${clock.paintMax} at most), ` +
    `${clock.missedTicks} of ${clock.ticks + clock.missedTicks} ticks of 2 ms missed; beeps true within ${clock.beepSpread} us`);
  const goals = options.sound ? goalLines({ results, floor, large }) : [];
  if (goals.length > 0) console.log(`\n${goals.join('\n')}`);
  await save({ floor, results, large, clock, load });
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await clearAll();
    process.exit(130);
  });
}
try {
  await main();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
} finally {
  await clearAll();
}
