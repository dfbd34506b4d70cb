// Text of others cannot command a terminal, nor hide.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { changeLine, deviceList } from '../../src/cli/device-list.js';
import { TextReport, JsonReport } from '../../src/cli/report.js';
import { pusherError, type DeviceError } from '../../src/errors.js';
import { testPattern } from '../../src/sources.js';
import { visible, visibleJson } from '../../src/visible.js';

const hostile = 'a\x1b[2J\x07\x00\x7f\x9b31m\r\n\u202egnp\u2066\u200b\u200d\u00ad\ufeff\u2028\u{e0041}\ud800 Kamera é 日本 😀';
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u200b]/u;

test('all that is unseen is shown, all else stays', () => {
  expect(visible(hostile)).toBe(
    'a\\x1b[2J\\x07\\x00\\x7f\\x9b31m\\r\\n\\u202egnp\\u2066\\u200b\\u200d\\xad\\ufeff\\u2028\\u{e0041}\\ud800 Kamera é 日本 😀');
});

test('JSON stays the same value', () => {
  const value = { [hostile]: [hostile] };
  const json = visibleJson(JSON.stringify(value));
  expect(json).not.toMatch(unseen);
  expect(JSON.parse(json)).toEqual(value);
});

const error = pusherError({ code: 'ERR_DEVICE_LOST', message: `the camera ${hostile} is gone`, device: hostile }) as DeviceError;

test('messages', () => {
  expect(error.message).not.toMatch(unseen);
  expect(() => testPattern({ [hostile]: 1 } as object)).toThrow(expect.objectContaining({ message: expect.not.stringMatching(unseen) as string }));
  expect(() => testPattern({ width: hostile as never })).toThrow(expect.objectContaining({ message: expect.not.stringMatching(unseen) as string }));
});

test('lists of devices', () => {
  const device = { kind: 'camera', id: hostile, label: hostile, backend: 'v4l2', modes: [{ format: 'a\x1b[m', width: 1, height: 1, frameRates: [] }] } as const;
  expect(deviceList([device]).replaceAll('\n', '')).not.toMatch(unseen);
  expect(deviceList([device]).split('\n').length).toBe(4);
  expect(changeLine({ type: 'added', device }).slice(0, -1)).not.toMatch(unseen);
});

test('reports', () => {
  const text = Object.assign(new PassThrough(), { isTTY: false, hasColors: () => false });
  const json = new PassThrough();
  for (const report of [new TextReport(text as never), new JsonReport(json)]) {
    report.deviceLost({ track: 'video', input: 0, error });
    report.deviceBack({ track: 'video', input: 0, device: hostile, away: 1 });
    report.warning(error);
    report.ended(new Error(hostile), undefined);
  }
  for (const out of [text, json]) {
    const lines = String(out.read()).trimEnd().split('\n');
    expect(lines.length).toBe(4);
    expect(lines.join('')).not.toMatch(unseen);
  }
});
