// publish()'s options: what is refused and how, and the complete values that the native side gets. Without the addon.
import { describe, expect, test } from 'vitest';
import { checkGain, checkInputChoice, checkMuted } from '../../src/audio-options.js';
import {
  captureOptions, checkOptions, checkVideoBitrate, videoCaptureOptions, watchOptions, type PublishOptions,
} from '../../src/options.js';
import { screen, silence, testPattern, tone } from '../../src/sources.js';

const url = 'rtmp://host/app/key';
const native = (options: PublishOptions) => checkOptions(url, options).native;
/** As a program without types calls it. */
const wrong = (options: unknown) => () => checkOptions(url, options as PublishOptions);
const video = (encoding: object) => ({ video: { source: testPattern(), ...encoding } });
const audio = (encoding: object) => ({ audio: { source: tone(), ...encoding } });

describe('defaults', () => {
  test('a source alone gives complete values', () => {
    expect(native({ video: testPattern(), audio: tone() })).toEqual({
      destinations: [{ url }],
      video: {
        source: { kind: 'test-pattern', width: 1280, height: 720, frameRate: { num: 30, den: 1 } },
        width: 0,
        height: 0,
        frameRate: { num: 0, den: 1 },
        constantFrameRate: true,
        bitrate: 0,
        keyframeInterval: 2,
        preset: 'veryfast',
        tune: 'zerolatency',
        profile: 'main',
        bFrames: -1,
        threads: 0,
        extra: [],
      },
      audio: {
        inputs: [{ source: { kind: 'tone', frequency: 1_000, sampleRate: 48_000, channels: 2 }, gain: 1, muted: false }],
        bitrate: 128_000,
        sampleRate: 48_000,
        channels: 2,
      },
      connectTimeout: 10_000,
      writeTimeout: 10_000,
      stopTimeout: 5_000,
      maxBuffer: 700,
      maxBufferBytes: 4 << 20,
      trackSpread: 200,
      endsWithDevice: false,
      encoder: expect.stringMatching(/^rtmp-pusher \d+\.\d+\.\d+/),
    });
  });

  test('undefined is the same as nothing', () => {
    const given = { ...video({ bitrate: undefined, tune: undefined }), audio: undefined, maxBuffer: undefined };
    expect(native(given)).toEqual(native({ video: testPattern() }));
  });

  test('sound keeps the source\'s rate where AAC for live has it, and its channels', () => {
    expect(native({ audio: tone({ sampleRate: 44_100, channels: 1 }) }).audio).toMatchObject({ sampleRate: 44_100, channels: 1 });
    expect(native({ audio: tone({ sampleRate: 96_000 }) }).audio).toMatchObject({ sampleRate: 48_000, channels: 2 });
  });

  test('timestamps never go back over the tracks where that is asked for', () => {
    expect(native({ ...audio({}), interleave: 'strict' }).trackSpread).toBe(0);
  });

  test('the bound in bytes grows with bitrate and time', () => {
    const { maxBufferBytes } = native({ ...video({ bitrate: 50_000_000 }), maxBuffer: 2_000 });
    expect(maxBufferBytes).toBe(50_000_000);
  });
});

describe('given values', () => {
  test('reach the native side', () => {
    const given = native(video({
      width: 640, height: 360, frameRate: 29.97, bitrate: 700_000, keyframeInterval: 1.5, preset: 'slow', tune: 'none',
      profile: 'high', bFrames: 3, threads: 4, extra: { 'rc-lookahead': 10, psy: false, me: 'dia' },
    })).video;
    expect(given).toMatchObject({
      width: 640, height: 360, frameRate: { num: 30_000, den: 1_001 }, bitrate: 700_000, keyframeInterval: 1.5, preset: 'slow',
      tune: '', profile: 'high', bFrames: 3, threads: 4, extra: [['rc-lookahead', '10'], ['psy', '0'], ['me', 'dia']],
    });
    expect(native(audio({ bitrate: 96_000, sampleRate: 44_100, channels: 1 })).audio)
      .toMatchObject({ bitrate: 96_000, sampleRate: 44_100, channels: 1 });
    expect(native({ ...audio({}), connectTimeout: 500, writeTimeout: 600, stopTimeout: 0, maxBuffer: 800 }))
      .toMatchObject({ connectTimeout: 500, writeTimeout: 600, stopTimeout: 0, maxBuffer: 800 });
  });

  test('a screen whose size is odd is left to the native side', () => {
    const { source, width, height } = native({ video: screen({ x: 1, y: 3, width: 641, height: 361 }) }).video!;
    expect({ source, width, height }).toMatchObject({ source: { x: 1, y: 3, width: 641, height: 361 }, width: 0, height: 0 });
  });

  test('a source may come from a configuration', () => {
    const source = JSON.parse(JSON.stringify(testPattern({ width: 640, height: 360 })));
    expect(native({ video: source }).video?.source).toMatchObject({ width: 640, height: 360 });
    expect(native({ audio: { kind: 'silence' } as never }).audio?.inputs).toEqual(native({ audio: silence() }).audio?.inputs);
  });

  test('the signal is passed on', () => {
    const { signal } = new AbortController();
    expect(checkOptions(url, { audio: tone(), signal }).signal).toBe(signal);
    expect(captureOptions({ signal }).signal).toBe(signal);
    expect(videoCaptureOptions({ signal }).signal).toBe(signal);
    expect(watchOptions({ signal }).signal).toBe(signal);
  });

  test('a signal is one by what it can do, whatever made it', () => {
    class Foreign extends EventTarget {
      aborted = false;
    }
    const signal = new Foreign() as AbortSignal;
    expect(checkOptions(url, { audio: tone(), signal }).signal).toBe(signal);
    expect(captureOptions({ signal }).signal).toBe(signal);
    for (const wrong of [new AbortController(), new EventTarget(), { aborted: true }, null, () => {}]) {
      expect(() => captureOptions({ signal: wrong as never })).toThrow(/^signal must be an AbortSignal, received/);
    }
  });

  test('a watch begins with the devices that are there', () => {
    expect(watchOptions({}).existing).toBe(true);
    expect(watchOptions({ existing: false }).existing).toBe(false);
  });

  test('a URL object gives its text, with key and query as they are', () => {
    const text = 'rtmp://host:1936/app/inst/key_%41?a=b&c=d%2F';
    expect(checkOptions(new URL(text), { audio: tone() }).native.destinations).toEqual([{ url: text }]);
    expect(checkOptions(text, { audio: tone() }).native.destinations).toEqual([{ url: text }]);
  });
});

describe('a wrong option is refused in one form', () => {
  test.for([
    [video({ bitrate: -1 }), RangeError, 'video.bitrate must be a positive integer, received -1'],
    [video({ bitrate: 1.5 }), RangeError, 'video.bitrate must be a positive integer, received 1.5'],
    [video({ bitrate: NaN }), RangeError, 'video.bitrate must be a positive integer, received NaN'],
    [video({ bitrate: Infinity }), RangeError, 'video.bitrate must be a positive integer, received Infinity'],
    [video({ bitrate: 5 }), RangeError, 'video.bitrate must be between 10000 and 300000000 bit/s, received 5'],
    [video({ bitrate: '2500k' }), TypeError, 'video.bitrate must be a positive integer, received \'2500k\''],
    [video({ bitrate: null }), TypeError, 'video.bitrate must be a positive integer, received null'],
    [video({ width: 1281, height: 720 }), RangeError, 'video.width must be an even integer between 16 and 8192, received 1281'],
    [video({ width: 1280, height: 8 }), RangeError, 'video.height must be an even integer between 16 and 8192, received 8'],
    [video({ width: 1280 }), TypeError, 'video.height must be given together with width, received undefined'],
    [video({ height: 720 }), TypeError, 'video.width must be given together with height, received undefined'],
    [video({ frameRate: 0 }), RangeError, 'video.frameRate must be a number between 1 and 240 frames a second, received 0'],
    [video({ frameRate: '30' }), TypeError,
      'video.frameRate must be a number between 1 and 240 frames a second, received \'30\''],
    [video({ keyframeInterval: 0 }), RangeError, 'video.keyframeInterval must be a number between 0.1 and 60 s, received 0'],
    [video({ preset: 'veryfst' }), TypeError, /^video\.preset must be "ultrafast", .* or "slower", received 'veryfst'$/],
    [video({ tune: 'fastdecode' }), TypeError, /^video\.tune must be "zerolatency", .*, received 'fastdecode'$/],
    [video({ profile: 'high10' }), TypeError, 'video.profile must be "baseline", "main" or "high", received \'high10\''],
    [video({ bFrames: 17 }), RangeError, 'video.bFrames must be an integer between 0 and 16, received 17'],
    [video({ bFrames: 2, profile: 'baseline' }), RangeError, 'video.bFrames must be 0 with profile "baseline", received 2'],
    [video({ threads: 0 }), RangeError, 'video.threads must be an integer between 1 and 128, received 0'],
    [video({ extra: 'me=dia' }), TypeError, 'video.extra must be an object of x264 options, received \'me=dia\''],
    [video({ extra: { me: {} } }), TypeError, 'video.extra.me must be a string, a number or a boolean, received {}'],
    [audio({ bitrate: 1_000_000 }), RangeError, 'audio.bitrate must be between 16000 and 320000 bit/s, received 1000000'],
    [audio({ sampleRate: 22_050 }), RangeError, 'audio.sampleRate must be 44100 or 48000, received 22050'],
    [audio({ sampleRate: '48000' }), TypeError, 'audio.sampleRate must be 44100 or 48000, received \'48000\''],
    [audio({ channels: 6 }), RangeError, 'audio.channels must be 1 or 2, received 6'],
    [{ ...audio({}), connectTimeout: 0 }, RangeError, 'connectTimeout must be an integer between 100 and 600000 ms, received 0'],
    [{ ...audio({}), writeTimeout: '1s' }, TypeError,
      'writeTimeout must be an integer between 100 and 600000 ms, received \'1s\''],
    [{ ...audio({}), stopTimeout: -1 }, RangeError, 'stopTimeout must be an integer between 0 and 600000 ms, received -1'],
    [{ ...audio({}), maxBuffer: 5.5 }, RangeError, 'maxBuffer must be an integer between 100 and 60000 ms, received 5.5'],
    [{ ...audio({}), signal: 5 }, TypeError, 'signal must be an AbortSignal, received 5'],
    [{}, TypeError, 'options must have video, audio or both, received {}'],
    [undefined, TypeError, 'options must be an object, received undefined'],
    [null, TypeError, 'options must be an object, received null'],
  ] as const)('%o', ([options, errorClass, message]) => {
    expect(wrong(options)).toThrow(errorClass);
    expect(wrong(options)).toThrow(message);
  });

  test.for([
    [{ video: testPattern }, 'video must be a video source such as testPattern(), received the function testPattern'],
    [{ video: 'camera' }, 'video must be a video source such as testPattern(), received \'camera\''],
    [{ video: null }, 'video must be a video source such as testPattern(), received null'],
    [{ video: { source: tone() } }, /^video\.source must be a video source such as testPattern\(\), received \{ kind: 'tone'/],
    [{ video: {} }, 'video.source must be a video source such as testPattern(), received undefined'],
    [{ video: { kind: 'video-input' } }, /^video must be the VideoInput itself, received an object that only looks like one/],
    [{ audio: new Proxy({ kind: 'audio-input' }, {}) }, /^audio must be the AudioInput itself, received a Proxy/],
    [{ audio: testPattern() }, /^audio must be an audio source such as tone\(\), received \{/],
    [{ audio: { kind: 'toString' } }, /^audio must be an audio source/],
    [{ video: { ...testPattern(), width: 3 } }, 'video.width must be an even integer between 64 and 8192, received 3'],
    [{ audio: { source: { ...tone(), pitch: 3 } } }, 'unknown option "audio.source.pitch"'],
  ] as const)('what is no source: %j', ([options, message]) => expect(wrong(options)).toThrow(message));

  test('a URL of another realm or library gives its text', () => {
    const given = { href: 'rtmp://host/app/key?a=b', [Symbol.toStringTag]: 'URL' } as unknown as URL;
    expect(checkOptions(given, { audio: tone() }).native.destinations).toEqual([{ url: 'rtmp://host/app/key?a=b' }]);
  });

  test('a Proxy of a URL is none', () => {
    expect(() => checkOptions(new Proxy(new URL(url), {}), { audio: tone() })).toThrow(/^url must be a string or a URL, received/);
  });

  test.for([5, undefined, null, {}, { href: 'rtmp://host/app/key' }])('what is no URL: %s', (value) => {
    expect(() => checkOptions(value as never, { audio: tone() })).toThrow(/^url must be a string or a URL, received/);
  });

  test.for([0, -5, '1M', NaN, undefined])('setVideoBitrate(%s)', (value) => {
    expect(() => checkVideoBitrate(value)).toThrow(/^bitrate must be a positive integer, received/);
  });
});

describe('several sounds in one track', () => {
  const mix = (...inputs: object[]) => ({ audio: { inputs } });

  test('each has its gain and may be muted', () => {
    const options = { audio: { inputs: [{ source: tone(), gain: 0.5 }, { source: silence({ channels: 1 }), muted: true }], bitrate: 96_000 } };
    expect(native(options).audio).toMatchObject({
      inputs: [{ source: { kind: 'tone' }, gain: 0.5, muted: false }, { source: { kind: 'silence' }, gain: 1, muted: true }],
      bitrate: 96_000, sampleRate: 48_000, channels: 2,
    });
  });

  test('the track is as its sources are, where they agree', () => {
    const sound = { sampleRate: 44_100, channels: 1 } as const;
    expect(native({ audio: { inputs: [{ source: tone(sound) }, { source: silence(sound) }] } }).audio)
      .toMatchObject({ sampleRate: 44_100, channels: 1 });
    expect(native({ audio: { inputs: [{ source: tone(sound) }, { source: silence() }] } }).audio)
      .toMatchObject({ sampleRate: 48_000, channels: 2 });
  });

  test.for([
    [mix({ source: tone(), gain: 11 }), 'audio.inputs.0.gain must be a number between 0 and 10, received 11'],
    [mix({ source: tone() }, { source: tone(), muted: 1 }), 'audio.inputs.1.muted must be a boolean, received 1'],
    [mix({ source: testPattern() }), /^audio\.inputs\.0\.source must be an audio source such as tone\(\), received \{/],
    [mix({ source: tone(), gian: 1 }), 'unknown option "audio.inputs.0.gian", did you mean "audio.inputs.0.gain"?'],
    [mix(), 'audio.inputs must be an array of one to 8 inputs, received []'],
    [mix(...Array.from({ length: 9 }, () => ({ source: tone() }))), /^audio\.inputs must be an array of one to 8 inputs/],
    [{ audio: { inputs: tone() } }, /^audio\.inputs must be an array of one to 8 inputs/],
    [{ audio: { source: tone(), inputs: [{ source: tone() }] } }, /^audio\.inputs must be given without source, received/],
  ] as const)('%j', ([options, message]) => expect(wrong(options)).toThrow(message));

  test('what is done to one of them while it runs', () => {
    expect(checkInputChoice({}, 1)).toBe(0);
    expect(checkInputChoice({ input: 2 }, 3)).toBe(2);
    expect(() => checkInputChoice({ input: 3 }, 3)).toThrow('input must be an integer between 0 and 2, received 3');
    expect(() => checkGain(-1)).toThrow('gain must be a number between 0 and 10, received -1');
    expect(() => checkGain('1')).toThrow(TypeError);
    expect(() => checkMuted(0)).toThrow('muted must be a boolean, received 0');
  });
});

describe('a misspelled option is named with the right one', () => {
  test.for([
    [video({ fps: 30 }), 'unknown option "video.fps", did you mean "video.frameRate"?'],
    [video({ kbps: 30 }), 'unknown option "video.kbps", did you mean "video.bitrate"?'],
    [video({ video_size: '1x1' }), 'unknown option "video.video_size", did you mean "video.width"?'],
    [video({ bitrat: 1 }), 'unknown option "video.bitrat", did you mean "video.bitrate"?'],
    [video({ framerate: 30 }), 'unknown option "video.framerate", did you mean "video.frameRate"?'],
    [video({ KeyFrameInterval: 2 }), 'unknown option "video.KeyFrameInterval", did you mean "video.keyframeInterval"?'],
    [{ video: { sorce: testPattern() } }, 'unknown option "video.sorce", did you mean "video.source"?'],
    [audio({ samplerate: 1 }), 'unknown option "audio.samplerate", did you mean "audio.sampleRate"?'],
    [{ ...audio({}), conectTimeout: 1 }, 'unknown option "conectTimeout", did you mean "connectTimeout"?'],
    [{ vidio: testPattern() }, 'unknown option "vidio", did you mean "video"?'],
    [video({ somethingElse: 1 }), /^unknown option "video\.somethingElse"$/],
    // Before whatever else is wrong.
    [video({ bitrate: -1, presett: 'fast' }), 'unknown option "video.presett", did you mean "video.preset"?'],
  ] as const)('%o', ([options, message]) => {
    expect(wrong(options)).toThrow(TypeError);
    expect(wrong(options)).toThrow(message);
  });
});

test.for([
  ['a URL in the place of the options', url.replace('key', 'secret')],
  ['a URL in the place of a source', { video: 'rtmp://host/app/secret?token=secret' }],
  ['a URL as an option\'s name', { ...audio({}), 'rtmp://host/app/secret': 1 }],
  ['a URL as an x264 option', video({ extra: { 'rtmp://host/app/secret': {} } })],
  ['a URL within a source', { video: { kind: 'rtmp://host/secret' } }],
] as const)('no message holds a stream key: %s', ([, options]) => {
  expect(wrong(options)).toThrow(TypeError);
  expect(wrong(options)).not.toThrow(/secret/);
});
