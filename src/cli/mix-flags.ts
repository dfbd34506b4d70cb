// --mix, which may be repeated, and the flags that belong to the one before them. Pure.
import { InvalidArgumentError, Option } from 'commander';
import { parseNumber } from './values.js';

/** One more sound. */
export interface Mix {
  readonly source: 'tone' | 'system-audio' | 'microphone';
  readonly device?: string;
  readonly gain?: number;
  readonly muted?: true;
}

/** Beside the first sound. */
const most = 7;

/** All of them make one list. */
class MixOption extends Option {
  override attributeName(): string {
    return 'mix';
  }
}

export function mixOptions(): Option[] {
  return [
    mix(['tone', 'system-audio', 'microphone']),
    ofLast('--mix-device <id>', 'as --audio-device, of the --mix before it', (text) => ({ device: text })),
    ofLast('--mix-gain <factor>', 'as --audio-gain, of the --mix before it', (text) => ({ gain: parseNumber(text) })),
    ofLast('--mix-muted', 'as --audio-muted, of the --mix before it', () => ({ muted: true })),
  ];
}

function mix(sources: readonly Mix['source'][]): Option {
  const option = new MixOption('--mix <source>', `one more sound, mixed with the others; up to ${most} of them`).choices(sources);
  const choose = option.parseArg as (word: string, before: unknown) => Mix['source'];
  return option.argParser((word, before: readonly Mix[] = []) => {
    if (before.length === most) throw new InvalidArgumentError(`There can be ${most}.`);
    return [...before, { source: choose(word, undefined) }];
  });
}

function ofLast(flags: string, description: string, parse: (text: string) => Omit<Mix, 'source'>): Option {
  return new MixOption(flags, description).argParser((text: string, before: readonly Mix[] = []) => {
    const last = before.at(-1);
    if (!last) throw new InvalidArgumentError('It comes after the --mix that it belongs to.');
    return [...before.slice(0, -1), { ...last, ...parse(text) }];
  });
}
