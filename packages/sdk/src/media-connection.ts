import {
  type DataChannelListener,
  findReusableSection,
  type IceServer,
  type MediaSection,
  type Offer,
  planReceivingSections,
  type SectionCounts,
} from "@sluice/protocol";
import { codecPreferences } from "./codec-preferences.js";
import { openDataChannels } from "./data-channels.js";
import { type ExtensionNegotiation, offerDependencyDescriptor } from "./dependency-descriptor.js";
import type { LocalTrack } from "./local-track.js";
import type { MediaPort } from "./media-port.js";
import { activeEncodings, withEncodings } from "./sender-encodings.js";

/** A media section together with the transceiver behind it. */
class TransceiverSection implements MediaSection {
  readonly role: MediaSection["role"];
  readonly transceiver: RTCRtpTransceiver;
  /** The track a sending section carries; free to be used again when there is none. */
  track: LocalTrack | undefined;

  /** Of its encodings, which are fixed for the life of a sender. */
  readonly rids: string;
  #settled = Promise.resolve();

  constructor(role: MediaSection["role"], transceiver: RTCRtpTransceiver, track?: LocalTrack) {
    this.role = role;
    this.transceiver = transceiver;
    this.track = track;
    this.rids = track === undefined ? "" : ridsOf(track.plan.encodings);
  }

  /** One change after the other: the browser refuses parameters that are not based on the last ones (W3C `transactionId`). */
  setParameters(track: LocalTrack): Promise<void> {
    const apply = async () => {
      if (this.track !== track) return;
      const { sender } = this.transceiver;
      const parameters = withEncodings(sender.getParameters(), activeEncodings(track));
      const { degradationPreference } = track.options;
      await sender.setParameters(degradationPreference === undefined ? parameters : { ...parameters, degradationPreference });
    };
    const done = this.#settled.then(apply);
    this.#settled = done.catch(() => {});
    return done;
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

  constructor(
    iceServers: readonly IceServer[],
    handleState: (state: RTCPeerConnectionState) => void,
    data: DataChannelListener,
  ) {
    this.#connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      iceServers: iceServers.map((server) => ({ ...server, urls: [...server.urls] })),
    });
    this.#connection.onconnectionstatechange = () => handleState(this.#connection.connectionState);
    openDataChannels(this.#connection, data);
  }

  /**
   * Prepares to send `track`; the next offer carries it.
   * @throws SluiceError `unsupported` when the browser lacks the codec asked for
   */
  async send(track: LocalTrack): Promise<void> {
    const { kind, mediaStreamTrack } = track;
    const { codec } = track.options;
    const codecs = RTCRtpSender.getCapabilities(kind)?.codecs ?? [];
    const preferences = codec === undefined ? [] : codecPreferences(kind, codec, codecs);
    const sendEncodings = activeEncodings(track);
    const fitting = this.#sections.filter(({ rids }) => rids === ridsOf(sendEncodings));
    let section = findReusableSection(fitting, kind);
    if (section === undefined) {
      const transceiver = this.#connection.addTransceiver(mediaStreamTrack, {
        direction: "sendonly",
        streams: [this.#stream],
        sendEncodings,
      });
      section = new TransceiverSection("sending", transceiver, track);
      this.#sections.push(section);
    } else {
      section.track = track;
      section.transceiver.direction = "sendonly";
    }
    const { transceiver } = section;
    transceiver.setCodecPreferences(preferences);
    if (transceiver.sender.track !== mediaStreamTrack) {
      await transceiver.sender.replaceTrack(mediaStreamTrack);
    } else if (track.options.degradationPreference === undefined) {
      return;
    }
    await section.setParameters(track);
  }

  async applyWantedLayers(track: LocalTrack): Promise<void> {
    await this.#sections.find((section) => section.track === track)?.setParameters(track);
  }

  /** Stops sending `track`; the next offer says so. */
  async stopSending(track: LocalTrack): Promise<void> {
    const section = this.#sections.find((candidate) => candidate.track === track);
    if (section === undefined) return;
    section.track = undefined;
    section.transceiver.direction = "inactive";
    await section.transceiver.sender.replaceTrack(null);
  }

  /** An offer with all our tracks, our data channels, and at least `receiving` sections to receive in. */
  async createOffer(receiving: SectionCounts): Promise<Offer> {
    for (const kind of planReceivingSections(this.#sections, receiving)) {
      const transceiver: RTCRtpTransceiver & ExtensionNegotiation = this.#connection.addTransceiver(kind, {
        direction: "recvonly",
      });
      if (kind === "video") offerDependencyDescriptor(transceiver);
      this.#sections.push(new TransceiverSection("receiving", transceiver));
    }
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

function ridsOf(encodings: readonly RTCRtpEncodingParameters[]): string {
  return encodings.map(({ rid = "" }) => rid).join();
}
