// What rtmp-pusher wants to reach beside its peers, with sound, held against the figures of this run.
const goals = [
  ['screen to decoded frame, p50, ms', 25, ({ ours }) => ours?.latency.p50],
  ['sound and picture apart, median, ms', 5, ({ ours }) => Math.abs(ours?.sound?.offset)],
  ['CPU of the bare codecs and the screen read, %', 105, ({ ours, floor }) => (100 * ours?.cpuPerThousand) / floor?.cpu],
  ["CPU of ffmpeg's, %", 100, ({ ours, ffmpeg }) => (100 * ours?.cpuPerThousand) / ffmpeg?.cpuPerThousand],
  ["most resident memory of GStreamer's with libav, %", 100, ({ ours, libav }) => (100 * ours?.memoryPeak) / libav?.memoryPeak],
  ['publish() to first keyframe read, ms', 200, ({ ours }) => ours?.start.keyframe.fromPublish],
  ['event loop delay at 1920x1080, p99, ms', 5, ({ large }) => large?.eventLoop?.p99],
];

/** One line a goal that this run could measure. */
export function goalLines({ results, floor, large }) {
  const figuresOf = (list, name) => {
    const figures = list?.find((result) => result.name === name)?.figures;
    return figures?.error ? undefined : figures;
  };
  const measured = {
    ours: figuresOf(results, 'rtmp-pusher'),
    ffmpeg: figuresOf(results, 'ffmpeg'),
    libav: figuresOf(results, 'gstreamer-libav'),
    large: figuresOf(large?.results, 'rtmp-pusher'),
    floor,
  };
  return goals.flatMap(([title, most, take]) => {
    const value = take(measured);
    if (!Number.isFinite(value)) return [];
    return [`${value <= most ? 'reached' : 'MISSED '}  ${title}: ${value.toFixed(1)}, at most ${most}`];
  });
}
