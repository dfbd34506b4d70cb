// The rules that options are made of, and the one sentence for a wrong one: "video.bitrate must be a positive integer, received
// -1". A rule's message is the part after "must be". Pure.
import { closest, distance } from 'fastest-levenshtein';
import { inspect, types } from 'node:util';
import * as v from 'valibot';
import { maskKeys } from './mask.js';
import { outOfRange, wrongType, wrongValue } from './misuse.js';
import { visible } from './visible.js';

/** An integer within bounds that the message names. */
export function integer(min: number, max: number, unit = '') {
  const rule = `an integer between ${min} and ${max}${unit && ` ${unit}`}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(min, rule), v.maxValue(max, rule));
}

/** A number, not NaN, within bounds that the message names. */
export function number(min: number, max: number, unit = '') {
  const rule = `a number between ${min} and ${max}${unit && ` ${unit}`}`;
  return v.pipe(v.number(rule), v.minValue(min, rule), v.maxValue(max, rule));
}

/** Both sides of a picture with 4:2:0 colour are even. */
export function evenInteger(min: number, max: number) {
  const rule = `an even integer between ${min} and ${max}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(min, rule), v.maxValue(max, rule), v.multipleOf(2, rule));
}

/** bit/s. */
export function bitrate(min: number, max: number) {
  const positive = 'a positive integer';
  const range = `between ${min} and ${max} bit/s`;
  return v.pipe(
    v.number(positive), v.integer(positive), v.minValue(1, positive), v.minValue(min, range), v.maxValue(max, range),
  );
}

/** One of some strings. */
export function word<const Words extends readonly string[]>(...words: Words) {
  return v.picklist(words, alternatives(words.map((each) => `"${each}"`)));
}

/** One of some numbers. */
export function choice<const Numbers extends readonly number[]>(...numbers: Numbers) {
  const rule = alternatives(numbers.map(String));
  return v.pipe(v.number(rule), v.values(numbers as readonly number[], rule), v.transform((value) => value as Numbers[number]));
}

export const flag = v.boolean('a boolean');

/** Text for a C library: a NUL in it would end it early. */
export const text = v.pipe(v.string('a string'), v.check((value) => !value.includes('\0'), 'a string without NUL characters'));

/** An object that has these options and no other. */
export function options<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) =>
    issue.expected === 'never' ? nearest(String(issue.input), Object.keys(entries)) : objectRule(issue));
}

/** An object that has these properties, and others if it likes. */
export function shape<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.object(entries, objectRule);
}

function objectRule(issue: { readonly expected: string | null }): string {
  return issue.expected === 'Object' ? 'an object' : 'given';
}

/** A number that can only be one. */
export function exactly(number: number) {
  const rule = String(number);
  return v.pipe(v.number(rule), v.value(number, rule));
}

/** What the schema makes of `value`, with the defaults filled in; throws TypeError or RangeError. `name` is the user's for it. */
export function check<const Schema extends v.GenericSchema>(schema: Schema, value: unknown, name = ''): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return result.output;
  // A misspelled option comes before the required one that it leaves missing.
  throw wrong(result.issues.find(isUnknownOption) ?? result.issues[0], name);
}

function wrong(issue: v.BaseIssue<unknown>, name: string): TypeError | RangeError {
  const path = (key: string) => [name, ...(issue.path ?? []).slice(0, -1).map((item) => String(item.key)), key]
    .filter((part) => part !== '').join('.');
  const last = issue.path?.at(-1);
  const option = path(last === undefined ? '' : String(last.key));
  if (isUnknownOption(issue)) {
    const meant = issue.message && `, did you mean "${path(issue.message)}"?`;
    return wrongValue(`unknown option "${shown(option)}"${meant}`);
  }
  const received = last === undefined ? issue.input : last.value;
  const message = `${shown(option) || 'options'} must be ${issue.message}, received ${describe(received)}`;
  // NaN is a number, only not a good one.
  const ofRightType = issue.kind === 'validation' || (issue.type === 'number' && typeof received === 'number');
  if (ofRightType && received !== undefined) return outOfRange(message);
  return isOtherWord(issue, received) ? wrongValue(message) : wrongType(message);
}

function isUnknownOption(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

/** A string where others are meant. */
function isOtherWord(issue: v.BaseIssue<unknown>, received: unknown): boolean {
  return typeof received === 'string' && (issue.type === 'picklist' || issue.type === 'literal');
}

/** The words of ffmpeg, OBS and browsers for options, and ours, the likeliest first: of these the one that there is is meant. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  fps: ['frameRate'],
  framerate: ['frameRate'],
  r: ['frameRate'],
  rate: ['sampleRate', 'frameRate'],
  ar: ['sampleRate'],
  samplerate: ['sampleRate'],
  hz: ['frequency', 'sampleRate'],
  ac: ['channels'],
  channelcount: ['channels'],
  size: ['width'],
  videosize: ['width'],
  resolution: ['width'],
  w: ['width'],
  h: ['height'],
  kbps: ['bitrate'],
  bps: ['bitrate'],
  videobitrate: ['bitrate'],
  audiobitrate: ['bitrate'],
  bv: ['bitrate'],
  ba: ['bitrate'],
  gop: ['keyframeInterval'],
  gopsize: ['keyframeInterval'],
  g: ['keyframeInterval'],
  keyint: ['keyframeInterval'],
  keyframe: ['keyframeInterval'],
  bf: ['bFrames'],
  latency: ['tune', 'maxBuffer'],
  buffer: ['maxBuffer'],
  buffersize: ['maxBuffer'],
  timeout: ['connectTimeout'],
  rwtimeout: ['writeTimeout'],
  pixfmt: ['format'],
  pixelformat: ['format'],
  fourcc: ['format'],
  inputformat: ['format'],
  id: ['device'],
  deviceid: ['device'],
  name: ['device'],
  card: ['device'],
  monitor: ['display', 'device'],
  volume: ['gain'],
  mute: ['muted'],
  mouse: ['cursor'],
  drawmouse: ['cursor'],
  pointer: ['cursor'],
  x264opts: ['extra'],
  x264params: ['extra'],
  left: ['x'],
  top: ['y'],
  camera: ['video'],
  screen: ['video'],
  picture: ['video'],
  microphone: ['audio'],
  mic: ['audio'],
  sound: ['audio'],
  sources: ['inputs', 'source'],
  abort: ['signal'],
  abortsignal: ['signal'],
};

/** The known name that was probably meant, or nothing. */
function nearest(name: string, known: readonly string[]): string {
  // closest() of none is undefined.
  if (known.length === 0) return '';
  const lowerCase = name.toLowerCase();
  const word = lowerCase.replace(/[^a-z0-9]/g, '');
  const meant = Object.hasOwn(synonyms, word) ? synonyms[word]?.find((each) => known.includes(each)) : undefined;
  if (meant !== undefined) return meant;
  const candidate = closest(lowerCase, known.map((each) => each.toLowerCase()));
  const near = distance(lowerCase, candidate) <= Math.max(2, name.length / 3);
  return near ? (known.find((each) => each.toLowerCase() === candidate) ?? '') : '';
}

function alternatives(words: readonly string[]): string {
  return words.length === 1 ? `${words[0]}` : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** A value as a message shows it: short, on one line, never with a stream key. */
export function describe(value: unknown): string {
  if (typeof value === 'function') return `the function ${shown(value.name) || '(anonymous)'}`;
  const proxy = types.isProxy(value) ? 'a Proxy of ' : '';
  return proxy + shown(inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 80, maxArrayLength: 3 }));
}

function shown(text: string): string {
  return visible(maskKeys(text));
}
