import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { getSystemErrorName, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { DeviceError, EncoderError, errorCodes, PusherError, pusherError, RtmpError, thrownByNative } from '../../src/errors.js';

test('the codes are those of native/media/error.h, in its order', () => {
  const header = readFileSync(new URL('../../native/media/error.h', import.meta.url), 'utf8');
  const table = /kCodeNames\s*=[^{]*\{([^}]*)\}/.exec(header)?.[1] ?? '';
  expect(table.match(/ERR_\w+/g)).toEqual(errorCodes);
});

test.for(errorCodes)('%s has the class of its prefix', (code) => {
  const error = pusherError({ code, message: 'what happened' });
  const [, room] = /^ERR_(DEVICE|ENCODER|RTMP|INPUT)_/.exec(code) ?? [];
  const classes = { DEVICE: DeviceError, ENCODER: EncoderError, RTMP: RtmpError, INPUT: PusherError };
  const expected = classes[room as keyof typeof classes];
  expect(error).toBeInstanceOf(expected);
  expect(error).toBeInstanceOf(PusherError);
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe(expected.name);
  expect(error.code).toBe(code);
  expect(String(error)).toBe(`${expected.name}: what happened`);
});

test('a system call that failed is the cause, as Node writes it', () => {
  const error = pusherError({
    code: 'ERR_RTMP_CONNECT', message: 'no connection', errno: constants.errno.ECONNREFUSED, syscall: 'connect',
    destination: 'rtmp://host/app/****',
  }) as RtmpError;
  expect(getSystemErrorName(error.errno!)).toBe('ECONNREFUSED');
  expect(error).toMatchObject({ syscall: 'connect', destination: 'rtmp://host/app/****' });
  expect(error.cause).toMatchObject({ code: 'ECONNREFUSED', errno: error.errno, syscall: 'connect' });
  expect(String(error.cause)).toBe('Error: connect ECONNREFUSED');
});

test('what is not known is not there', () => {
  const error = pusherError({ code: 'ERR_RTMP_HANDSHAKE', message: 'no RTMP' });
  expect(Object.keys(error).sort()).toEqual(['code', 'destination']);
  expect(error.cause).toBeUndefined();
});

test('no message shows a key, and what is masked stays as it is', () => {
  const message = (text: string) => pusherError({ code: 'ERR_RTMP_URL', message: text }).message;
  expect(message('rtmp://host/live/key/ has no stream key')).toBe('rtmp://host/live/**** has no stream key');
  expect(message('rtmp://host/live/****: the connection is closed')).toBe('rtmp://host/live/****: the connection is closed');
});

test('the server\'s own words', () => {
  const status = { code: 'NetStream.Publish.BadName', level: 'error', description: 'busy' };
  expect(pusherError({ code: 'ERR_RTMP_BUSY', message: 'in use', status })).toMatchObject({ status });
});

test('the device', () => {
  expect(pusherError({ code: 'ERR_DEVICE_NOT_FOUND', message: 'no display', device: ':5' })).toMatchObject({ device: ':5' });
  expect(pusherError({ code: 'ERR_DEVICE_NOT_FOUND', message: 'no display' })).toMatchObject({ device: '' });
  const url = pusherError({ code: 'ERR_DEVICE_NOT_FOUND', message: 'no display', device: 'rtmp://host/live/key' });
  expect(url).toMatchObject({ device: 'rtmp://host/live/****' });
  expect(inspect(url)).not.toContain('live/key');
});

test('what the addon throws becomes its class when it has one of the codes', () => {
  const failure = Object.assign(new Error('no scheme'), { code: 'ERR_RTMP_URL' });
  expect(thrownByNative(failure)).toBeInstanceOf(RtmpError);
  const other = new TypeError('bitrate must be a number');
  expect(thrownByNative(other)).toBe(other);
  const own = pusherError(failure);
  expect(thrownByNative(own)).toBe(own);
});

test('JSON has the message, the fields and the cause, and no stack', () => {
  const error = pusherError({
    code: 'ERR_RTMP_CONNECT', message: 'no connection to rtmp://host/app/key', errno: constants.errno.ECONNREFUSED, syscall: 'connect',
    destination: 'rtmp://host/app/****', status: { code: 'a', level: 'b', description: 'c' },
  });
  const errno = -constants.errno.ECONNREFUSED;
  expect(JSON.parse(JSON.stringify({ error }))).toEqual({
    error: {
      name: 'RtmpError', message: 'no connection to rtmp://host/app/****', code: 'ERR_RTMP_CONNECT', errno, syscall: 'connect',
      destination: 'rtmp://host/app/****', status: { code: 'a', level: 'b', description: 'c' },
      cause: { name: 'Error', message: 'connect ECONNREFUSED', errno, code: 'ECONNREFUSED', syscall: 'connect' },
    },
  });
  expect(JSON.parse(JSON.stringify(pusherError({ code: 'ERR_DEVICE_BUSY', message: 'busy', device: 'hw:1' })))).toEqual(
    { name: 'DeviceError', message: 'busy', code: 'ERR_DEVICE_BUSY', device: 'hw:1' });
});
