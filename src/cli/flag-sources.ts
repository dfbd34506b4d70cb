// Which source each flag belongs to. One that changes nothing is refused: it was meant for another source, and that one would not
// go live. Pure.
import { UsageError } from './exit.js';

const picture = ['--video test-pattern', '--video screen', '--video camera'];
const sound = ['--audio tone', '--audio silence', '--audio system-audio', '--audio microphone'];
const camera = ['--video camera'];
const screen = ['--video screen'];

/** Of the choices beside a flag one must have been made. What is not here belongs to every source. */
export const flagSources = {
  push: {
    '--size': picture, '--scale': picture, '--fps': picture, '--encode-fps': picture, '--frame-rate-mode': picture,
    '--video-bitrate': picture, '--preset': picture, '--tune': picture, '--profile': picture, '--keyframe-interval': picture,
    '--b-frames': picture, '--threads': picture, '--x264': picture, '--slate': picture,
    '--video-device': camera, '--video-format': camera, '--camera-control': camera,
    '--display': screen, '--region': screen, '--no-cursor': screen,
    '--audio-device': ['--audio system-audio', '--audio microphone'],
    '--audio-backend': ['--audio microphone', '--mix microphone'],
    '--tone-frequency': ['--audio tone', '--mix tone'],
    '--audio-gain': sound, '--audio-muted': sound, '--audio-bitrate': sound, '--sample-rate': sound, '--channels': sound,
    '--mix': sound,
    '--mix-device': ['--mix system-audio', '--mix microphone'],
  },
  /** The kind of a device is looked up, or said by --kind. */
  probe: {
    '--size': ['a camera'], '--format': ['a camera'], '--fps': ['a camera', 'a screen'], '--snapshot': ['a camera', 'a screen'],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** @throws {UsageError} for the first of `flags` that belongs to none of the choices that were made */
export function checkSources(command: keyof typeof flagSources, flags: readonly string[], made: readonly string[]): void {
  const table: Readonly<Record<string, readonly string[]>> = flagSources[command];
  for (const flag of flags) {
    const wanted = table[flag];
    if (!wanted || wanted.some((choice) => made.includes(choice))) continue;
    const received = made.filter((choice) => wanted.some((other) => firstWord(other) === firstWord(choice)));
    throw new UsageError(`${flag} belongs to ${wanted.join(' or ')}, received ${received.join(' ')}`);
  }
}

const firstWord = (choice: string) => choice.split(' ', 1)[0];

/** As they are written, of their values as commander gives them: `--b-frames` of bFrames, `--no-cursor` of a false cursor. */
export function flagsOf(values: object): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (value === undefined || (name === 'cursor' && value === true)) return [];
    return [value === false ? `--no-${flag}` : `--${flag}`];
  });
}
