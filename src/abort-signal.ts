// AbortSignals of any realm and any library (test runners, jsdom, polyfills): what counts is what they can do.
import * as v from 'valibot';

export const abortSignal = v.custom<AbortSignal>(isAbortSignal, 'an AbortSignal');

function isAbortSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function';
}

/** What an aborted signal was aborted with; older libraries do not say. */
export function abortReason(signal: AbortSignal): unknown {
  return signal.reason ?? new DOMException('This operation was aborted', 'AbortError');
}

/** One listener on a signal, however many things it ends: Node.js takes more than ten for a leak. */
const ends = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `end` when `signal` is aborted, unless the function that is returned was called before. */
export function onAbort(signal: AbortSignal, end: () => void): () => void {
  const all = ends.get(signal) ?? listen(signal);
  all.add(end);
  return () => void all.delete(end);
}

function listen(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  ends.set(signal, all);
  signal.addEventListener('abort', () => {
    for (const end of [...all]) end();
  }, { once: true });
  return all;
}
