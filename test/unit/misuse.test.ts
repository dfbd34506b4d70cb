// Misuse has the codes that Node.js gives its own.
import { expect, test } from 'vitest';
import { checkOptions } from '../../src/options.js';
import { testPattern, tone } from '../../src/sources.js';

const video = (more: object) => checkOptions('rtmp://host/app/key', { video: { source: testPattern(), ...more } });

test.for([
  [() => video({ bitrate: '1' }), TypeError, 'ERR_INVALID_ARG_TYPE'],
  [() => checkOptions(5 as never, { audio: tone() }), TypeError, 'ERR_INVALID_ARG_TYPE'],
  [() => checkOptions('rtmp://host/app/key', { video: tone() as never }), TypeError, 'ERR_INVALID_ARG_TYPE'],
  [() => checkOptions('rtmp://host/app/key', {}), TypeError, 'ERR_INVALID_ARG_VALUE'],
  [() => video({ preset: 'warp' }), TypeError, 'ERR_INVALID_ARG_VALUE'],
  [() => video({ preset: 5 }), TypeError, 'ERR_INVALID_ARG_TYPE'],
  [() => video({ fps: 30 }), TypeError, 'ERR_INVALID_ARG_VALUE'],
  [() => video({ bitrate: -1 }), RangeError, 'ERR_OUT_OF_RANGE'],
  [() => tone({ frequency: NaN }), RangeError, 'ERR_OUT_OF_RANGE'],
] as const)('%s', ([call, type, code]) => {
  expect(call).toThrow(type);
  expect(call).toThrow(expect.objectContaining({ code }));
});
