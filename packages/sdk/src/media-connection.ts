import {
  findReusableSection,
  type IceServer,
  type MediaSection,
  type Offer,
  planReceivingSections,
  type SectionCounts,
} from "@sluice/protocol";
import { codecPreferences } from "./codec-preferences.js";
import type { LocalTrack } from "./local-track.js";
import type { MediaPort } from "./media-port.js";

/** A media section together with the transceiver behind it. */
class TransceiverSection implements MediaSection {
  readonly role: MediaSection["role"];
  readonly transceiver: RTCRtpTransceiver;
  /** The track a sending section carries; free to be used again when there is none. */
  track: LocalTrack | undefined;

  constructor(role: MediaSection["role"], transceiver: RTCRtpTransceiver, track?: LocalTrack) {
    this.role = role;
    this.transceiver = transceiver;
    this.track = track;
  }

  get kind(): MediaSection["kind"] {
    return this.transceiver.receiver.track.kind === "audio" ? "audio" : "video";
  }

  get direction(): RTCRtpTransceiverDirection {
    return this.transceiver.direction;
  }
}

/**
 * One RTCPeerConnection, from its first offer to its end. It always offers. Client candidates are not sent: the server is ICE-lite
 * on a public address and learns ours from the first check (RFC 8445 §7.3.1.3).
 */
export class MediaConnection implements MediaPort {
  readonly #connection: RTCPeerConnection;
  readonly #sections: TransceiverSection[] = [];
  /** All our tracks are of one stream, so that receivers keep picture and sound in sync. */
  readonly #stream = new MediaStream();

  constructor(iceServers: readonly IceServer[], handleState: (state: RTCPeerConnectionState) => void) {
    this.#connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      iceServers: iceServers.map((server) => ({ ...server, urls: [...server.urls] })),
    });
    this.#connection.onconnectionstatechange = () => handleState(this.#connection.connectionState);
  }

  /**
   * Prepares to send `track`; the next offer carries it.
   * @throws SluiceError `unsupported` when the browser lacks the codec asked for
   */
  async send(track: LocalTrack): Promise<void> {
    const { kind, mediaStreamTrack } = track;
    const { codec, maxBitrateBps } = track.options;
    const codecs = RTCRtpSender.getCapabilities(kind)?.codecs ?? [];
    const preferences = codec === undefined ? [] : codecPreferences(kind, codec, codecs);
    const encoding = maxBitrateBps === undefined ? {} : { maxBitrate: maxBitrateBps };
    let section = findReusableSection(this.#sections, kind);
    if (section === undefined) {
      const transceiver = this.#connection.addTransceiver(mediaStreamTrack, {
        direction: "sendonly",
        streams: [this.#stream],
        sendEncodings: [encoding],
      });
      section = new TransceiverSection("sending", transceiver, track);
      this.#sections.push(section);
    } else {
      section.track = track;
      section.transceiver.direction = "sendonly";
    }
    const { transceiver } = section;
    transceiver.setCodecPreferences(preferences);
    if (transceiver.sender.track === mediaStreamTrack) return;
    await transceiver.sender.replaceTrack(mediaStreamTrack);
    const parameters = transceiver.sender.getParameters();
    parameters.encodings = parameters.encodings.map(({ maxBitrate: _, ...rest }) => ({ ...rest, ...encoding }));
    await transceiver.sender.setParameters(parameters);
  }

  /** Stops sending `track`; the next offer says so. */
  async stopSending(track: LocalTrack): Promise<void> {
    const section = this.#sections.find((candidate) => candidate.track === track);
    if (section === undefined) return;
    section.track = undefined;
    section.transceiver.direction = "inactive";
    await section.transceiver.sender.replaceTrack(null);
  }

  /** An offer with all our tracks and at least `receiving` sections to receive in; `undefined` while there is nothing to offer. */
  async createOffer(receiving: SectionCounts): Promise<Offer | undefined> {
    for (const kind of planReceivingSections(this.#sections, receiving)) {
      this.#sections.push(
        new TransceiverSection("receiving", this.#connection.addTransceiver(kind, { direction: "recvonly" })),
      );
    }
    // An offer without any section is refused by the browser itself, which never recovers from it.
    if (this.#sections.length === 0) return undefined;
    await this.#connection.setLocalDescription();
    const tracks = this.#sections.flatMap(({ track, transceiver }) =>
      track === undefined || transceiver.mid === null ? [] : [{ mid: transceiver.mid, trackId: track.trackId }],
    );
    return { sdp: this.#connection.localDescription?.sdp ?? "", tracks };
  }

  async handleAnswer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: "answer", sdp });
  }

  async handleCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    await this.#connection.addIceCandidate(candidate);
  }

  /** What the section `mid` receives. */
  receivedTrack(mid: string): MediaStreamTrack | undefined {
    return this.#sections.find(({ role, transceiver }) => role === "receiving" && transceiver.mid === mid)?.transceiver.receiver
      .track;
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  /** After this `handleState` is not called any more. */
  close(): void {
    this.#connection.onconnectionstatechange = null;
    this.#connection.close();
  }
}
