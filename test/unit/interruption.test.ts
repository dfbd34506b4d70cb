// Signals of one keystroke and of two, and what `push` does at them.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Ending } from '../../src/cli/ending.js';
import { onInterruption } from '../../src/cli/interruption.js';

const said: string[] = [];
let before: NodeJS.SignalsListener[][];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  said.length = 0;
  before = signals.map((signal) => process.listeners(signal) as NodeJS.SignalsListener[]);
  // Those of the test runner are not told.
  for (const signal of signals) process.removeAllListeners(signal);
});
afterEach(() => {
  signals.forEach((signal, index) => {
    process.removeAllListeners(signal);
    for (const listener of before[index] ?? []) process.on(signal, listener);
  });
  vi.useRealTimers();
});

const after = (milliseconds: number, signal: NodeJS.Signals): void => {
  vi.advanceTimersByTime(milliseconds);
  process.emit(signal, signal);
};
const listen = (): void =>
  onInterruption({ clean: (signal) => said.push(`clean ${signal}`), atOnce: (signal) => said.push(`at once ${signal}`) });

test('what follows a signal within half a second is its echo', () => {
  listen();
  after(0, 'SIGINT');
  after(5, 'SIGINT');
  after(490, 'SIGTERM');
  expect(said).toEqual(['clean SIGINT']);
});

test('a later one is another, counted from the first', () => {
  listen();
  after(0, 'SIGINT');
  after(300, 'SIGINT');
  after(300, 'SIGTERM');
  expect(said).toEqual(['clean SIGINT', 'at once SIGTERM']);
});

test('a process that is still there after the second is ended, after a moment or by a third', () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation((code) => void said.push(`exit ${code}`) as never);
  listen();
  after(0, 'SIGINT');
  after(600, 'SIGTERM');
  after(1_000, 'SIGHUP');
  after(999, 'SIGINT');
  vi.advanceTimersByTime(1);
  expect(said).toEqual(['clean SIGINT', 'at once SIGTERM', 'exit 129', 'exit 130', 'exit 143']);
  exit.mockRestore();
});

const endingOf = (stream?: { stop(): Promise<void> }): Ending => {
  const ending = new Ending({ stopping: () => void said.push('stopping') });
  if (stream) ending.of(stream);
  return ending;
};

test('before there is a stream the first signal ends it at once', () => {
  const ending = endingOf();
  ending.clean('SIGINT');
  expect({ exitCode: ending.exitCode, aborted: ending.signal.aborted }).toEqual({ exitCode: 130, aborted: true });
});

test('a stream that is stopping already is not cut by the first signal, but by the second', () => {
  const stream = { state: 'stopping', stop: async () => void said.push('stop') };
  const ending = endingOf(stream);
  ending.clean('SIGINT');
  expect({ exitCode: ending.exitCode, aborted: ending.signal.aborted, said }).toEqual(
    { exitCode: undefined, aborted: false, said: ['stop', 'stopping'] });
  ending.atOnce('SIGHUP');
  expect({ exitCode: ending.exitCode, aborted: ending.signal.aborted }).toEqual({ exitCode: 129, aborted: true });
});
