// Sources are plain, complete, frozen data.
import { describe, expect, test } from 'vitest';
import { camera, microphone, screen, silence, systemAudio, testPattern, tone } from '../../src/sources.js';

describe('defaults', () => {
  test.for([
    [testPattern(), { kind: 'test-pattern', width: 1280, height: 720, frameRate: 30 }],
    [screen(), { kind: 'screen', x: 0, y: 0, frameRate: 30, cursor: true }],
    [camera(), { kind: 'camera' }],
    [microphone(), { kind: 'microphone', backend: 'auto', sampleRate: 48_000, channels: 2 }],
    [systemAudio(), { kind: 'system-audio', sampleRate: 48_000, channels: 2 }],
    [tone(), { kind: 'tone', frequency: 1_000, sampleRate: 48_000, channels: 2 }],
    [silence(), { kind: 'silence', sampleRate: 48_000, channels: 2 }],
  ] as const)('%o', ([source, expected]) => {
    expect(source).toEqual(expected);
    expect(Object.isFrozen(source)).toBe(true);
    expect(structuredClone(source)).toEqual(source);
  });
});

test('options are kept as given', () => {
  expect(screen({ display: ':5', x: 10, y: 20, width: 641, height: 481, frameRate: 59.94, cursor: false }))
    .toEqual({ kind: 'screen', display: ':5', x: 10, y: 20, width: 641, height: 481, frameRate: 59.94, cursor: false });
  expect(camera({ device: '/dev/video2', width: 640, height: 480, frameRate: 29.97, format: 'YUYV' }))
    .toEqual({ kind: 'camera', device: '/dev/video2', width: 640, height: 480, frameRate: 29.97, format: 'YUYV' });
  expect(camera({ format: 'Y16 -BE' })).toEqual({ kind: 'camera', format: 'Y16 -BE' });
  const { controls } = camera({ controls: { brightness: -10, horizontal_flip: true } });
  expect(controls).toEqual({ brightness: -10, horizontal_flip: true });
  expect(Object.isFrozen(controls)).toBe(true);
  expect(microphone({ device: 'usb', backend: 'pulse', sampleRate: 16_000, channels: 1 }))
    .toEqual({ kind: 'microphone', device: 'usb', backend: 'pulse', sampleRate: 16_000, channels: 1 });
  expect(microphone({ device: 'hw:1,0', backend: 'alsa' })).toMatchObject({ device: 'hw:1,0', backend: 'alsa' });
  expect(tone({ frequency: 440.5 }).frequency).toBe(440.5);
});

test.for([
  [() => testPattern({ width: 5 }), RangeError, 'testPattern.width must be an even integer between 64 and 8192, received 5'],
  [() => testPattern({ height: 721 }), RangeError,
    'testPattern.height must be an even integer between 64 and 8192, received 721'],
  [() => testPattern({ frameRate: 241 }), RangeError, /^testPattern\.frameRate must be a number between 1 and 240/],
  [() => testPattern({ widht: 640 } as object), TypeError,
    'unknown option "testPattern.widht", did you mean "testPattern.width"?'],
  [() => testPattern(5 as never), TypeError, 'testPattern() options must be an object, received 5'],
  [() => testPattern(null as never), TypeError, 'testPattern() options must be an object, received null'],
  [() => screen({ display: 5 as never }), TypeError, 'screen.display must be a string, received 5'],
  [() => screen({ display: ':0\0' }), RangeError, 'screen.display must be a string without NUL characters, received \':0\\x00\''],
  [() => screen({ x: 5 }), TypeError, 'screen.width must be given together with height, x or y, received undefined'],
  [() => screen({ height: 480 }), TypeError, 'screen.width must be given together with height, x or y, received undefined'],
  [() => screen({ width: 640 }), TypeError, 'screen.height must be given together with width, received undefined'],
  [() => screen({ x: -1, width: 640, height: 480 }), RangeError,
    'screen.x must be an integer between 0 and 32767 pixels, received -1'],
  [() => screen({ width: 5, height: 5 }), RangeError, 'screen.width must be an integer between 16 and 16384 pixels, received 5'],
  [() => screen({ cursor: 'yes' as never }), TypeError, 'screen.cursor must be a boolean, received \'yes\''],
  [() => camera({ format: 'YUV' }), RangeError, 'camera.format must be four characters such as "YUYV", received \'YUV\''],
  [() => camera({ width: 1 }), RangeError, 'camera.width must be an integer between 16 and 16384 pixels, received 1'],
  [() => camera({ frameRate: 0 }), RangeError, /^camera\.frameRate must be a number between 1 and 240/],
  [() => camera({ controls: { brightness: 0.5 } }), RangeError,
    'camera.controls.brightness must be an integer or a boolean, received 0.5'],
  [() => camera({ controls: { brightness: '1' as never } }), TypeError,
    'camera.controls.brightness must be an integer or a boolean, received \'1\''],
  [() => camera({ devise: '' } as object), TypeError, 'unknown option "camera.devise", did you mean "camera.device"?'],
  [() => microphone({ backend: 'alas' as never }), TypeError, 'microphone.backend must be "auto", "pulse" or "alsa", received \'alas\''],
  [() => microphone({ channels: 3 as never }), RangeError, 'microphone.channels must be 1 or 2, received 3'],
  [() => systemAudio({ sampleRate: 44_100.5 }), RangeError,
    /^systemAudio\.sampleRate must be an integer between 8000 and 192000 Hz/],
  [() => tone({ frequency: 30_000 }), RangeError, 'tone.frequency must be below half the sample rate, received 30000'],
  [() => tone({ frequency: NaN }), RangeError, 'tone.frequency must be a number between 20 and 96000 Hz, received NaN'],
  [() => silence({ frequency: 5 } as object), TypeError, /^unknown option "silence\.frequency"$/],
] as const)('%s', ([make, errorClass, message]) => {
  expect(make).toThrow(errorClass);
  expect(make).toThrow(message);
});
