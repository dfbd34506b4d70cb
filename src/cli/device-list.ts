// Devices as people read them. Pure.
import type { CameraDevice, Device, DeviceChange } from '../index.js';
import { visible } from '../visible.js';

const groups = [
  ['camera', 'Cameras'], ['screen', 'Screens'], ['microphone', 'Microphones'], ['system-audio', 'System audio'],
] as const;

/** A paragraph for each kind; a camera's modes follow it, a line for each format. */
export function deviceList(devices: readonly Device[]): string {
  return groups.flatMap(([kind, title]) => {
    const group = devices.filter((device) => device.kind === kind);
    return group.length === 0 ? [] : [`${title}\n${indented(rows(group))}`];
  }).join('\n');
}

/** "added    camera  /dev/v4l/by-id/…  HD Webcam". */
export function changeLine({ type, device }: DeviceChange): string {
  return `${type.padEnd('removed'.length)}  ${device.kind.padEnd('system-audio'.length)}  ${visible(device.id)}  ${visible(device.label)}\n`;
}

/** What tells one device from others, for a message: "/dev/video0 (camera, HD Webcam)". */
export function named({ id, kind, label }: Device): string {
  return visible(`${id} (${kind}, ${label})`);
}

function rows(group: readonly Device[]): string[] {
  const width = (column: (device: Device) => string) => Math.max(...group.map((device) => visible(column(device)).length));
  const [ids, labels] = [width(({ id }) => id), width(({ label }) => label)];
  return group.flatMap((device) => [
    `${visible(device.id).padEnd(ids)}  ${visible(device.label).padEnd(labels)}  ${format(device)}`.trimEnd(),
    ...(device.kind === 'camera' ? modes(device).map((line) => `  ${line}`) : []),
  ]);
}

function format(device: Device): string {
  switch (device.kind) {
    case 'camera':
      return '';
    case 'screen':
      return `${device.width}x${device.height}`;
    default:
      return `${device.sampleRate === 0 ? 'in use' : `${device.sampleRate} Hz, ${device.channels} ch`}  ${device.backend}`;
  }
}

/** "YUYV  1280x720@5-10  640x480@5-30": all the rates between are in --json. */
function modes({ modes }: CameraDevice): string[] {
  const formats = [...new Set(modes.map(({ format }) => format))];
  return formats.map((format) => {
    const sizes = modes.filter((mode) => mode.format === format);
    return [visible(format), ...sizes.map(({ width, height, frameRates }) => `${width}x${height}${rates(frameRates)}`)].join('  ');
  });
}

function rates(frameRates: readonly number[]): string {
  const ends = new Set([...frameRates.slice(-1), ...frameRates.slice(0, 1)].map((rate) => Number(rate.toFixed(2))));
  return ends.size === 0 ? '' : `@${[...ends].join('-')}`;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join('');
}
