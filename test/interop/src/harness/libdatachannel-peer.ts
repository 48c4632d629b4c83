import { readTestPicture, readTestTone } from "@sluice/cli";
import type { Params, Result } from "@sluice/protocol";
import { Audio, PeerConnection, type Track, Video } from "node-datachannel";
import { RpcClient } from "./rpc-client.js";
import { RtpLog, type RtpStreamLog } from "./rtp-log.js";
import { RtpPublisher } from "./rtp-publisher.js";
import { until } from "./until.js";

export interface LibdatachannelOptions {
  /** Of the JSON-RPC door. */
  readonly url: string;
  readonly token: string;
  /** Publish a picture and a tone, or receive one track of each kind. */
  readonly role: "publisher" | "receiver";
  /** Of the picture. */
  readonly codec: "vp8" | "h264";
}

export interface Negotiated {
  /** SDP. */
  readonly offer: string;
  readonly answer: Result<"offer">;
}

const PICTURE = { mid: "0", payloadType: 96, ssrc: 0x11111111 } as const;
const SOUND = { mid: "1", payloadType: 111, ssrc: 0x22222222 } as const;
const H264_PROFILE = "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1";

/** A participant on libdatachannel: its own ICE, DTLS, SRTP and SDP. Use it by ForkedPeer: its threads outlive its connections. */
export class LibdatachannelPeer {
  readonly #options: LibdatachannelOptions;
  readonly #rpc: RpcClient;
  readonly #connection = new PeerConnection("peer", {
    iceServers: [],
    disableAutoNegotiation: true,
    bindAddress: "127.0.0.1",
  });
  readonly #log = new RtpLog();
  /** libdatachannel closes a track that nobody holds. */
  readonly #tracks: Track[] = [];
  #publishers: readonly RtpPublisher[] = [];

  private constructor(options: LibdatachannelOptions, rpc: RpcClient) {
    this.#options = options;
    this.#rpc = rpc;
  }

  static async join(options: LibdatachannelOptions): Promise<LibdatachannelPeer> {
    const rpc = await RpcClient.open(options.url, options.token);
    await rpc.request("join", {});
    return new LibdatachannelPeer(options, rpc);
  }

  /** Announces or awaits the tracks, and offers them; the answer is not applied yet. */
  async offer(): Promise<Negotiated> {
    const tracks = this.#options.role === "publisher" ? await this.#publish() : await this.#receive();
    this.#connection.setLocalDescription("offer");
    const offer = await until("gathered candidates", 5_000, () => {
      return this.#connection.gatheringState() === "complete" && this.#connection.localDescription()?.sdp;
    });
    return { offer, answer: await this.#rpc.request("offer", { sdp: offer, tracks }) };
  }

  /** Applies the answer and resolves when the connection stands. */
  async accept(answer: string, timeoutMs = 10_000): Promise<void> {
    this.#connection.setRemoteDescription(answer, "answer");
    await until(
      "connection",
      timeoutMs,
      () => this.#connection.state() === "connected",
      () => this.#connection.state(),
    );
  }

  /** RTCPeerConnectionState. */
  state(): string {
    return this.#connection.state();
  }

  /** What arrived so far. */
  received(): RtpStreamLog[] {
    return [...this.#log.streams.values()];
  }

  /** Packets sent so far. */
  published(): number {
    return this.#publishers.reduce((sum, { packets }) => sum + packets, 0);
  }

  async leave(): Promise<void> {
    for (const publisher of this.#publishers) publisher.close();
    await this.#rpc.request("leave", {});
  }

  async #publish(): Promise<NonNullable<Params<"offer">["tracks"]>> {
    const picture = await this.#rpc.request("publish", { cid: "picture", kind: "video", source: "camera" });
    const sound = await this.#rpc.request("publish", { cid: "sound", kind: "audio", source: "microphone" });
    const [video, audio] = this.#addTracks("SendOnly");
    this.#publishers = [
      { ...PICTURE, file: readTestPicture(this.#options.codec), track: video },
      { ...SOUND, file: readTestTone(), track: audio },
    ].map(({ track, ...options }) => {
      const send = (packet: Buffer) => {
        if (track.isOpen()) track.sendMessageBinary(packet);
      };
      return new RtpPublisher({ ...options, send });
    });
    return [
      { mid: PICTURE.mid, trackId: picture.track.trackId },
      { mid: SOUND.mid, trackId: sound.track.trackId },
    ];
  }

  async #receive(): Promise<[]> {
    await this.#rpc.notified("negotiationNeeded", ({ audio, video }) => audio === 1 && video === 1);
    for (const track of this.#addTracks("RecvOnly")) track.onMessage((packet) => this.#log.handlePacket(packet));
    return [];
  }

  #addTracks(direction: "SendOnly" | "RecvOnly"): [video: Track, audio: Track] {
    const video = new Video(PICTURE.mid, direction);
    if (this.#options.codec === "vp8") video.addVP8Codec(PICTURE.payloadType);
    else video.addH264Codec(PICTURE.payloadType, H264_PROFILE);
    const audio = new Audio(SOUND.mid, direction);
    audio.addOpusCodec(SOUND.payloadType);
    if (direction === "SendOnly") {
      video.addSSRC(PICTURE.ssrc, "cname", "stream", "picture");
      audio.addSSRC(SOUND.ssrc, "cname", "stream", "sound");
    }
    const tracks: [Track, Track] = [this.#connection.addTrack(video), this.#connection.addTrack(audio)];
    this.#tracks.push(...tracks);
    return tracks;
  }
}
