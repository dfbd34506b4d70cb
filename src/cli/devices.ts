// `rtmp-pusher devices`: what this machine has to capture from.
import type { CameraMode, Device, DeviceList } from '../index.js';
import { exitCodes } from './exit.js';

/** Resolves with the exit code. */
export async function devices({ json = false }: { readonly json?: boolean }): Promise<number> {
  const { listDevices } = await import('../index.js');
  const list = await listDevices();
  if (json) process.stdout.write(`${JSON.stringify({ devices: list, notes: list.notes })}\n`);
  else print(list);
  return exitCodes.ok;
}

function print(list: DeviceList): void {
  if (list.length > 0) process.stdout.write(table([['KIND', 'ID', 'FORMAT', 'BACKEND', 'LABEL'], ...list.map(row)]));
  else process.stderr.write('no devices\n');
  for (const note of list.notes) process.stderr.write(`${note}\n`);
}

function row(device: Device): string[] {
  return [device.kind, device.id, format(device), device.backend, device.label];
}

function format(device: Device): string {
  switch (device.kind) {
    case 'camera':
      return largest(device.modes);
    case 'screen':
      return `${device.width}x${device.height}`;
    default:
      return `${device.sampleRate} Hz, ${device.channels} ch`;
  }
}

/** "up to 1920x1080, 9 modes": all of them are in --json. */
function largest(modes: readonly CameraMode[]): string {
  const { width, height } = modes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
  return `up to ${width}x${height}, ${modes.length} mode${modes.length === 1 ? '' : 's'}`;
}

/** Rows of cells in columns two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0));
  return rows.map((cells) => `${cells.map((cell, column) => cell.padEnd(width(column))).join('  ').trimEnd()}\n`).join('');
}
