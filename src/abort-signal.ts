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
