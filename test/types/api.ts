// The public types, and that the rules by which options are validated take exactly what the types say. Compiled by
// `npm run check`, never run.
import { expectTypeOf } from 'vitest';
import type {
  AudioBuffer, Capture, CapturedFrame, CaptureOptions, Device, DeviceError, DeviceErrorCode, EncoderError, EncoderErrorCode, ErrorCode,
  InputErrorCode,
  MicrophoneOptions, Publication, PublishOptions, PusherError, RtmpError, RtmpErrorCode, Screen, ScreenOptions, SoundOptions,
  Stats, SystemAudioOptions, TestPattern, TestPatternOptions, Tone, ToneOptions, VideoCaptureOptions,
  VideoEncoding, VideoFrame, VideoSource,
} from '../../src/index.js';
import type * as Api from '../../src/index.js';
import type * as v from 'valibot';
import type {
  microphoneSource, screenSource, silenceSource, systemAudioSource, testPatternSource, toneSource,
} from '../../src/source-options.js';

type Options<Schema extends v.GenericSchema> = Omit<v.InferInput<Schema>, 'kind'>;

// --- the sources' rules and types agree ---

expectTypeOf<Options<typeof testPatternSource>>().toEqualTypeOf<TestPatternOptions>();
expectTypeOf<Options<typeof screenSource>>().toEqualTypeOf<ScreenOptions>();
expectTypeOf<keyof Options<typeof microphoneSource>>().toEqualTypeOf<keyof MicrophoneOptions>();
expectTypeOf<keyof Options<typeof systemAudioSource>>().toEqualTypeOf<keyof SystemAudioOptions>();
expectTypeOf<keyof Options<typeof toneSource>>().toEqualTypeOf<keyof ToneOptions>();
expectTypeOf<keyof Options<typeof silenceSource>>().toEqualTypeOf<keyof SoundOptions>();
expectTypeOf<v.InferOutput<typeof testPatternSource>>().toExtend<TestPattern>();
expectTypeOf<v.InferOutput<typeof screenSource>>().toExtend<Screen>();
expectTypeOf<v.InferOutput<typeof toneSource>>().toExtend<Tone>();

// --- publish() ---

expectTypeOf<typeof Api.publish>().parameters.toEqualTypeOf<[url: string | URL, options: PublishOptions]>();
expectTypeOf<typeof Api.publish>().returns.resolves.toEqualTypeOf<Publication>();
expectTypeOf<{ video: TestPattern }>().toExtend<PublishOptions>();
expectTypeOf<{ video: { source: Screen; tune: 'film'; bitrate: undefined } }>().toExtend<PublishOptions>();
expectTypeOf<{ video: Tone }>().not.toExtend<PublishOptions>();
expectTypeOf<{ video: { source: Screen; preset: 'placebo' } }>().not.toExtend<PublishOptions>();
expectTypeOf<{ audio: { source: Tone; sampleRate: 22_050 } }>().not.toExtend<PublishOptions>();
expectTypeOf<{ audio: { inputs: [{ source: Tone; gain: 2 }, { source: Tone; muted: true }]; bitrate: 96_000 } }>().toExtend<PublishOptions>();
expectTypeOf<{ audio: { inputs: [Tone] } }>().not.toExtend<PublishOptions>();
expectTypeOf<VideoEncoding['bitrate']>().toEqualTypeOf<number | undefined>();

// --- a publication ---

expectTypeOf<Publication>().toExtend<AsyncDisposable>();
expectTypeOf<Publication['state']>().toEqualTypeOf<'publishing' | 'stopping' | 'stopped'>();
expectTypeOf<ReturnType<Publication['stats']>>().toEqualTypeOf<Stats>();
const listen = (stream: Publication) => {
  stream.on('congestion', (facts) => expectTypeOf(facts).toEqualTypeOf<Api.Congestion>());
  stream.once('warning', (error) => expectTypeOf(error).toEqualTypeOf<PusherError>());
  // @ts-expect-error: there is no such event
  stream.on('error', () => {});
};
expectTypeOf(listen).toBeFunction();

// --- errors have closed sets of codes ---

expectTypeOf<DeviceError['code']>().toEqualTypeOf<DeviceErrorCode>();
expectTypeOf<EncoderError['code']>().toEqualTypeOf<EncoderErrorCode>();
expectTypeOf<RtmpError['code']>().toEqualTypeOf<RtmpErrorCode>();
expectTypeOf<PusherError['code']>().toEqualTypeOf<ErrorCode>();
expectTypeOf<ErrorCode>().toEqualTypeOf<DeviceErrorCode | EncoderErrorCode | InputErrorCode | RtmpErrorCode>();
expectTypeOf<EncoderErrorCode>().toEqualTypeOf<'ERR_ENCODER_OPEN' | 'ERR_ENCODER_FAILED'>();
expectTypeOf<RtmpError>().toExtend<PusherError>();

// --- streams of frames ---

expectTypeOf<typeof Api.captureVideo>().parameter(0).toEqualTypeOf<VideoSource>();
expectTypeOf<typeof Api.captureVideo>().parameter(1).toEqualTypeOf<VideoCaptureOptions | undefined>();
expectTypeOf<typeof Api.captureAudio>().parameter(1).toEqualTypeOf<CaptureOptions | undefined>();
expectTypeOf<ReturnType<typeof Api.captureVideo>>().toEqualTypeOf<Capture<CapturedFrame>>();
expectTypeOf<CapturedFrame>().toExtend<VideoFrame>();
expectTypeOf<ReturnType<Capture<AudioBuffer>['read']>>().toEqualTypeOf<AudioBuffer | null>();
const each = async (frames: Capture<VideoFrame>) => {
  for await (const frame of frames) expectTypeOf(frame).toEqualTypeOf<VideoFrame>();
};
expectTypeOf(each).toBeFunction();
expectTypeOf<Api.VideoInput>().toExtend<NodeJS.WritableStream>();

// --- devices are told apart by their kind ---

const describe = (device: Device) => {
  if (device.kind === 'camera') return device.modes[0]?.frameRates[0];
  return device.kind === 'screen' ? device.width : device.sampleRate;
};
expectTypeOf(describe).returns.toEqualTypeOf<number | undefined>();
expectTypeOf<typeof Api.cameraControls>().returns.resolves.toEqualTypeOf<Api.CameraControls>();
expectTypeOf<typeof Api.setCameraControls>().parameters.toEqualTypeOf<[device: string | undefined, values: Api.CameraControlValues]>();
expectTypeOf<{ controls: { brightness: 128; horizontal_flip: true } }>().toExtend<Api.CameraOptions>();
expectTypeOf<Awaited<ReturnType<typeof Api.listDevices>>>().toExtend<readonly Device[]>();
const follow = async (watchDevices: typeof Api.watchDevices) => {
  for await (const change of watchDevices({ existing: false })) expectTypeOf(change).toEqualTypeOf<Api.DeviceChange>();
};
expectTypeOf(follow).toBeFunction();
expectTypeOf<Api.DeviceChange>().toEqualTypeOf<{ readonly type: 'added' | 'removed'; readonly device: Device }>();

// --- inputs take their own items ---

const written = (video: Api.VideoInput, audio: Api.AudioInput, frame: VideoFrame, sound: AudioBuffer, picture: VideoFrame<Uint8ClampedArray>) => {
  expectTypeOf(video.write(frame)).toEqualTypeOf<boolean>();
  video.write(picture, (error) => expectTypeOf(error).toEqualTypeOf<Error | null | undefined>());
  video.end();
  video.end(() => {});
  audio.end(sound, () => {});
  // @ts-expect-error: no frame
  video.write('nonsense');
  // @ts-expect-error: bytes are no frame
  video.write(new Uint8Array(4));
  // @ts-expect-error: no frame
  video.end(42);
  // @ts-expect-error: sound is no picture
  video.write(sound);
  // @ts-expect-error: a picture is no sound
  audio.write(frame);
  // @ts-expect-error: no sound
  audio.end('nonsense');
};
expectTypeOf(written).toBeFunction();
expectTypeOf<Api.AudioInput>().toExtend<NodeJS.WritableStream>();
