// How the command ends: its exit codes, and the one mistake that is the caller's.
import { constants } from 'node:os';

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** Ended at once by a signal, as a shell counts it: 129 for SIGHUP, 130 for SIGINT, 143 for SIGTERM. */
  bySignal: (signal: NodeJS.Signals): number => 128 + constants.signals[signal],
} as const;

export const exitCodesHelp = `
Exit codes:
  0              done; push has ended as asked (--duration, one SIGINT, SIGTERM or SIGHUP)
  1              it failed: a device, an encoder, the network, the server
  2              wrong usage: an unknown option, a value out of range, a flag of another source, not an RTMP URL
  129, 130, 143  ended at once: a second SIGHUP, SIGINT or SIGTERM, half a second or more after the first, or one before
                 the server had accepted
`;

/** What was asked makes no sense: exit code 2. */
export class UsageError extends Error {}
