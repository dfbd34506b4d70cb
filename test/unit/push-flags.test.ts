// From words of the command line to publish()'s options. Without the addon: sources are made by their own file.
import { Command } from 'commander';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { audioOptions, mixInput } from '../../src/audio-options.js';
import { UsageError } from '../../src/cli/exit.js';
import { commandLine } from '../../src/cli/program.js';
import { flagSources } from '../../src/cli/flag-sources.js';
import { probeCommand } from '../../src/cli/probe-flags.js';
import { pushCommand, type PushFlags } from '../../src/cli/push-flags.js';
import { inFlags, publishOptions as optionsOf } from '../../src/cli/push-options.js';
import { checkOptions, publishOptions, videoEncoding } from '../../src/options.js';
import * as sources from '../../src/sources.js';
import { everyFlag, optionPaths } from '../support/every-flag.js';

function parse(line: string): { flags: PushFlags; url: string | undefined } {
  const command = pushCommand().exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  command.parse(line.split(' ').filter((word) => word !== ''), { from: 'user' });
  return { flags: command.opts<PushFlags>(), url: command.args[0] };
}
const slate = { format: 'RGB24', width: 16, height: 16, data: new Uint8Array(16 * 16 * 3) } as const;
const options = (line: string) => {
  const { flags } = parse(line);
  return optionsOf(flags, sources, flags.slate === undefined ? undefined : slate);
};
const native = (line: string) => checkOptions('rtmp://host/app/key', options(line)).native;

test('without flags: the test pattern and the tone, with the defaults of publish()', () => {
  const { video, audio, ...rest } = native('');
  const own = checkOptions('rtmp://host/app/key', { video: sources.testPattern(), audio: sources.tone() }).native;
  expect({ video, audio, ...rest }).toEqual(own);
});

test('every flag of the picture', () => {
  const line = '--size 640x360 --fps 29.97 --video-bitrate 900k --preset fast --tune film --profile high ' +
    '--keyframe-interval 1.5 --b-frames 2 --threads 3 --x264 rc-lookahead=10 --x264 me=dia';
  expect(native(line).video).toEqual({
    source: { kind: 'test-pattern', width: 640, height: 360, frameRate: { num: 30_000, den: 1_001 } },
    width: 0, height: 0, frameRate: { num: 0, den: 1 }, constantFrameRate: true, bitrate: 900_000, preset: 'fast', tune: 'film',
    profile: 'high', keyframeInterval: 1.5, bFrames: 2, threads: 3, extra: [['rc-lookahead', '10'], ['me', 'dia']],
  });
});

test('the screen: the region is what is read, the size is what is encoded', () => {
  const { video } = native('--video screen --display :5 --region 800x600+10+20 --no-cursor --fps 15 --size 640x480');
  const region = { x: 10, y: 20, width: 800, height: 600 };
  expect(video).toMatchObject({
    source: { kind: 'screen', display: ':5', ...region, cursor: false, frameRate: { num: 15, den: 1 } }, width: 640, height: 480,
  });
});

test('the size that is encoded, and its rate, apart from the source\'s', () => {
  const apart = '--scale 640x360 --encode-fps 25';
  const encoded = { width: 640, height: 360, frameRate: { num: 25, den: 1 } };
  expect(native(`--size 320x240 --fps 50 ${apart}`).video)
    .toMatchObject({ source: { width: 320, height: 240, frameRate: { num: 50, den: 1 } }, ...encoded });
  expect(native(`--video camera --size 320x240 ${apart}`).video).toMatchObject({ source: { width: 320, height: 240 }, ...encoded });
  expect(native(`--video screen ${apart}`).video).toMatchObject({ source: { width: 0, height: 0 }, ...encoded });
  expect(() => native('--video screen --size 320x240 --scale 640x360')).toThrow(UsageError);
});

describe('every option of publish() is reachable', () => {
  const flags = everyFlag('slate.png');
  const value = (line: string, path: string) => path.split('.').reduce<unknown>((of, name) => Object(of)[name], options(line));

  test('there is a flag for each', () => expect(Object.keys(flags).sort()).toEqual([...optionPaths].sort()));
  test.for(optionPaths)('%s', (path) => {
    expect(value('', path)).toBeUndefined();
    expect(value(Object.values(flags).flat().join(' '), path)).not.toBeUndefined();
  });
});

test('the camera', () => {
  expect(native('--video camera --video-device /dev/video2 --video-format MJPG --size 640x480 --fps 15').video).toMatchObject({
    source: { kind: 'camera', device: '/dev/video2', width: 640, height: 480, frameRate: { num: 15, den: 1 }, format: 'MJPG' },
    width: 0, height: 0,
  });
  expect(native('--video camera').video?.source)
    .toEqual({ kind: 'camera', device: '', width: 0, height: 0, frameRate: { num: 0, den: 1 }, format: '', controls: [] });
  expect(native('--video camera --camera-control brightness=-5 --camera-control hue=10').video?.source)
    .toMatchObject({ controls: [['brightness', -5], ['hue', 10]] });
});

test('every flag of the sound', () => {
  const device = '--audio microphone --audio-device usb --audio-backend pulse';
  expect(native(`${device} --audio-bitrate 96k --sample-rate 44100 --channels 1`).audio).toEqual({
    inputs: [{
      source: { kind: 'microphone', device: 'usb', backend: 'pulse', sampleRate: 44_100, channels: 1 }, gain: 1, muted: false,
    }],
    bitrate: 96_000, sampleRate: 44_100, channels: 1,
  });
  expect(native('--audio microphone --audio-device hw:1 --audio-backend alsa').audio?.inputs[0]?.source)
    .toMatchObject({ kind: 'microphone', device: 'hw:1', backend: 'alsa' });
  expect(native('--audio system-audio --audio-device sink.monitor').audio?.inputs[0]?.source)
    .toMatchObject({ kind: 'system-audio', device: 'sink.monitor' });
  expect(native('--audio tone --tone-frequency 440').audio?.inputs[0]?.source).toMatchObject({ kind: 'tone', frequency: 440 });
  expect(native('--audio tone --audio-gain 0.5 --mix microphone --mix-device hw:1 --mix-gain 2').audio?.inputs).toMatchObject([
    { source: { kind: 'tone' }, gain: 0.5 }, { source: { kind: 'microphone', device: 'hw:1' }, gain: 2 },
  ]);
  const three = '--audio-muted --mix tone --mix-gain 2 --mix microphone --mix-muted --mix-device hw:1 --mix tone';
  expect(native(three).audio?.inputs).toMatchObject([
    { source: { kind: 'tone' }, gain: 1, muted: true }, { source: { kind: 'tone' }, gain: 2, muted: false },
    { source: { kind: 'microphone', device: 'hw:1' }, gain: 1, muted: true }, { source: { kind: 'tone' }, gain: 1, muted: false },
  ]);
  expect(native('--mix tone '.repeat(7)).audio?.inputs).toHaveLength(8);
  expect(native('--audio silence').audio?.inputs[0]?.source).toMatchObject({ kind: 'silence' });
});

test('one track alone', () => {
  expect(native('--audio none').audio).toBeUndefined();
  expect(native('--video none').video).toBeUndefined();
});

test('every flag of the network', () => {
  expect(native('--connect-timeout 500 --write-timeout 600 --stop-timeout 700 --max-buffer 800 --interleave strict'))
    .toMatchObject({ connectTimeout: 500, writeTimeout: 600, stopTimeout: 700, maxBuffer: 800, trackSpread: 0 });
});

test('the URL and the flags of running', () => {
  expect(parse('rtmp://host/app/key --duration 2.5 --json --quiet'))
    .toMatchObject({ url: 'rtmp://host/app/key', flags: { duration: 2.5, json: true, quiet: true } });
  expect(parse('-').url).toBe('-');
  expect(parse('').url).toBeUndefined();
});

test('--help says what publish() does without a flag', () => {
  const help = pushCommand().configureHelp({ helpWidth: 300 }).helpInformation();
  const lines = help.matchAll(/^ +(--[a-z0-9-]+) .*\bdefault: "?([^)"]*)"?\)$/gm);
  const stated = Object.fromEntries([...lines].map(([, flag = '', text]) => [flag, text]));
  const [network, video, audio, mix] = [publishOptions, videoEncoding, audioOptions, mixInput].map((schema) =>
    v.getDefaults(schema) as Readonly<Record<string, unknown>>);
  const values = {
    '--fps': sources.testPattern().frameRate, '--frame-rate-mode': video?.['frameRateMode'], '--preset': video?.['preset'],
    '--tune': video?.['tune'], '--profile': video?.['profile'], '--keyframe-interval': video?.['keyframeInterval'],
    '--audio-backend': sources.microphone().backend, '--audio-gain': mix?.['gain'], '--tone-frequency': sources.tone().frequency,
    '--audio-bitrate': `${Number(audio?.['bitrate']) / 1_000}k`, '--sample-rate': sources.tone().sampleRate,
    '--channels': sources.tone().channels, '--connect-timeout': network?.['connectTimeout'],
    '--write-timeout': network?.['writeTimeout'], '--stop-timeout': network?.['stopTimeout'], '--max-buffer': network?.['maxBuffer'],
    '--interleave': network?.['interleave'], '--on-device-lost': network?.['onDeviceLost'],
  };
  // The first two are the command's own, the others have no value: words say what happens.
  const others = ['--video', '--audio', '--size', '--scale', '--encode-fps', '--video-bitrate', '--b-frames', '--threads',
    '--video-device', '--video-format', '--display', '--region', '--slate', '--audio-device'];
  expect(Object.keys(stated).sort()).toEqual([...Object.keys(values), ...others].sort());
  for (const [flag, value] of Object.entries(values)) expect([flag, stated[flag]]).toEqual([flag, String(value)]);
});

describe('what publish() refuses is named by its flag', () => {
  test.for([
    ['--size 1281x720', /^--size must be an even integer/],
    ['--fps 0', /^--fps must be a number/],
    ['--video-bitrate 1', /^--video-bitrate must be between/],
    ['--preset veryfst', /^--preset must be "ultrafast"/],
    ['--tune fastdecode', /^--tune must be/],
    ['--profile high10', /^--profile must be/],
    ['--keyframe-interval 0', /^--keyframe-interval must be/],
    ['--b-frames 17', /^--b-frames must be/],
    ['--threads 0', /^--threads must be/],
    ['--video screen --region 5x5', /^--region must be/],
    ['--video camera --video-format YUV', /^--video-format must be/],
    ['--video screen --size 641x480', /^--size must be/],
    ['--audio-bitrate 1', /^--audio-bitrate must be/],
    ['--sample-rate 22050', /^--sample-rate must be/],
    ['--channels 3', /^--channels must be/],
    ['--tone-frequency 1', /^--tone-frequency must be/],
    ['--audio microphone --audio-backend jack', /^--audio-backend must be/],
    ['--connect-timeout 1', /^--connect-timeout must be/],
    ['--write-timeout 1', /^--write-timeout must be/],
    ['--stop-timeout -1', /^--stop-timeout must be/],
    ['--max-buffer 1', /^--max-buffer must be/],
    ['--scale 641x480', /^--scale must be/],
    ['--video screen --scale 641x480', /^--scale must be/],
    ['--encode-fps 0', /^--encode-fps must be/],
    ['--frame-rate-mode vfr', /^--frame-rate-mode must be/],
    ['--on-device-lost stop', /^--on-device-lost must be/],
    ['--audio-gain 11', /^--audio-gain must be/],
    ['--mix tone --mix-gain 11', /^--mix-gain must be/],
    ['--mix tone --mix microphone --mix-gain 11', /^--mix-gain must be/],
  ] as const)('%s', ([line, message]) => {
    let said = '';
    try {
      native(line);
    } catch (error) {
      said = inFlags((error as Error).message, parse(line).flags);
    }
    expect(said).toMatch(message);
  });
});

describe('what makes no sense is refused at once', () => {
  const words = (line: string) => {
    let said = '';
    const program = commandLine({ push: async () => {}, devices: async () => {}, probe: async () => {} });
    for (const command of [program, ...program.commands] as Command[]) {
      const { outputError } = command.configureOutput();
      command.configureOutput({ writeErr: (text) => void (said += text), ...(outputError && { outputError }) });
    }
    expect(() => program.parse(line.split(' '), { from: 'user' })).toThrow();
    return said;
  };

  test.for([
    ['push --fps fast', /'--fps <rate>' argument 'fast' is invalid. It must be a number/],
    ['push --fps=', /'--fps <rate>' argument '' is invalid/],
    ['push --size 1280', /It must be WIDTHxHEIGHT/],
    ['push --region 1280x720+5', /It must be WIDTHxHEIGHT\+X\+Y/],
    ['push --video-bitrate 2500kbit', /It must be bit\/s/],
    ['push --x264 me', /It must be NAME=VALUE/],
    ['push --video webcam', /Allowed choices are test-pattern, screen, camera, none/],
    ['push --audio mic', /Allowed choices are tone, silence, system-audio, microphone, none/],
    ['push --vidio screen', /unknown option '--vidio'\n\(Did you mean --video\?\)/],
    ['push --mix-gain 2', /It comes after the --mix that it belongs to/],
    ['push --mix-muted --mix tone', /It comes after the --mix/],
    ['push --mix tone --mix-gain loud', /'--mix-gain <factor>' argument 'loud' is invalid. It must be a number/],
    ['push --mix silence', /Allowed choices are tone, system-audio, microphone/],
    [`push ${'--mix tone '.repeat(8).trim()}`, /There can be 7/],
    ['push a b', /too many arguments/],
    ['pusch', /unknown command 'pusch'\n\(Did you mean push\?\)/],
    ['devices --table', /unknown option '--table'/],
  ] as const)('%s', ([line, message]) => expect(words(line)).toMatch(message));

  test.for([
    'rtmp://host/app/secret', 'push --fps rtmp://host/app/secret?a=secret', 'push --vidio=rtmp://host/app/secret',
      'push a rtmp://b/c/secret', 'push --audio=rtmp://host/app/my\'secret',
  ])('and the stream key does not come back: %s', (line) => {
    const said = words(line);
    expect(said).not.toBe('');
    expect(said).not.toContain('secret');
  });
});

describe('a flag of a source that is not chosen', () => {
  test.for([
    ['--video-device x', '--video-device belongs to --video camera, received --video test-pattern'],
    ['--video screen --video-format YUYV', '--video-format belongs to --video camera, received --video screen'],
    ['--camera-control hue=1', '--camera-control belongs to --video camera, received --video test-pattern'],
    ['--display :0', '--display belongs to --video screen, received --video test-pattern'],
    ['--video camera --region 64x64', '--region belongs to --video screen, received --video camera'],
    ['--no-cursor', '--no-cursor belongs to --video screen, received --video test-pattern'],
    ['--video none --preset fast',
      '--preset belongs to --video test-pattern or --video screen or --video camera, received --video none'],
    ['--audio-device x', '--audio-device belongs to --audio system-audio or --audio microphone, received --audio tone'],
    ['--audio silence --mix tone --audio-backend alsa',
      '--audio-backend belongs to --audio microphone or --mix microphone, received --audio silence --mix tone'],
    ['--audio silence --tone-frequency 440', '--tone-frequency belongs to --audio tone or --mix tone, received --audio silence'],
    ['--mix tone --mix-device x', '--mix-device belongs to --mix system-audio or --mix microphone, received --mix tone'],
    ['--mix microphone --mix-device a --mix tone --mix-device b',
      '--mix-device belongs to --mix system-audio or --mix microphone, received --mix tone'],
  ] as const)('%s', ([line, message]) => {
    expect(() => native(line)).toThrow(UsageError);
    expect(() => native(line)).toThrow(message);
  });

  test.for(['--audio-gain 2', '--audio-muted', '--audio-bitrate 64k', '--sample-rate 44100', '--channels 1', '--mix microphone'])(
    'without sound: %s', (line) => expect(() => native(`--audio none ${line}`)).toThrow(/ belongs to .*, received --audio none$/));

  test('of a second sound is at home with it', () => {
    expect(native('--audio silence --mix tone --tone-frequency 440').audio?.inputs[1]?.source).toMatchObject({ frequency: 440 });
    expect(native('--mix microphone --audio-backend alsa').audio?.inputs[1]?.source).toMatchObject({ backend: 'alsa' });
  });

  test('every flag has its place, or belongs to all sources', () => {
    const flags = (command: Command) => command.options.map(({ long }) => long);
    const all = ['--video', '--audio', '--mix-gain', '--mix-muted', '--connect-timeout', '--write-timeout', '--stop-timeout',
      '--max-buffer', '--interleave', '--on-device-lost', '--duration', '--json', '--quiet'];
    expect(flags(pushCommand()).sort()).toEqual([...Object.keys(flagSources.push), ...all].sort());
    expect(flags(probeCommand()).sort()).toEqual([...Object.keys(flagSources.probe), '--kind', '--seconds', '--json'].sort());
  });
});
