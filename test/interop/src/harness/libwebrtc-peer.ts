import wrtc from "@roamhq/wrtc";
import { RpcClient } from "./rpc-client.js";

const WIDTH = 320;
const HEIGHT = 240;
const FRAME_INTERVAL_MS = 50;
const SAMPLE_RATE = 48_000;
const TONE_HZ = 440;
/** What one call of RTCAudioSource takes. */
const BLOCK_MS = 10;
const BLOCK_SAMPLES = 480;

/** What came out of the decoders so far. */
export interface Decoded {
  frames: number;
  samples: number;
  /** Largest sample, 0–32767. */
  loudest: number;
}

export interface LibwebrtcOptions {
  /** Of the JSON-RPC door. */
  readonly url: string;
  readonly token: string;
  /** Wait for a track of each kind, and receive it. */
  readonly isReceiving: boolean;
  /** Publish a moving picture and a tone. */
  readonly isPublishing: boolean;
}

/** A participant on libwebrtc, which crashes when its process ends in the ordinary way: use it by ForkedPeer. */
export class LibwebrtcPeer {
  readonly #decoded: Decoded = { frames: 0, samples: 0, loudest: 0 };
  readonly #rpc: RpcClient;
  readonly #connection = new wrtc.RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
  /** Held for as long as they should work. */
  readonly #sinks: unknown[] = [];

  private constructor(rpc: RpcClient) {
    this.#rpc = rpc;
  }

  static async join({ url, token, isReceiving, isPublishing }: LibwebrtcOptions): Promise<LibwebrtcPeer> {
    const peer = new LibwebrtcPeer(await RpcClient.open(url, token));
    await peer.#rpc.request("join", {});
    if (isReceiving) await peer.#receive();
    const published = isPublishing ? await peer.#publish() : [];
    await peer.#negotiate(published);
    return peer;
  }

  /** What came out of the decoders so far. */
  decoded(): Decoded {
    return this.#decoded;
  }

  /** Its statistics of what it receives. */
  async inbound(): Promise<{ readonly packetsLost: number }[]> {
    const report = await this.#connection.getStats();
    return [...report.values()].filter(({ type }) => type === "inbound-rtp");
  }

  async leave(): Promise<void> {
    await this.#rpc.request("leave", {});
  }

  async #receive(): Promise<void> {
    await this.#rpc.notified("negotiationNeeded", ({ audio, video }) => audio === 1 && video === 1);
    const videoSink = new wrtc.nonstandard.RTCVideoSink(this.#addReceiver("video"));
    videoSink.onframe = () => {
      this.#decoded.frames += 1;
    };
    const audioSink = new wrtc.nonstandard.RTCAudioSink(this.#addReceiver("audio"));
    audioSink.ondata = ({ samples }: { samples: Int16Array }) => {
      this.#decoded.samples += samples.length;
      for (const sample of samples) this.#decoded.loudest = Math.max(this.#decoded.loudest, sample);
    };
    this.#sinks.push(videoSink, audioSink);
  }

  async #publish(): Promise<{ readonly section: RTCRtpTransceiver; readonly trackId: string }[]> {
    const [video, audio] = [
      await this.#rpc.request("publish", { cid: "picture", kind: "video", source: "camera" }),
      await this.#rpc.request("publish", { cid: "sound", kind: "audio", source: "microphone" }),
    ];
    const send = (track: MediaStreamTrack) => this.#connection.addTransceiver(track, { direction: "sendonly" });
    return [
      { section: send(openPicture()), trackId: video.track.trackId },
      { section: send(openTone()), trackId: audio.track.trackId },
    ];
  }

  async #negotiate(published: readonly { readonly section: RTCRtpTransceiver; readonly trackId: string }[]): Promise<void> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    const answer = await this.#rpc.request("offer", {
      sdp: this.#connection.localDescription?.sdp ?? "",
      tracks: published.map(({ section, trackId }) => ({ mid: section.mid ?? "", trackId })),
    });
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
  }

  #addReceiver(kind: "audio" | "video"): MediaStreamTrack {
    return this.#connection.addTransceiver(kind, { direction: "recvonly" }).receiver.track;
  }
}

/** A grey that pulses. */
function openPicture(): MediaStreamTrack {
  const source = new wrtc.nonstandard.RTCVideoSource();
  const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
  let shade = 0;
  setInterval(() => {
    shade = (shade + 8) & 0xff;
    data.fill(shade, 0, WIDTH * HEIGHT);
    source.onFrame({ width: WIDTH, height: HEIGHT, data });
  }, FRAME_INTERVAL_MS);
  return source.createTrack();
}

function openTone(): MediaStreamTrack {
  const source = new wrtc.nonstandard.RTCAudioSource();
  let position = 0;
  const sample = () => Math.round(8_000 * Math.sin((2 * Math.PI * TONE_HZ * position++) / SAMPLE_RATE));
  setInterval(() => {
    const samples = Int16Array.from({ length: BLOCK_SAMPLES }, sample);
    source.onData({ samples, sampleRate: SAMPLE_RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: BLOCK_SAMPLES });
  }, BLOCK_MS);
  return source.createTrack();
}
