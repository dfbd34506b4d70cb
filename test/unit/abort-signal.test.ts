import { getEventListeners } from 'node:events';
import { expect, test, vi } from 'vitest';
import { onAbort } from '../../src/abort-signal.js';

test('many ends, one listener; those that were forgotten are not called', () => {
  const { signal, abort } = (() => {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort() };
  })();
  const ends = Array.from({ length: 20 }, () => vi.fn());
  const forget = ends.map((end) => onAbort(signal, end));
  expect(getEventListeners(signal, 'abort').length).toBe(1);
  forget[3]?.();
  abort();
  expect(ends.map((end) => end.mock.calls.length)).toEqual(ends.map((_, index) => (index === 3 ? 0 : 1)));
});
