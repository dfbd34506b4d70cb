// `rtmp-pusher devices`: what this machine has to capture from, and what comes and goes.
import type { DeviceChange } from '../index.js';
import { changeLine, deviceList } from './device-list.js';
import { visible, visibleJson } from '../visible.js';
import { exitCodes } from './exit.js';
import { onInterruption } from './interruption.js';

export interface DevicesFlags {
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** Resolves with the exit code. */
export async function devices({ json = false, watch = false }: DevicesFlags): Promise<number> {
  await (watch ? follow(json ? (change) => `${visibleJson(JSON.stringify(change))}\n` : changeLine) : list(json));
  return exitCodes.ok;
}

async function list(json: boolean): Promise<void> {
  const { listDevices } = await import('../index.js');
  const found = await listDevices();
  if (json) {
    process.stdout.write(`${visibleJson(JSON.stringify({ devices: found, notes: found.notes }))}\n`);
    return;
  }
  process.stdout.write(deviceList(found));
  if (found.length === 0) process.stderr.write('no devices\n');
  for (const note of found.notes) process.stderr.write(`${visible(note)}\n`);
}

/** Until it is interrupted, or nobody reads on, as with `| head`. */
async function follow(line: (change: DeviceChange) => string): Promise<void> {
  const { watchDevices } = await import('../index.js');
  const watch = watchDevices();
  const end = () => void watch.destroy();
  onInterruption({ clean: end, atOnce: (signal) => process.exit(exitCodes.bySignal(signal)) });
  process.stdout.once('error', end);
  watch.on('data', (change: DeviceChange) => {
    if (process.stdout.write(line(change))) return;
    watch.pause();
    process.stdout.once('drain', () => watch.resume());
  });
  await new Promise<void>((resolve, reject) => watch.once('error', reject).once('close', resolve));
}
