// The sound's options: one source or several that are mixed; rules, defaults and the native values. Never loads the addon.
import * as v from 'valibot';
import type { AudioEncoding } from './encoding.js';
import type { NativeAudio, NativeAudioSource } from './native.js';
import { channels, checkAudioSource, nativeAudioSource } from './source-options.js';
import type { AudioSource } from './sources.js';
import { bitrate, check, choice, flag, integer, number, options } from './validation.js';

/** A source, and how it is encoded. */
export interface AudioTrack extends AudioEncoding {
  /** Where the sound comes from. */
  source: AudioSource;
}

/** Several sources in one track, and how it is encoded. */
export interface AudioMix extends AudioEncoding {
  /**
   * One to eight. Each is brought to the track's rate and channels and held to the system's clock by itself, then they are added; what
   * exceeds full scale is cut, and counted in {@link AudioStats.clippedSamples}. One that is lost or late is silent meanwhile and does
   * not hold up the others. So of an {@link AudioInput}, unlike one that is published alone, what was stamped before the server accepted
   * the stream is left out, and so is what is written too late: 0.5 s are waited for, up to a second where that happens often.
   */
  inputs: readonly MixInput[];
}

/** One of the sources of an {@link AudioMix}. */
export interface MixInput {
  /** Where the sound comes from. */
  source: AudioSource;
  /** Factor of the samples, 0–10: 0.5 is 6 dB less. Later: {@link Publication.setAudioGain}. @default 1 */
  gain?: number | undefined;
  /** Begins silent. Later: {@link Publication.setAudioMuted}. @default false */
  muted?: boolean | undefined;
}

/** For what is done to one input of the sound. */
export interface AudioInputChoice {
  /** Its place in {@link AudioMix.inputs}. @default 0, the first, or only, one */
  input?: number | undefined;
}

const mostInputs = 8;
const inputsRule = `an array of one to ${mostInputs} inputs`;
const gain = number(0, 10);

const encoding = {
  bitrate: v.optional(bitrate(16_000, 320_000), 128_000),
  sampleRate: v.optional(choice(44_100, 48_000)),
  channels: v.optional(channels),
};
/** Exported, as the next, for the test that the command has a flag for every option. */
export const mixInput = options({ source: v.optional(v.unknown()), gain: v.optional(gain, 1), muted: v.optional(flag, false) });
export const audioOptions = v.pipe(
  options({
    ...encoding,
    source: v.optional(v.unknown()),
    inputs: v.optional(v.pipe(
      v.array(mixInput, inputsRule), v.minLength(1, inputsRule), v.maxLength(mostInputs, inputsRule),
    )),
  }),
  v.forward(v.check(({ source, inputs }) => source === undefined || inputs === undefined, 'given without source'), ['inputs']),
);

/** The sources by the user's names for them, in the order of the native inputs. */
export interface CheckedAudio {
  readonly native: NativeAudio;
  readonly sources: readonly { readonly name: string; readonly source: AudioSource }[];
}

/** @throws {TypeError} @throws {RangeError} */
export function checkAudio(given: unknown): CheckedAudio {
  if (isSource(given)) return checkAudio({ source: checkAudioSource(given, 'audio') });
  const checked = check(audioOptions, given, 'audio');
  const inputs = checked.inputs ?? [{ source: checked.source, gain: 1, muted: false }];
  const sources = inputs.map(({ source }, index) => {
    const name = checked.inputs ? `audio.inputs.${index}.source` : 'audio.source';
    return { name, source: checkAudioSource(source, name) };
  });
  const all44 = sources.every(({ source }) => source.sampleRate === 44_100);
  return {
    sources,
    native: {
      inputs: inputs.map(({ gain, muted }, index) => ({ source: nativeAudioSource(sources[index]!.source), gain, muted })),
      bitrate: checked.bitrate,
      sampleRate: checked.sampleRate ?? (all44 ? 44_100 : 48_000),
      channels: checked.channels ?? (sources.some(({ source }) => source.channels === 2) ? 2 : 1),
    },
  };
}

/** A source names its kind; any other object is meant to be a track. */
function isSource(given: unknown): boolean {
  return typeof given !== 'object' || given === null || 'kind' in given;
}

/** What setAudioSource() takes. */
export function checkNewAudioSource(given: unknown): { readonly native: NativeAudioSource; readonly source: AudioSource } {
  const source = checkAudioSource(given, 'source');
  return { source, native: nativeAudioSource(source) };
}

/** What setAudioGain() takes. */
export function checkGain(given: unknown): number {
  return check(gain, given, 'gain');
}

/** What setAudioMuted() takes. */
export function checkMuted(given: unknown): boolean {
  return check(flag, given, 'muted');
}

/** Which of `count` inputs is meant. */
export function checkInputChoice(given: unknown, count: number): number {
  return check(options({ input: v.optional(integer(0, count - 1), 0) }), given).input;
}
