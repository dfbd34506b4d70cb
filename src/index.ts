// The public surface.
export { publish } from './publish.js';
export type { Congestion, DeviceBack, DeviceChanged, DeviceLost, Publication, PublicationEmitter, PublicationEvents, PublicationListener } from './publication.js';
export type { AudioInputChoice, AudioMix, AudioTrack, MixInput } from './audio-options.js';
export type { CaptureOptions, PublishOptions, Slate, VideoCaptureOptions, VideoTrack, WatchOptions } from './options.js';
export type { AudioEncoding, VideoEncoding } from './encoding.js';
export type { AudioSourceStats, AudioStats, DestinationStats, MixInputStats, Stats, VideoSourceStats, VideoStats } from './stats.js';

export { camera, microphone, screen, silence, systemAudio, testPattern, tone } from './sources.js';
export type {
  AudioSource, Camera, CameraOptions, Microphone, MicrophoneOptions, Screen, ScreenOptions, Silence, SoundOptions, SystemAudio, SystemAudioOptions,
  TestPattern, TestPatternOptions, Tone, ToneOptions, VideoSource,
} from './sources.js';

export { AudioInput, VideoInput } from './input.js';
export type { AudioInputFormat, VideoInputFormat } from './input-options.js';
export { captureAudio, captureVideo } from './raw.js';
export type { AudioBuffer, CapturedFrame, PixelFormat, VideoFrame } from './raw.js';
export type { Capture } from './readable.js';

export { cameraControls, setCameraControls } from './controls.js';
export type { CameraControl, CameraControls, CameraControlValues } from './controls.js';
export { listDevices, watchDevices } from './devices.js';
export type { CameraDevice, CameraMode, Device, DeviceChange, DeviceList, ScreenDevice, SoundDevice } from './devices.js';

export { DeviceError, EncoderError, PusherError, RtmpError } from './errors.js';
export type { DeviceErrorCode, EncoderErrorCode, ErrorCode, InputErrorCode, RtmpErrorCode, RtmpStatus } from './errors.js';
