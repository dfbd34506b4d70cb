// `rtmp-pusher push`: publishes until it is interrupted, and tells how it goes.
import type { Publication } from '../index.js';
import { Ending } from './ending.js';
import { exitCodes, UsageError } from './exit.js';
import { onInterruption } from './interruption.js';
import type { PushFlags } from './push-flags.js';
import { inFlags, publishOptions } from './push-options.js';
import { JsonReport, TextReport, type Report } from './report.js';
import { readSlate } from './slate.js';
import { readUrl } from './url.js';

/** Resolves with the exit code. */
export async function push(argument: string | undefined, flags: PushFlags): Promise<number> {
  const duration = flags.duration === undefined ? undefined : milliseconds(flags.duration);
  const url = await readUrl(argument, process.stdin);
  const report: Report = flags.json ? new JsonReport(process.stdout) : new TextReport(process.stderr, flags);
  const ending = new Ending(report);
  onInterruption(ending);
  let stream: Publication | undefined;
  try {
    stream = await open(url, flags, ending.signal);
    ending.of(stream);
    await follow(stream, report, duration);
    report.ended(undefined, stream.stats());
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    report.ended(error, stream?.stats());
    return ending.exitCode ?? exitCodes.failed;
  }
}

async function open(url: string, flags: PushFlags, signal: AbortSignal): Promise<Publication> {
  // Not before it is needed: --help works where the addon does not load.
  const api = await import('../index.js');
  const slate = flags.slate === undefined ? undefined : await readSlate(flags.slate);
  try {
    return await api.publish(url, { ...publishOptions(flags, api, slate), signal });
  } catch (error) {
    const misuse = error instanceof TypeError || error instanceof RangeError;
    if (misuse) throw new UsageError(inFlags(error.message, flags));
    if (error instanceof api.RtmpError && error.code === 'ERR_RTMP_URL') throw new UsageError(error.message);
    throw error;
  }
}

async function follow(stream: Publication, report: Report, duration: number | undefined): Promise<void> {
  report.started(stream.stats());
  stream.on('congestion', (facts) => report.congestion(facts));
  stream.on('device-lost', (facts) => report.deviceLost(facts));
  stream.on('device-back', (facts) => report.deviceBack(facts));
  stream.on('device-changed', (facts) => report.deviceChanged(facts));
  stream.on('warning', (error) => report.warning(error));
  const stats = setInterval(() => report.stats(stream.stats()), report.interval);
  const end = duration === undefined ? undefined : setTimeout(() => void stream.stop(), duration);
  // With --json: nobody reads on, and nothing is left to report to. A stderr that is lost is missed by nobody.
  process.stdout.on('error', () => void stream.stop());
  try {
    await stream.finished;
  } finally {
    clearInterval(stats);
    clearTimeout(end);
  }
}

function milliseconds(seconds: number): number {
  if (!(seconds > 0 && seconds <= 2_000_000)) {
    throw new UsageError(`--duration must be a number of seconds between 0 and 2000000, received ${seconds}`);
  }
  return seconds * 1_000;
}
