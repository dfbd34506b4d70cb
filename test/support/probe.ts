// What ffprobe says of a file or a stream.
import { run } from './run.js';

export interface ProbedStream {
  readonly codec_type: 'video' | 'audio';
  readonly codec_name: string;
  readonly profile?: string;
  readonly width?: number;
  readonly height?: number;
  readonly has_b_frames?: number;
  readonly pix_fmt?: string;
  readonly r_frame_rate?: string;
  readonly avg_frame_rate?: string;
  readonly color_range?: string;
  readonly color_space?: string;
  readonly color_transfer?: string;
  readonly color_primaries?: string;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly level?: number;
}

async function ffprobe<T>(...args: string[]): Promise<T> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-of', 'json', ...args]);
  return JSON.parse(stdout.toString()) as T;
}

export async function probeStreams(input: string): Promise<{ video?: ProbedStream; audio?: ProbedStream }> {
  const { streams } = await ffprobe<{ streams: ProbedStream[] }>('-show_streams', input);
  const video = streams.find((stream) => stream.codec_type === 'video');
  const audio = streams.find((stream) => stream.codec_type === 'audio');
  return { ...(video && { video }), ...(audio && { audio }) };
}

/** One letter a decoded frame: I, P, B. */
export async function pictureTypes(input: string): Promise<string> {
  const entries = ['-select_streams', 'v:0', '-show_entries', 'frame=pict_type'];
  const { frames } = await ffprobe<{ frames: { pict_type: string }[] }>(...entries, input);
  return frames.map((frame) => frame.pict_type).join('');
}
