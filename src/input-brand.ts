// Which objects are inputs: those that a constructor of this package has entered here. A Proxy or a copy of one has its shape, but
// not its native side, and so is none. Never loads the addon.
import { types } from 'node:util';
import type { AudioInput, VideoInput } from './input.js';
import { wrongType } from './misuse.js';
import type { NativeAudioInput, NativeVideoInput } from './native.js';

/** An input's native side, of which there is one however many names and wrappers the input has. */
export type NativeInput = NativeVideoInput | NativeAudioInput;

export const videoInputs = new WeakMap<object, NativeVideoInput>();
export const audioInputs = new WeakMap<object, NativeAudioInput>();

export const isVideoInput = (value: unknown): value is VideoInput => videoInputs.has(value as object);
export const isAudioInput = (value: unknown): value is AudioInput => audioInputs.has(value as object);

export const nativeVideoInput = (input: VideoInput): NativeVideoInput => videoInputs.get(input)!;
export const nativeAudioInput = (input: AudioInput): NativeAudioInput => audioInputs.get(input)!;

/** For what says that it is an input, and is not. */
export function notTheInput(name: string, type: 'VideoInput' | 'AudioInput', value: unknown): TypeError {
  const received = types.isProxy(value)
    ? 'a Proxy; pass what the Proxy was made of, which in Vue is toRaw(input)'
    : 'an object that only looks like one: a copy, what inherits from one, or an input of another copy of rtmp-pusher';
  return wrongType(`${name} must be the ${type} itself, received ${received}`);
}
