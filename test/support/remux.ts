// What ffmpeg, as a player or as the packager behind a server, reads of a live stream: copied, so that every timestamp of it counts.
import { run } from './run.js';

export interface ReadPacket {
  readonly type: 'video' | 'audio';
  /** Seconds. */
  readonly pts: number;
  readonly dts: number;
}

/** Copies `seconds` of both tracks into a container and gives what ffmpeg had to warn of, a line each. */
export async function remuxWarnings(input: string, format: 'mpegts' | 'mp4' | 'flv' | 'null', seconds: number): Promise<string[]> {
  const flags = format === 'mp4' ? ['-movflags', 'frag_keyframe+empty_moov'] : [];
  const { stderr } = await run('ffmpeg', ['-nostdin', '-hide_banner', '-loglevel', 'warning', '-i', input, '-t', `${seconds}`,
    '-map', '0:v', '-map', '0:a', '-c', 'copy', ...flags, '-f', format, '-y', '/dev/null']);
  return stderr.split('\n').filter((line) => line.trim() !== '');
}

/** So many packets of a stream, in the order in which they came. */
export async function readPackets(input: string, count: number): Promise<ReadPacket[]> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-read_intervals', `%+#${count}`, '-of', 'compact=p=0:nk=0',
    '-show_entries', 'packet=codec_type,pts_time,dts_time', input]);
  return stdout.toString().split('\n').flatMap((line) => {
    const of = (name: string) => new RegExp(`${name}=([^|]*)`).exec(line)?.[1];
    const type = of('codec_type');
    if (type !== 'video' && type !== 'audio') return [];
    return [{ type, pts: Number(of('pts_time')), dts: Number(of('dts_time')) }];
  });
}
