// publish(): from options to a stream that the server has accepted.
import { types } from 'node:util';
import { abortReason } from './abort-signal.js';
import { Claims } from './claim.js';
import { thrownByNative } from './errors.js';
import { LivePublication } from './live.js';
import { native } from './native.js';
import { checkOptions, type PublishOptions } from './options.js';
import type { Publication } from './publication.js';

/**
 * Publishes picture and sound to an RTMP server.
 *
 * Resolves when the server has accepted the stream (`NetStream.Publish.Start`) and has taken some of it, or has stayed for 200 ms:
 * many servers accept first, then look whether they may, and close. Media is sent from the acceptance on.
 *
 * ```ts
 * import { publish, testPattern, tone } from 'rtmp-pusher';
 *
 * const stream = await publish('rtmp://live.example/app/key', { video: testPattern(), audio: tone() });
 * setTimeout(() => stream.stop(), 60_000);
 * await stream.finished;
 * ```
 *
 * @param url `rtmp://host[:port]/app[/instance]/key[?query]`. The key is the last segment with its query and is sent as it
 * stands. For a server whose streams have one name, `rtmp://host[:port]/name[?query]`: that is sent as the app, with an empty key, as
 * FFmpeg does. A `URL` object has already been rewritten as WHATWG says (spaces, `..`); a string never is.
 * @throws {TypeError} as every failure, by rejecting: an option of the wrong type, an unknown one, an input that is in use or has ended
 * @throws {RangeError} an option out of its range
 * @throws {RtmpError} the URL is no RTMP URL, the server cannot be reached, or refuses the stream
 * @throws {DeviceError} a source cannot be opened
 * @throws {EncoderError} an encoder cannot be opened
 * @throws `signal.reason` when `signal` is aborted before the server has accepted
 */
export async function publish(url: string | URL, options: PublishOptions): Promise<Publication> {
  const inputs = new Claims();
  try {
    const { native: settings, sources, signal } = checkOptions(url, options);
    if (signal?.aborted) throw abortReason(signal);
    const destination = native.parseUrl(settings.destinations[0]!.url).masked;
    for (const [track, named] of Object.entries(sources)) {
      named.forEach(({ name, source }, index) => inputs.add(`${track} ${index}`, source, name));
    }
    const publication = new LivePublication(settings, { inputs, signal, destination });
    await publication.accepted;
    return publication;
  } catch (thrown) {
    inputs.release();
    const error = thrownByNative(thrown);
    // What the native side reports was made in a callback: let it show who called publish().
    if (types.isNativeError(error) && error !== options?.signal?.reason) Error.captureStackTrace(error, publish);
    throw error;
  }
}
