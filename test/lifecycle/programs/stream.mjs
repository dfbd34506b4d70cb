// What the programs here publish.
import { testPattern, tone } from 'rtmp-pusher';

export const options = {
  video: { source: testPattern({ width: 320, height: 240 }), preset: 'ultrafast', threads: 1 },
  audio: tone(),
};

/** Until media flows. */
export async function someFrames(stream, count = 10) {
  while (stream.state === 'publishing' && stream.stats().video.framesEncoded < count) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
