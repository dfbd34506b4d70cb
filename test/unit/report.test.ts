// What the command shows of a running stream.
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { clock, figures, liveLine, summary } from '../../src/cli/live-line.js';
import { JsonReport, TextReport } from '../../src/cli/report.js';
import { pusherError, type RtmpError } from '../../src/errors.js';
import type { NativeStats } from '../../src/native.js';
import { stats } from '../../src/stats.js';

const since = Date.UTC(2024, 4, 6);
const source = { device: 'hw:1', label: 'Card', format: 'S16_LE', sampleRate: 48_000, channels: 2, lost: false };
const moment = (duration: number, frames: number, sent: number, { dropped = 0, queue = 12 } = {}) => {
  const native: NativeStats = {
    duration,
    video: {
      source: { device: '', label: '', format: '', width: 1280, height: 720, frameRate: 30, lost: false },
      width: 1280, height: 720, frameRate: 30_000 / 1_001, framesCaptured: frames, framesEncoded: frames, framesRepeated: 0,
      framesDropped: 0, captureGaps: 0, timestampJumps: 0,
      keyframes: 1, bytes: sent, targetBitrate: 2_500_000, bitrate: 2_400_000, encodeTimeP50: 5, encodeTimeP95: 9,
    },
    audio: {
      sampleRate: 48_000, channels: 2, packetsEncoded: 0, bytes: 0, bitrate: 0, peak: 0.5, rms: 0, clippedSamples: 0,
      inputs: [
        { samplesCaptured: 4, captureGaps: 1, timestampJumps: 2, drift: 20, gain: 1, muted: false, source, overruns: 0, peak: 0.5, rms: 0.1 },
        { samplesCaptured: 3, captureGaps: 2, timestampJumps: 1, drift: -30, gain: 1, muted: true, source, overruns: 0, peak: 0, rms: 0 },
      ],
    },
    destinations: [{
      url: 'rtmp://host/app/****', state: 'publishing', since, bytesSent: sent, bytesAcked: 0, queueDuration: queue,
      queueBytes: 100, droppedFrames: dropped, roundTrip: 0, retransmits: 0, interleaveDelay: 3,
    }],
  };
  return stats(native, { video: 'camera', audio: ['microphone', 'tone'] });
};

test('stats() groups what belongs together and leaves out what is not known', () => {
  const { video, audio, destinations } = moment(1, 30, 1_000);
  expect(video).toMatchObject({ source: { kind: 'camera', width: 1280 }, framesEncoded: 30, encodeTime: { p50: 5, p95: 9 } });
  expect(destinations[0]).toMatchObject({ since: new Date(since), queue: { duration: 12, bytes: 100 } });
  expect(destinations[0]).not.toHaveProperty('roundTrip');
  expect(audio).toMatchObject({ samplesCaptured: 7, captureGaps: 3, timestampJumps: 3, drift: -30, peak: expect.closeTo(-6.02, 2), rms: -120 });
  expect(audio?.inputs).toMatchObject([{ source: { kind: 'microphone' }, rms: expect.closeTo(-20, 5) }, { source: { kind: 'tone' }, muted: true, peak: -120 }]);
  expect(stats({ duration: 1, destinations: [] }, { video: undefined, audio: [] })).toEqual({ duration: 1, destinations: [] });
});

describe('the live line', () => {
  test('shows what happened since the last one', () => {
    const now = moment(12, 375, 3_125_000);
    const since = figures(moment(10, 315, 2_500_000), now);
    expect(since).toEqual({ time: 12, framesPerSecond: 30, kilobits: 2_500, queue: 12, dropped: 0 });
    expect(liveLine(since)).toBe('0:00:12  30.0 fps  2500 kbit/s  queue 12 ms  dropped 0');
  });

  test('the first one counts from the beginning, and one at the same moment divides by nothing', () => {
    expect(figures(undefined, moment(2, 60, 1_000_000))).toMatchObject({ framesPerSecond: 30, kilobits: 4_000 });
    expect(figures(moment(2, 60, 1_000), moment(2, 60, 1_000))).toMatchObject({ framesPerSecond: 0, kilobits: 0 });
  });

  test('sound alone has no frames', () => {
    const { video: _, ...sound } = moment(2, 60, 1_000_000);
    expect(liveLine(figures(undefined, sound))).toBe('0:00:02  4000 kbit/s  queue 12 ms  dropped 0');
  });

  test('colour marks what is wrong, and nothing else', () => {
    const yellow = (text: string) => `\x1b[33m${text}\x1b[39m`;
    expect(liveLine(figures(undefined, moment(1, 30, 125_000)), true)).not.toContain('\x1b');
    expect(liveLine(figures(undefined, moment(1, 30, 125_000, { dropped: 3, queue: 600 })), true))
      .toBe(`0:00:01  30.0 fps  1000 kbit/s  ${yellow('queue 600 ms')}  ${yellow('dropped 3')}`);
  });

  test.for([[0, '0:00:00'], [59.9, '0:00:59'], [61, '0:01:01'], [3_600, '1:00:00'], [360_000, '100:00:00']] as const)(
    '%f s is %s', ([seconds, text]) => expect(clock(seconds)).toBe(text));

  test('the summary', () => expect(summary(moment(60, 1_800, 18_250_000, { dropped: 2 })))
    .toBe('0:01:00, 1800 frames, 18.3 MB sent, 2 dropped'));
});

const failure = pusherError({
  code: 'ERR_RTMP_BUSY', message: 'the key is in use', destination: 'rtmp://host/app/****',
  status: { code: 'NetStream.Publish.BadName', level: 'error', description: 'busy' },
}) as RtmpError;

/** A stream that remembers; a terminal if it says so. */
function paper(isTTY: boolean): NodeJS.WriteStream & { readonly text: string } {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on('data', (chunk) => chunks.push(String(chunk)));
  Object.defineProperty(stream, 'text', { get: () => chunks.join('') });
  return Object.assign(stream, { isTTY, hasColors: () => false }) as never;
}

test('NDJSON: one object a line, errors with their fields', () => {
  const out = paper(false);
  const report = new JsonReport(out);
  report.started(moment(0.1, 1, 100));
  report.stats(moment(1, 30, 125_000));
  report.congestion({ buffered: 900, droppedFrames: 4 });
  report.warning(failure);
  report.stopping();
  report.ended(failure, moment(2, 60, 250_000));
  report.ended(undefined, undefined);
  const lines = out.text.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map((line) => line['type'])).toEqual(['started', 'stats', 'congestion', 'warning', 'stopping', 'ended', 'ended']);
  expect(lines.every((line) => !Number.isNaN(Date.parse(String(line['time']))))).toBe(true);
  expect(lines[0]).toMatchObject({
    url: 'rtmp://host/app/****', video: { width: 1280, height: 720 }, audio: { sampleRate: 48_000, channels: 2 },
  });
  expect(lines[1]).toMatchObject({ duration: 1, video: { framesEncoded: 30 }, destinations: [{ queue: { duration: 12 } }] });
  expect(lines[2]).toMatchObject({ buffered: 900, droppedFrames: 4 });
  expect(lines[5]).toMatchObject({
    error: {
      name: 'RtmpError', code: 'ERR_RTMP_BUSY', message: 'the key is in use', destination: 'rtmp://host/app/****',
      status: failure.status,
    },
    stats: { duration: 2 },
  });
  expect(lines[6]).not.toHaveProperty('error');
});

test('a URL that was given as a device shows no key, in either form', () => {
  const url = 'rtmp://host/app/my\'secret';
  const error = pusherError({ code: 'ERR_DEVICE_NOT_FOUND', message: `there is no camera ${url}`, device: url });
  const [json, text] = [paper(false), paper(false)];
  new JsonReport(json).ended(error, undefined);
  new TextReport(text).ended(error, undefined);
  const message = 'there is no camera rtmp://host/app/****';
  expect(JSON.parse(json.text)).toMatchObject({ error: { message, device: 'rtmp://host/app/****' } });
  expect(text.text).toBe(`rtmp-pusher: ${message}\n`);
});

describe('text', () => {
  const tell = (out: NodeJS.WriteStream, quiet: boolean) => {
    const report = new TextReport(out, { quiet });
    report.started(moment(0, 0, 0));
    report.stats(moment(1, 30, 125_000));
    report.stats(moment(2, 60, 250_000));
    report.congestion({ buffered: 900.4, droppedFrames: 4 });
    report.stopping();
    report.ended(failure, moment(2, 60, 250_000));
    return report;
  };

  test('on a terminal one line is kept up to date, twice a second', () => {
    const out = paper(true);
    expect(tell(out, false).interval).toBe(500);
    expect(out.text).toBe([
      'publishing 1280x720 at 29.97 fps, 48000 Hz stereo to rtmp://host/app/****\n',
      '\r0:00:01  30.0 fps  1000 kbit/s  queue 12 ms  dropped 0\x1b[K',
      '\r0:00:02  30.0 fps  1000 kbit/s  queue 12 ms  dropped 0\x1b[K\n',
      'the network is too slow: 900 ms wait to be sent, 4 frames dropped so far\n',
      'stopping, a second signal ends it at once\n',
      'rtmp-pusher: the key is in use\n',
    ].join(''));
  });

  test('elsewhere a line every ten seconds, without control characters', () => {
    const out = paper(false);
    expect(tell(out, false).interval).toBe(10_000);
    expect(out.text).toMatch(/^[^\x00-\x09\x0b-\x1f]*$/);
    expect(out.text.split('\n')).toHaveLength(7);
  });

  test('quiet: the error alone', () => {
    const out = paper(true);
    tell(out, true);
    expect(out.text).toBe('rtmp-pusher: the key is in use\n');
  });

  test('the end as asked', () => {
    const out = paper(false);
    new TextReport(out).ended(undefined, moment(60, 1_800, 18_250_000));
    expect(out.text).toBe('stopped: 0:01:00, 1800 frames, 18.3 MB sent, 0 dropped\n');
  });
});
