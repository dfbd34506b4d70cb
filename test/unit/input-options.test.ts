// What inputs are made with, and what may be written to them.
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { wrongType } from '../../src/misuse.js';
import { audioBuffer, audioInputFormat, frameSize, videoFrame, videoInputFormat } from '../../src/input-options.js';
import { check } from '../../src/validation.js';

const rgba = { width: 64, height: 48, frameRate: 30, format: 'RGBA' } as const;
const frame = { format: 'RGBA', width: 64, height: 48, timestamp: 0, data: new Uint8Array(64 * 48 * 4) } as const;
const sound = { sampleRate: 48_000, channels: 2, format: 'f32' } as const;
const buffer = { ...sound, timestamp: 0, data: new Float32Array(960) } as const;

describe('formats', () => {
  test('are kept as given; sound is f32 unless it says otherwise', () => {
    expect(videoInputFormat(rgba)).toEqual(rgba);
    expect(audioInputFormat({ sampleRate: 44_100, channels: 1 })).toEqual({ sampleRate: 44_100, channels: 1, format: 'f32' });
  });

  test.for([
    [() => videoInputFormat({ ...rgba, width: 65, height: 49 }), undefined],
    [() => videoInputFormat({ ...rgba, format: 'YUY2', height: 49 }), undefined],
    [() => videoInputFormat({ ...rgba, format: 'I420', width: 65 }),
      'VideoInput.width must be even with this pixel format, received 65'],
    [() => videoInputFormat({ ...rgba, format: 'YUY2', width: 65 }),
      'VideoInput.width must be even with this pixel format, received 65'],
    [() => videoInputFormat({ ...rgba, format: 'NV12', height: 49 }),
      'VideoInput.height must be even with this pixel format, received 49'],
    [() => videoInputFormat({ ...rgba, format: 'RGB' as never }),
      'VideoInput.format must be "I420", "NV12", "YUY2", "UYVY", "BGRA", "RGBA", "ARGB", "BGR24" or "RGB24", received \'RGB\''],
    [() => videoInputFormat({ height: 48, frameRate: 30, format: 'RGBA' } as never),
      'VideoInput.width must be given, received undefined'],
    [() => videoInputFormat({ ...rgba, fps: 30 } as never), 'unknown option "VideoInput.fps"'],
    [() => videoInputFormat(undefined as never), 'VideoInput must be an object, received undefined'],
    [() => audioInputFormat({ sampleRate: 1, channels: 1 }),
      'AudioInput.sampleRate must be an integer between 8000 and 192000 Hz'],
    [() => audioInputFormat({ sampleRate: 48_000, channels: 1, format: 's24' as never }),
      'AudioInput.format must be "s16" or "f32"'],
  ] as const)('%s', ([make, message]) => {
    if (message === undefined) expect(make).not.toThrow();
    else expect(make).toThrow(message);
  });
});

test.for([
  ['RGBA', 64 * 48 * 4], ['BGRA', 64 * 48 * 4], ['YUY2', 64 * 48 * 2], ['UYVY', 64 * 48 * 2],
  ['ARGB', 64 * 48 * 4], ['BGR24', 64 * 48 * 3], ['RGB24', 64 * 48 * 3], ['I420', 64 * 48 * 1.5], ['NV12', 64 * 48 * 1.5],
] as const)('a frame of %s has %i bytes', ([format, bytes]) => expect(frameSize({ ...rgba, format })).toBe(bytes));

describe('a written frame', () => {
  const write = (item: unknown) => check(videoFrame(rgba), item, 'frame');

  test('may have more than it needs, and the bytes of an ImageData', () => {
    const clamped = new Uint8ClampedArray(frame.data.length).fill(7);
    const { data } = write({ ...frame, data: clamped, colorSpace: 'srgb' });
    expect(data).toBeInstanceOf(Uint8Array);
    expect(data.buffer).toBe(clamped.buffer);
  });

  test('microseconds are rounded to whole ones', () => expect(write({ ...frame, timestamp: 33_333.34 }).timestamp).toBe(33_333));

  test.for([
    [{ timestamp: NaN }, RangeError, 'frame.timestamp must be a number of microseconds, received NaN'],
    [{ timestamp: Infinity }, RangeError, 'frame.timestamp must be a number of microseconds below 2^53, received Infinity'],
    [{ timestamp: 5n }, TypeError, 'frame.timestamp must be a number of microseconds, received 5n'],
    [{ timestamp: undefined }, TypeError, 'frame.timestamp must be a number of microseconds, received undefined'],
    [{ width: 32 }, RangeError, 'frame.width must be 64, received 32'],
    [{ height: '48' }, TypeError, 'frame.height must be 48, received \'48\''],
    [{ format: 'BGRA' }, TypeError, 'frame.format must be "RGBA", as the VideoInput was made for, received \'BGRA\''],
    [{ data: new Uint8Array(3) }, RangeError, /^frame\.data must be a Uint8Array of 12288 bytes, received Uint8Array\(3\)/],
    [{ data: new Uint16Array(6144) }, TypeError, /^frame\.data must be a Uint8Array, received Uint16Array\(6144\)/],
  ] as const)('%o', ([change, errorClass, message]) => {
    expect(() => write({ ...frame, ...change })).toThrow(errorClass);
    expect(() => write({ ...frame, ...change })).toThrow(message);
  });

  test('may come from another realm, as in test runners and sandboxes', () => {
    const there = runInNewContext('({ ...frame, data: new Uint8Array(64 * 48 * 4) })', { frame });
    expect(write(there).data).toHaveLength(frame.data.length);
    const shared = runInNewContext('({ ...frame, data: new Uint8ClampedArray(new SharedArrayBuffer(64 * 48 * 4)) })', { frame });
    expect(write(shared).data.buffer).toBe(shared.data.buffer);
  });

  test('is told from a Proxy of one', () => {
    expect(() => write({ ...frame, data: new Proxy(frame.data, {}) })).toThrow(/^frame\.data must be a Uint8Array, received a Proxy of Uint8Array/);
  });

  test('is an object with all that belongs to it', () => {
    const { data, ...rest } = frame;
    expect(() => write(rest)).toThrow(wrongType('frame.data must be given, received undefined'));
    expect(() => write(data)).toThrow(wrongType('frame.format must be given, received undefined'));
    expect(() => write('frame')).toThrow(wrongType('frame must be an object, received \'frame\''));
  });
});

describe('written sound', () => {
  const write = (item: unknown) => check(audioBuffer(sound), item, 'buffer');

  test('of any length', () => expect(write({ ...buffer, data: new Float32Array(2) }).data).toHaveLength(2));

  test.for([
    [{ timestamp: NaN }, RangeError, 'buffer.timestamp must be a number of microseconds, received NaN'],
    [{ sampleRate: 44_100 }, RangeError, 'buffer.sampleRate must be 48000, received 44100'],
    [{ channels: 1 }, RangeError, 'buffer.channels must be 2, received 1'],
    [{ format: 's16' }, TypeError, 'buffer.format must be "f32", as the AudioInput was made for, received \'s16\''],
    [{ data: new Int16Array(960) }, TypeError, /^buffer\.data must be a Float32Array, received Int16Array\(960\)/],
    [{ data: new Float32Array(3) }, RangeError, /^buffer\.data must be a Float32Array of at least one sample/],
    [{ data: new Float32Array(0) }, RangeError, /^buffer\.data must be a Float32Array of at least one sample/],
  ] as const)('%o', ([change, errorClass, message]) => {
    expect(() => write({ ...buffer, ...change })).toThrow(errorClass);
    expect(() => write({ ...buffer, ...change })).toThrow(message);
  });

  test('may come from another realm', () => {
    expect(write({ ...buffer, data: runInNewContext('new Float32Array(4)') }).data).toHaveLength(4);
    expect(() => write({ ...buffer, data: runInNewContext('new Int16Array(4)') })).toThrow(/must be a Float32Array/);
  });

  test('s16 takes Int16Array', () => {
    const rule = audioBuffer({ ...sound, format: 's16' });
    expect(check(rule, { ...buffer, format: 's16', data: new Int16Array(4) }, 'buffer').data).toHaveLength(4);
  });
});
