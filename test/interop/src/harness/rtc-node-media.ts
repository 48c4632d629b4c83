import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  type LocalParticipant,
  LocalVideoTrack,
  type RemoteTrack,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  type VideoCodec,
  VideoFrame,
  VideoSource,
  VideoStream,
} from "@livekit/rtc-node";

const [WIDTH, HEIGHT] = [320, 180];
const FRAME_INTERVAL_MS = 66;
const [SAMPLE_RATE, FRAME_SAMPLES] = [48_000, 480];
const TONE_HZ = 440;
const LOUDNESS = 8_000;
/** Neither red nor blue: a picture is told by its brightness alone. */
const GREY = 128;

/** What has come of one participant. */
export interface ReceivedFrames {
  readonly video: number;
  readonly audio: number;
  /** Of the last picture's middle, 0 to 255. */
  readonly brightness: number;
  /** Of the last 10 ms of sound: the largest sample. */
  readonly loudness: number;
  readonly width: number;
  readonly height: number;
}

const NOTHING: ReceivedFrames = { video: 0, audio: 0, brightness: 0, loudness: 0, width: 0, height: 0 };

/** Frames that a participant of LiveKit's SDK for Node makes up, and counts. */
export class RtcNodeMedia {
  readonly #received = new Map<string, ReceivedFrames>();
  #publications: readonly [audioSid: string, videoSid: string] = ["", ""];
  #timer: NodeJS.Timeout | undefined;

  of(identity: string): ReceivedFrames {
    return this.#received.get(identity) ?? NOTHING;
  }

  /** A tone, and a picture of one brightness. Gives both tracks' sids, the tone's first. */
  async publish(participant: LocalParticipant, brightness: number, codec: VideoCodec): Promise<readonly [string, string]> {
    const [audio, video] = [new AudioSource(SAMPLE_RATE, 1), new VideoSource(WIDTH, HEIGHT)];
    const tracks = [LocalAudioTrack.createAudioTrack("tone", audio), LocalVideoTrack.createVideoTrack("grey", video)] as const;
    const tone = await participant.publishTrack(tracks[0], new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }));
    const options = { source: TrackSource.SOURCE_CAMERA, videoCodec: codec, simulcast: false };
    const picture = await participant.publishTrack(tracks[1], new TrackPublishOptions(options));
    const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(GREY).fill(brightness, 0, WIDTH * HEIGHT);
    const frame = new VideoFrame(data, WIDTH, HEIGHT, VideoBufferType.I420);
    this.#timer = setInterval(() => video.captureFrame(frame, process.hrtime.bigint() / 1_000n), FRAME_INTERVAL_MS);
    void play(audio, () => this.#timer !== undefined);
    this.#publications = [tone.sid ?? "", picture.sid ?? ""];
    return this.#publications;
  }

  async unpublish(participant: LocalParticipant): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const sid of this.#publications) await participant.unpublishTrack(sid);
  }

  /** Counts what comes of the track until it ends. */
  handleTrack(track: RemoteTrack, identity: string): void {
    void (track.kind === TrackKind.KIND_VIDEO ? this.#watch(track, identity) : this.#listen(track, identity));
  }

  async #watch(track: RemoteTrack, identity: string): Promise<void> {
    for await (const { frame } of new VideoStream(track)) {
      const { width, height, data } = frame.convert(VideoBufferType.I420);
      const brightness = data[(height >> 1) * width + (width >> 1)] ?? 0;
      const { video } = this.of(identity);
      this.#received.set(identity, { ...this.of(identity), video: video + 1, brightness, width, height });
    }
  }

  async #listen(track: RemoteTrack, identity: string): Promise<void> {
    for await (const { data } of new AudioStream(track, SAMPLE_RATE, 1)) {
      const loudness = data.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      this.#received.set(identity, { ...this.of(identity), audio: this.of(identity).audio + 1, loudness });
    }
  }
}

/** The source takes no more than it can play, so that this goes in real time. */
async function play(source: AudioSource, goesOn: () => boolean): Promise<void> {
  for (let played = 0; goesOn(); played += FRAME_SAMPLES) {
    const sample = (_: unknown, index: number) =>
      Math.round(LOUDNESS * Math.sin((2 * Math.PI * TONE_HZ * (played + index)) / SAMPLE_RATE));
    const data = Int16Array.from({ length: FRAME_SAMPLES }, sample);
    await source.captureFrame(new AudioFrame(data, SAMPLE_RATE, 1, FRAME_SAMPLES));
  }
}
