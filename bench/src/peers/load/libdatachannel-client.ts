import { until } from "@sluice/interop";
import { PeerConnection, RtcpNackResponder, RtcpReceivingSession, type Track, Video } from "node-datachannel";

export const VIDEO = { mid: "0", payloadType: 96, ssrc: 0x11111111, streamId: "bench", trackId: "bench-video" } as const;

const GATHER_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 15_000;

/** One peer connection of libdatachannel: it sends one video or receives one. */
export class LibdatachannelClient {
  readonly #connection: PeerConnection;
  /** libdatachannel closes a track that nobody holds. */
  readonly #tracks: Track[] = [];

  /** `ip`: where its socket is. */
  constructor(ip: string) {
    this.#connection = new PeerConnection("bench", { iceServers: [], disableAutoNegotiation: true, bindAddress: ip });
  }

  /** The track that is sent; offered next. Lost packets are sent again when the server asks, as any publisher does. */
  addSender(): Track {
    const video = new Video(VIDEO.mid, "SendOnly");
    video.addVP8Codec(VIDEO.payloadType);
    video.addSSRC(VIDEO.ssrc, "bench", VIDEO.streamId, VIDEO.trackId);
    const track = this.#connection.addTrack(video);
    track.setMediaHandler(new RtcpNackResponder());
    this.#tracks.push(track);
    return track;
  }

  /** Receives a video in a section of its own, offered next, with reports about it. */
  addReceiver(onPacket: (packet: Buffer) => void): void {
    const video = new Video(VIDEO.mid, "RecvOnly");
    video.addVP8Codec(VIDEO.payloadType);
    this.#listen(this.#connection.addTrack(video), onPacket);
  }

  /** Receives whatever the other end offers. */
  receiveOffered(onPacket: (packet: Buffer) => void): void {
    this.#connection.onTrack((track) => this.#listen(track, onPacket));
  }

  /** With all candidates. */
  offer(): Promise<string> {
    this.#connection.setLocalDescription("offer");
    return this.#gathered();
  }

  accept(answer: string): void {
    this.#connection.setRemoteDescription(answer, "answer");
  }

  /** With all candidates. */
  answer(offer: string): Promise<string> {
    this.#connection.setRemoteDescription(offer, "offer");
    this.#connection.setLocalDescription("answer");
    return this.#gathered();
  }

  addCandidate(candidate: string, mid: string): void {
    this.#connection.addRemoteCandidate(candidate, mid);
  }

  async connected(): Promise<void> {
    const state = () => this.#connection.state();
    await until("connection", CONNECT_TIMEOUT_MS, () => state() === "connected", state);
  }

  #listen(track: Track, onPacket: (packet: Buffer) => void): void {
    track.setMediaHandler(new RtcpReceivingSession());
    track.onMessage(onPacket);
    this.#tracks.push(track);
  }

  #gathered(): Promise<string> {
    return until("gathered candidates", GATHER_TIMEOUT_MS, () => {
      return this.#connection.gatheringState() === "complete" && this.#connection.localDescription()?.sdp;
    });
  }
}
