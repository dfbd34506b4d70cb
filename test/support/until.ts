// Waiting for a condition, never for a length of time.
import { setTimeout as sleep } from 'node:timers/promises';

type Falsy = false | 0 | '' | null | undefined;

/** Asks `check` again and again until it gives something truthy, and gives that. The timeout only ends a wait that is lost. */
export async function until<T>(what: string, check: () => T | Promise<T>, timeout = 20_000): Promise<Exclude<T, Falsy>> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const found = await check();
    if (found) return found as Exclude<T, Falsy>;
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms in vain until ${what}`);
    await sleep(20);
  }
}

/** Fails when `promise` has not settled after a generous time: the test's proof that something does not hang. */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} took more than ${milliseconds} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

/** What a promise was rejected with; fails when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}
