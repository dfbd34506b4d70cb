// Where `push` takes its URL from.
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/exit.js';
import { readUrl } from '../../src/cli/url.js';

const before = process.env['RTMP_PUSHER_URL'];
beforeEach(() => void delete process.env['RTMP_PUSHER_URL']);
afterEach(() => {
  if (before === undefined) delete process.env['RTMP_PUSHER_URL'];
  else process.env['RTMP_PUSHER_URL'] = before;
});
const nothing = () => Readable.from([]);

test('the argument before the environment', async () => {
  process.env['RTMP_PUSHER_URL'] = 'rtmp://host/app/environment';
  expect(await readUrl('rtmp://host/app/argument', nothing())).toBe('rtmp://host/app/argument');
  expect(await readUrl(undefined, nothing())).toBe('rtmp://host/app/environment');
});

test('"-" is the first line of stdin, in however many pieces it comes', async () => {
  expect(await readUrl('-', Readable.from(['rtmp://host/', 'app/key\r\nanother', ' line\n']))).toBe('rtmp://host/app/key');
  expect(await readUrl('-', Readable.from(['rtmp://host/app/key']))).toBe('rtmp://host/app/key');
});

test('none is wrong usage', async () => {
  await expect(readUrl(undefined, nothing())).rejects.toThrow(UsageError);
  await expect(readUrl('-', nothing())).rejects.toThrow(UsageError);
});
