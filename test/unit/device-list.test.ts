// Devices as the command prints them.
import { expect, test } from 'vitest';
import { changeLine, deviceList, named } from '../../src/cli/device-list.js';
import type { CameraDevice, ScreenDevice, SoundDevice } from '../../src/devices.js';

const camera: CameraDevice = {
  kind: 'camera', id: '/dev/v4l/by-id/usb-0', label: 'HD Webcam', backend: 'v4l2',
  modes: [
    { format: 'YUYV', width: 1280, height: 720, frameRates: [10, 7.5, 5] },
    { format: 'MJPG', width: 1280, height: 720, frameRates: [30_000 / 1_001] },
    { format: 'YUYV', width: 640, height: 480, frameRates: [] },
  ],
};
const screen: ScreenDevice = { kind: 'screen', id: ':0.0', label: 'Screen 0', backend: 'x11', width: 1920, height: 1080 };
const microphone: SoundDevice =
  { kind: 'microphone', id: 'hw:CARD=A,DEV=0', label: 'A card', backend: 'alsa', sampleRate: 44_100, channels: 1 };
const inUse: SoundDevice = { kind: 'microphone', id: 'line', label: 'Line', backend: 'alsa', sampleRate: 0, channels: 0 };

test('a paragraph for each kind, a line for each format of a camera', () => {
  expect(deviceList([inUse, camera, microphone, screen])).toBe(`Cameras
  /dev/v4l/by-id/usb-0  HD Webcam
    YUYV  1280x720@5-10  640x480
    MJPG  1280x720@29.97

Screens
  :0.0  Screen 0  1920x1080

Microphones
  line             Line    in use  alsa
  hw:CARD=A,DEV=0  A card  44100 Hz, 1 ch  alsa
`);
});

test('nothing of nothing', () => expect(deviceList([])).toBe(''));

test('a change on one line', () => {
  expect(changeLine({ type: 'added', device: camera })).toBe('added    camera        /dev/v4l/by-id/usb-0  HD Webcam\n');
  expect(changeLine({ type: 'removed', device: microphone })).toBe('removed  microphone    hw:CARD=A,DEV=0  A card\n');
});

test('named in a message', () => expect(named(screen)).toBe(':0.0 (screen, Screen 0)'));
