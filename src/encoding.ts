// How picture and sound are encoded: the types. Defaults and limits are applied in options.ts and audio-options.ts.

/** How the picture is encoded: H.264 (ITU-T H.264 | ISO/IEC 14496-10) by libx264, at a steady bitrate (ABR with VBV). */
export interface VideoEncoding {
  /**
   * Pixels of the encoded picture, even, 16–8192; given together with `height`. The source is scaled to fit, centred on black.
   * @default the source's own width, made even
   */
  width?: number | undefined;
  /** Lines of the encoded picture, even, 16–8192. Given together with `width`. @default the source's own height, made even */
  height?: number | undefined;
  /**
   * Frames a second, 1–240. The broadcast rates may be written as they are spoken: 29.97 is announced as exactly 30000/1001.
   * @default the source's own rate
   */
  frameRate?: number | undefined;
  /**
   * `constant`: a picture for each 1/frameRate of a second. Where the source gives none in time its last one is shown again, and of
   * two for one place the second is left out; both are counted in the statistics. `variable`: every picture keeps its own
   * capture time, and only a source that is faster than `frameRate` is thinned out. Some services and recorders want `constant`.
   * @default 'constant'
   */
  frameRateMode?: 'constant' | 'variable' | undefined;
  /**
   * bit/s, 10_000–300_000_000. Can be changed while publishing: {@link Publication.setVideoBitrate}.
   * @default by size and rate: 2_500_000 × (width × height ÷ 921_600)^0.7 × (frameRate ÷ 30)^0.4, to the nearest 50_000:
   *
   * |           | 30 frames/s | 60 frames/s |
   * |-----------|-------------|-------------|
   * | 640x360   |     950_000 |   1_250_000 |
   * | 1280x720  |   2_500_000 |   3_300_000 |
   * | 1920x1080 |   4_400_000 |   5_800_000 |
   * | 3840x2160 |  11_650_000 |  15_350_000 |
   */
  bitrate?: number | undefined;
  /** Seconds from one keyframe (IDR) to the next, 0.1–60. Large services ask for 2. @default 2 */
  keyframeInterval?: number | undefined;
  /** How much CPU x264 spends on the same bitrate, from the least to the most. @default 'veryfast' */
  preset?: 'ultrafast' | 'superfast' | 'veryfast' | 'faster' | 'fast' | 'medium' | 'slow' | 'slower' | undefined;
  /**
   * What x264 is tuned for. `zerolatency` gives each frame out as it comes in, without B-frames and lookahead; every other value
   * trades delay for picture. @default 'zerolatency'
   */
  tune?: 'zerolatency' | 'film' | 'animation' | 'stillimage' | 'none' | undefined;
  /**
   * H.264 profile (Annex A). Every service and player takes `main`; `high` is a few percent better where it is taken.
   * @default 'main'
   */
  profile?: 'baseline' | 'main' | 'high' | undefined;
  /** B-frames between two others, 0–16; 0 with profile `baseline`. @default what preset and tune say: 0 with `zerolatency` */
  bFrames?: number | undefined;
  /** Threads of the encoder, 1–128. @default as many as x264 finds right for the machine and the picture */
  threads?: number | undefined;
  /**
   * Any other x264 option by its own name, as `x264 --fullhelp` lists them: `{ 'rc-lookahead': 10, psy: false }`. An unknown name
   * or value rejects `publish()` with ERR_ENCODER_OPEN; so does what writes or reads files, prints, could end the process, or would
   * break the stream or the control of its bitrate. @default {}
   */
  extra?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** How the sound is encoded: AAC-LC (ISO/IEC 14496-3) by libfaac. */
export interface AudioEncoding {
  /** bit/s of all channels together, 16_000–320_000. @default 128_000 */
  bitrate?: number | undefined;
  /** Hz. @default the source's own rate where it is one of the two, else 48_000 */
  sampleRate?: 44_100 | 48_000 | undefined;
  /** Mono or stereo. @default the source's own */
  channels?: 1 | 2 | undefined;
}
