// `rtmp-pusher probe`: captures from a device for a moment, and tells what it really gives.
import { writeFile } from 'node:fs/promises';
import type * as Pusher from '../index.js';
import { visible, visibleJson } from '../visible.js';
import { named } from './device-list.js';
import { exitCodes, UsageError } from './exit.js';
import { checkSources, flagsOf } from './flag-sources.js';
import { AudioMeasure, VideoMeasure, type AudioFigures, type VideoFigures } from './measure.js';
import { audioText, videoText } from './probe-text.js';
import type { Size } from './values.js';

export interface ProbeFlags {
  readonly kind?: Pusher.Device['kind'];
  readonly seconds: number;
  readonly size?: Size;
  readonly fps?: number;
  readonly format?: string;
  readonly snapshot?: string;
  readonly json?: boolean;
}

type Api = typeof Pusher;
/** What is probed: as it is listed, or a name of the caller's and its kind. */
type Target = Pick<Pusher.Device, 'kind' | 'id'> & Partial<Pusher.Device>;

/** Resolves with the exit code. */
export async function probe(name: string, flags: ProbeFlags): Promise<number> {
  const { seconds, snapshot, json } = flags;
  if (!(seconds > 0 && seconds <= 3_600)) {
    throw new UsageError(`--seconds must be a number between 0 and 3600, received ${seconds}`);
  }
  const api = await import('../index.js');
  const device = await find(api, name, flags.kind);
  checkSources('probe', flagsOf(flags), [`a ${device.kind}`]);
  const { video, audio } = source(api, device, flags);
  const figures = video ? await measureVideo(api, video, seconds) : await measureAudio(api, audio, seconds);
  if (snapshot !== undefined && video) await takePicture(api, video, snapshot);
  const { kind, id, label, backend } = device;
  if (json) process.stdout.write(`${visibleJson(JSON.stringify({ device: { kind, id, label, backend }, ...figures, snapshot }))}\n`);
  else process.stdout.write(text(device, figures, snapshot));
  return exitCodes.ok;
}

/**
 * By its id, or by its label where only one has that. With a kind any name that the source takes will do, and without one the name of
 * an X display.
 */
async function find({ listDevices }: Api, name: string, kind: ProbeFlags['kind']): Promise<Target> {
  const devices = (await listDevices()).filter((device) => kind === undefined || device.kind === kind);
  const byId = devices.find(({ id }) => id === name);
  if (byId) return byId;
  const byLabel = devices.filter(({ label }) => label === name);
  if (byLabel.length === 1 && byLabel[0]) return byLabel[0];
  if (byLabel.length > 1) throw new UsageError(`${name} is the name of several devices, say which:${lines(byLabel)}`);
  if (kind !== undefined) return { kind, id: name };
  // Only the screens of $DISPLAY are listed. ALSA's names, such as hw:0,0, have no such form.
  if (/^([^:,\s]*:\d+\.\d+|(unix)?:\d+)$/.test(name)) return { kind: 'screen', id: name };
  throw new Error(`there is no device ${name}; ${devices.length === 0 ? 'there is none at all' : `there are:${lines(devices)}`}`);
}

const lines = (devices: readonly Pusher.Device[]) => devices.map((device) => `\n  ${named(device)}`).join('');

type Source = { video: Pusher.VideoSource; audio?: never } | { video?: never; audio: Pusher.AudioSource };

function source(api: Api, device: Target, { size, fps: frameRate, format }: ProbeFlags): Source {
  try {
    switch (device.kind) {
      case 'camera':
        return { video: api.camera({ device: device.id, ...size, frameRate, format }) };
      case 'screen':
        return { video: api.screen({ display: device.id, frameRate }) };
      case 'microphone':
        return { audio: api.microphone({ device: device.id, backend: backend(device), ...ownFormat(device) }) };
      case 'system-audio':
        return { audio: api.systemAudio({ device: device.id, ...ownFormat(device) }) };
    }
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

const backend = (device: Target) => (device.backend === 'alsa' || device.backend === 'pulse' ? device.backend : undefined);

/** So that nothing is resampled on the way, where it is known and can be had. */
function ownFormat(device: Target): Pusher.SoundOptions {
  const { sampleRate = 0, channels = 0 } = device as Partial<Pusher.SoundDevice>;
  return { ...(sampleRate >= 8_000 && sampleRate <= 192_000 && { sampleRate }), ...(channels === 1 && { channels }) };
}

/** Beyond its time, for a device to be opened and to begin. */
const patience = 8;

async function measureVideo({ captureVideo }: Api, video: Pusher.VideoSource, seconds: number): Promise<VideoFigures> {
  const measure = new VideoMeasure();
  await read((signal) => captureVideo(video, { signal }), measure, seconds);
  return measure.figures();
}

async function measureAudio({ captureAudio }: Api, audio: Pusher.AudioSource, seconds: number): Promise<AudioFigures> {
  const measure = new AudioMeasure();
  await read((signal) => captureAudio(audio, { signal }), measure, seconds);
  return measure.figures();
}

/** Until what was captured spans so many seconds. A device that hardly gives anything is left after some more. */
async function read<Item>(
  open: (signal: AbortSignal) => Pusher.Capture<Item>,
  measure: { readonly duration: number; add(item: Item, now: number): void },
  seconds: number,
): Promise<void> {
  const signal = AbortSignal.timeout((seconds + patience) * 1_000);
  let any = false;
  try {
    for await (const item of open(signal)) {
      any = true;
      measure.add(item, Number(process.hrtime.bigint() / 1_000n));
      if (measure.duration >= seconds) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (!any) throw new Error(`the device was opened and gave nothing for ${seconds + patience} s`);
}

/** A camera sets its exposure in the first pictures. */
const settled = 500_000;

async function takePicture({ captureVideo }: Api, video: Pusher.VideoSource, file: string): Promise<void> {
  const { encode } = await import('fast-png');
  let first: number | undefined;
  for await (const { timestamp, width, height, data } of captureVideo(video, { format: 'RGBA' })) {
    first ??= timestamp;
    if (timestamp - first < settled) continue;
    await writeFile(file, encode({ width, height, data, channels: 4, depth: 8 }));
    return;
  }
}

function text(device: Target, figures: VideoFigures | AudioFigures, snapshot: string | undefined): string {
  const { kind, id, label, backend } = device;
  const title = label === undefined ? `${id} (${kind})` : `${label}: ${id} (${kind}, ${backend})`;
  const body = 'levels' in figures ? audioText(figures) : videoText(figures);
  return `${visible(title)}\n${body}${snapshot === undefined ? '' : `  picture ${visible(snapshot)}\n`}`;
}
