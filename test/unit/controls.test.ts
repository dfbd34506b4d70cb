// What may be set at a camera, checked against the controls that it has.
import { expect, test } from 'vitest';
import type { CameraControl } from '../../src/controls.js';
import { checkControls } from '../../src/source-options.js';

const control = (name: string, more: Partial<CameraControl> = {}): CameraControl => ({
  name, label: name, type: 'integer', min: 0, max: 255, step: 1, default: 128, value: 128, items: [], readOnly: false, inactive: false,
  volatile: false, ...more,
});
const camera = {
  brightness: control('brightness'),
  exposure: control('exposure', { type: 'menu', items: [{ value: 1, label: 'manual' }, { value: 3, label: 'automatic' }] }),
  empty: control('empty', { type: 'menu' }),
  temperature: control('temperature', { readOnly: true }),
  leds: control('leds', { type: 'bitmask', max: 0x8000_0005 }),
};

test('what fits is taken', () => {
  const values = { brightness: 255, exposure: 3, leds: 0x8000_0001 };
  expect(checkControls(values, camera)).toEqual(values);
});

test.for([
  [{ brightness: 256 }, RangeError, 'controls.brightness must be an integer between 0 and 255, received 256'],
  [{ exposure: 2 }, RangeError, 'controls.exposure must be 1 or 3, received 2'],
  [{ empty: 1 }, TypeError, 'controls.empty must be left alone: its menu is empty, received 1'],
  [{ temperature: 1 }, TypeError, 'controls.temperature must be left alone: it can only be read, received 1'],
  [{ leds: 2 }, RangeError, 'controls.leds must be of the bits in 0x80000005, received 2'],
  [{ leds: -1 }, RangeError, 'controls.leds must be an integer between 0 and 2147483653, received -1'],
  [{ leds: 0.5 }, RangeError, 'controls.leds must be an integer between 0 and 2147483653, received 0.5'],
  [{ brightnes: 1 }, TypeError, 'unknown option "controls.brightnes", did you mean "controls.brightness"?'],
] as const)('%o', ([values, errorClass, message]) => {
  expect(() => checkControls(values, camera)).toThrow(errorClass);
  expect(() => checkControls(values, camera)).toThrow(message);
});

test('a camera without controls knows no name to propose', () => {
  expect(() => checkControls({ brightness: 1 }, {})).toThrow(/^unknown option "controls\.brightness"$/);
});
