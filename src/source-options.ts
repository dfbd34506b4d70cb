// The sources' rules and defaults, and what the native side gets for each. Never loads the addon.
import * as v from 'valibot';
import type { CameraControl, CameraControls, CameraControlValues } from './controls.js';
import { rational } from './frame-rate.js';
import { isAudioInput, isVideoInput, nativeAudioInput, nativeVideoInput, notTheInput } from './input-brand.js';
import type { NativeAudioSource, NativeVideoSource } from './native.js';
import { wrongType } from './misuse.js';
import type { AudioSource, VideoSource } from './sources.js';
import { check, choice, describe, evenInteger, flag, integer, number, options, text, word } from './validation.js';

export const frameRate = number(1, 240, 'frames a second');
const side = evenInteger(64, 8192);
const regionSide = integer(16, 16_384, 'pixels');
const edge = integer(0, 32_767, 'pixels');
export const channels = choice(1, 2);
export const sourceRate = integer(8_000, 192_000, 'Hz');
const sound = { sampleRate: v.optional(sourceRate, 48_000), channels: v.optional(channels, 2) };
const device = v.optional(text);

export const testPatternSource = options({
  kind: v.literal('test-pattern'),
  width: v.optional(side, 1280),
  height: v.optional(side, 720),
  frameRate: v.optional(frameRate, 30),
});

const screenOptions = options({
  kind: v.literal('screen'),
  display: v.optional(text),
  x: v.optional(edge, 0),
  y: v.optional(edge, 0),
  width: v.optional(regionSide),
  height: v.optional(regionSide),
  frameRate: v.optional(frameRate, 30),
  cursor: v.optional(flag, true),
});
export const screenSource = v.pipe(
  screenOptions,
  v.forward(v.check(({ width, height, x, y }) => width !== undefined || (height === undefined && x === 0 && y === 0),
    'given together with height, x or y'), ['width']),
  v.forward(v.check(({ width, height }) => height !== undefined || width === undefined, 'given together with width'), ['height']),
);

const oneNumber = 'an integer or a boolean';
const controlValue = v.union([flag, v.pipe(v.number(oneNumber), v.safeInteger(oneNumber))], oneNumber);
const controlValues = v.record(v.string(), controlValue, 'an object');
const fourCharacters = 'four characters such as "YUYV"';
export const cameraSource = options({
  kind: v.literal('camera'),
  device,
  width: v.optional(regionSide),
  height: v.optional(regionSide),
  frameRate: v.optional(frameRate),
  format: v.optional(v.pipe(v.string(fourCharacters), v.regex(/^[ -~]{4}(-BE)?$/, fourCharacters))),
  controls: v.optional(v.pipe(controlValues, v.transform((values) => Object.freeze(values)))),
});

export const microphoneSource = options({
  kind: v.literal('microphone'), device, backend: v.optional(word('auto', 'pulse', 'alsa'), 'auto'), ...sound,
});
export const systemAudioSource = options({ kind: v.literal('system-audio'), device, ...sound });

const toneOptions = options({
  kind: v.literal('tone'), frequency: v.optional(number(20, 96_000, 'Hz'), 1_000), ...sound,
});
export const toneSource = v.pipe(
  toneOptions,
  v.forward(v.check(({ frequency, sampleRate }) => frequency < sampleRate / 2, 'below half the sample rate'), ['frequency']),
);
export const silenceSource = options({ kind: v.literal('silence'), ...sound });

/** What a control of this camera takes. */
function controlRule({ type, min, max, items, readOnly }: CameraControl): v.GenericSchema<number | boolean> {
  if (readOnly) return leftAlone('it can only be read');
  switch (type) {
    case 'button':
      return controlValue;
    case 'boolean':
      return v.union([flag, v.picklist([0, 1])], 'a boolean');
    case 'menu':
      return items.length === 0 ? leftAlone('its menu is empty') : choice(...items.map((item) => item.value));
    case 'bitmask':
      return v.pipe(integer(0, max), v.check((value) => (BigInt(value) & ~BigInt(max)) === 0n, `of the bits in 0x${max.toString(16)}`));
    default:
      return integer(min, max);
  }
}

function leftAlone(reason: string) {
  return v.custom<number>(() => false, `left alone: ${reason}`);
}

/** Values for a camera that has these controls. */
export function checkControls(values: unknown, controls: CameraControls): CameraControlValues {
  const rules = Object.entries(controls).map(([name, control]) => [name, v.optional(controlRule(control))] as const);
  return check(options(Object.fromEntries(rules)), values, 'controls') as CameraControlValues;
}

export function nativeControls(values: CameraControlValues = {}): [name: string, value: number][] {
  return Object.entries(values).map(([name, value]) => [name, Number(value)]);
}

/** A source function's whole work: `kind` and the user's options, validated, complete and frozen. */
export function checkSource<const Schema extends v.GenericSchema>(
  name: string, schema: Schema, kind: string, given: unknown,
): Readonly<v.InferOutput<Schema>> {
  check(v.custom<object>((value) => typeof value === 'object' && value !== null, 'an object'), given, `${name}() options`);
  return Object.freeze(check(schema, { ...(given as object), kind }, name) as object) as v.InferOutput<Schema>;
}

const videoSources = { 'test-pattern': testPatternSource, screen: screenSource, camera: cameraSource };
const audioSources = {
  microphone: microphoneSource, 'system-audio': systemAudioSource, tone: toneSource, silence: silenceSource,
};

/** Sources may come from a configuration, so what the functions made is checked again where it is used. */
export function checkVideoSource(value: unknown, name: string): VideoSource {
  if (isVideoInput(value)) return value;
  const kind = kindOf(value);
  if (isKeyOf(videoSources, kind)) return check(videoSources[kind], value, name);
  if (kind === 'video-input') throw notTheInput(name, 'VideoInput', value);
  throw wrongType(`${name} must be a video source such as testPattern(), received ${describe(value)}`);
}

export function checkAudioSource(value: unknown, name: string): AudioSource {
  if (isAudioInput(value)) return value;
  const kind = kindOf(value);
  if (isKeyOf(audioSources, kind)) return check(audioSources[kind], value, name);
  if (kind === 'audio-input') throw notTheInput(name, 'AudioInput', value);
  throw wrongType(`${name} must be an audio source such as tone(), received ${describe(value)}`);
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
}

function isKeyOf<Of extends object>(of: Of, key: unknown): key is keyof Of {
  return typeof key === 'string' && Object.hasOwn(of, key);
}

export function nativeVideoSource(source: VideoSource): NativeVideoSource {
  switch (source.kind) {
    case 'test-pattern':
      return { ...source, frameRate: rational(source.frameRate) };
    case 'screen':
      return {
        ...source,
        display: source.display ?? '',
        width: source.width ?? 0,
        height: source.height ?? 0,
        frameRate: rational(source.frameRate),
      };
    case 'camera':
      return {
        kind: 'camera',
        device: source.device ?? '',
        width: source.width ?? 0,
        height: source.height ?? 0,
        frameRate: source.frameRate === undefined ? { num: 0, den: 1 } : rational(source.frameRate),
        format: source.format ?? '',
        controls: nativeControls(source.controls),
      };
    case 'video-input':
      return { kind: 'video-input', input: nativeVideoInput(source) };
  }
}

export function nativeAudioSource(source: AudioSource): NativeAudioSource {
  switch (source.kind) {
    case 'tone':
    case 'silence':
      return source;
    case 'microphone':
    case 'system-audio':
      return { ...source, device: source.device ?? '' };
    case 'audio-input':
      return { kind: 'audio-input', input: nativeAudioInput(source) };
  }
}
