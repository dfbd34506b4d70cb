// A whole publication: publishes, waits until enough has been encoded, stops, and gives the server's recording.
import { publish, type Publication, type PublishOptions, type Stats } from '../../src/index.js';
import type { Nginx } from './nginx.js';
import { until } from './until.js';

export interface Recorded {
  readonly file: string;
  /** Of the stopped publication. */
  readonly stats: Stats;
}

/** Until one of the tracks has encoded as many pictures or packets of sound. */
export async function encoded(stream: Publication, wanted: { frames?: number; packets?: number }): Promise<void> {
  let failure: unknown;
  stream.finished.catch((error: unknown) => (failure = error));
  await until(
    `${JSON.stringify(wanted)} are encoded`,
    () => {
      if (failure) throw failure;
      const { video, audio } = stream.stats();
      const [frames, packets] = [video?.framesEncoded ?? 0, audio?.packetsEncoded ?? 0];
      return frames >= (wanted.frames ?? Infinity) || packets >= (wanted.packets ?? Infinity);
    },
    50_000,
  );
}

let publications = 0;

/** `wanted` frames of video, or packets of sound when there is no video. `during` is awaited before the end. */
export async function record(
  nginx: Nginx,
  options: PublishOptions,
  wanted: number,
  during: (stream: Publication) => Promise<void> | void = () => undefined,
): Promise<Recorded> {
  const key = `recorded-${++publications}`;
  const stream = await publish(nginx.url(key), options);
  try {
    await encoded(stream, options.video ? { frames: wanted } : { packets: wanted });
    await during(stream);
  } finally {
    await stream.stop();
  }
  await stream.finished;
  return { file: await nginx.recording(key), stats: stream.stats() };
}
