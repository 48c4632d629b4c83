import { randomBytes, randomInt, randomUUID } from "node:crypto";
import {
  answeredTransportParameters,
  createIceCredentials,
  createOffer,
  EXTENSION_URI,
  type IceCandidate,
  type Instant,
  isRejected,
  isRtx,
  type MediaKind,
  type MediaPacket,
  type OfferSection,
  type Producer,
  parseCandidate,
  parseSessionDescription,
  type RemoteTransportParameters,
  type RtpHeaderExtension,
  receives,
  type MediaSection as SdpSection,
  sends,
  sentRtpParameters,
  type TransportState,
} from "@sluice/media";
import {
  type DataChannelListener,
  findReusableSection,
  type MediaConnectionPort,
  type MediaConnectionState,
  type Offer,
  planReceivingSections,
  type SectionCounts,
  type ServerCandidate,
  SluiceError,
} from "@sluice/protocol";
import { RECEIVED_CODECS, rtxFor } from "../media-file/codecs.js";
import { DATA_MID, HeadlessDataChannels } from "./headless-data-channels.js";
import type { LocalTrack } from "./local-track.js";
import { type MediaEndpoint, ROUTER_ID, type TransportEvent } from "./media-endpoint.js";

/** Candidates of a server that come one by one: more than a machine has addresses, fewer than would hurt. */
const MAX_TRICKLED = 64;

/** Id of the header extension with transport-wide sequence numbers, in every section. */
export const TRANSPORT_WIDE_ID = 3;

/** In one BUNDLE an id means one thing (RFC 8843 §9.1), so every section has the same; audio that we send has {@link AUDIO_LEVEL} besides. */
const HEADER_EXTENSIONS: readonly RtpHeaderExtension[] = [
  { id: TRANSPORT_WIDE_ID, uri: EXTENSION_URI.transportWideSequenceNumber },
];

/** Of a video that we receive also what tells its layers apart: nodes send the lowest alone to those who cannot. */
const RECEIVED_EXTENSIONS: Readonly<Record<MediaKind, readonly RtpHeaderExtension[]>> = {
  audio: HEADER_EXTENSIONS,
  video: [...HEADER_EXTENSIONS, { id: 4, uri: EXTENSION_URI.dependencyDescriptor }],
};

/** Called for every packet a section receives; `codec` is what its payload type means. */
export type PacketListener = (packet: MediaPacket, codec: string, clockRate: number, now: Instant) => void;

interface SendingSection {
  readonly role: "sending";
  readonly mid: string;
  readonly kind: MediaKind;
  /** None: free for another of its kind. */
  track: LocalTrack | undefined;
  ssrc: number;
  rtxSsrc: number;
  direction: "sendonly" | "inactive";
  /** Once the server has accepted it. */
  consumerId: string | undefined;
}

interface ReceivingSection {
  readonly role: "receiving";
  readonly mid: string;
  readonly kind: MediaKind;
  readonly direction: "recvonly";
  /** `description`: what the answer said of it; another one is another Producer. */
  received: { readonly producer: Producer; readonly description: string } | undefined;
  listener: PacketListener | undefined;
}

/** One transport to a node, from its first offer to its end: our own media core in the place of an RTCPeerConnection. It always offers. */
export class HeadlessConnection implements MediaConnectionPort<LocalTrack> {
  readonly #endpoint: MediaEndpoint;
  readonly #handleState: (state: MediaConnectionState) => void;
  readonly #transportId: string;
  readonly #channels: HeadlessDataChannels | undefined;
  readonly #ice;
  /** One for all tracks, so that receivers keep picture and sound together (RFC 3550 §6.5.1). */
  readonly #cname = randomUUID();
  readonly #sessionId = String(randomBytes(6).readUIntBE(0, 6));
  readonly #sections: (SendingSection | ReceivingSection)[] = [];
  /** SSRCs of this transport: none is used twice under one SRTP key. */
  readonly #ssrcs = new Set<number>();
  #offers = 0;
  #opened = 0;
  /** What the last answer said of the node's side. */
  #remote: RemoteTransportParameters | undefined;
  readonly #trickled: IceCandidate[] = [];
  #isClosed = false;

  /** With `data` it has data channels. */
  constructor(
    endpoint: MediaEndpoint,
    handleState: (state: MediaConnectionState) => void,
    data: DataChannelListener | undefined,
  ) {
    this.#endpoint = endpoint;
    this.#handleState = handleState;
    this.#transportId = endpoint.nameTransport((event) => this.#handleEvent(event));
    this.#channels = data && new HeadlessDataChannels(endpoint, this.#transportId, data);
    this.#ice = createIceCredentials(endpoint.crypto);
    endpoint.core.openTransport(ROUTER_ID, this.#transportId, { iceRole: "controlling", localIce: this.#ice }, endpoint.now());
  }

  send(track: LocalTrack): Promise<void> {
    const reused = findReusableSection(this.#sections, track.kind);
    const section = reused?.role === "sending" ? reused : this.#addSendingSection(track.kind);
    section.track = track;
    section.ssrc = this.#allocateSsrc();
    section.rtxSsrc = this.#allocateSsrc();
    section.direction = "sendonly";
    return Promise.resolve();
  }

  stopSending(track: LocalTrack): Promise<void> {
    for (const section of this.#sections) {
      if (section.role !== "sending" || section.track !== track) continue;
      section.track = undefined;
      section.direction = "inactive";
      this.#closeConsumer(section);
    }
    return Promise.resolve();
  }

  createOffer(receiving: SectionCounts): Promise<Offer | undefined> {
    for (const kind of planReceivingSections(this.#sections, receiving)) this.#addReceivingSection(kind);
    const data = this.#channels === undefined ? [] : [{ mid: DATA_MID, kind: "application" as const }];
    const sections = [...data, ...this.#sections.map((section) => this.#describe(section))];
    if (sections.length === 0) return Promise.resolve(undefined);
    const sdp = createOffer({
      sessionId: this.#sessionId,
      sessionVersion: ++this.#offers,
      ice: this.#ice,
      fingerprint: this.#endpoint.dtls.fingerprint,
      sections,
    });
    const tracks = this.#sections.flatMap((section) => {
      return section.role === "sending" && section.track !== undefined
        ? [{ mid: section.mid, trackId: section.track.trackId }]
        : [];
    });
    return Promise.resolve({ sdp, tracks });
  }

  /** Rejects with SluiceError `internal` when this is no answer to our offer. */
  async handleAnswer(sdp: string): Promise<void> {
    if (this.#isClosed) return;
    const result = parseSessionDescription(sdp);
    if (!result.ok) throw new SluiceError("internal", `the server's answer is no SDP: ${result.reason}`);
    const remote = answeredTransportParameters(result.description);
    if (remote === undefined) throw new SluiceError("internal", "the server's answer has no usable transport");
    await this.#connectIfNew(remote);
    if (this.#isClosed) return;
    const now = this.#endpoint.now();
    if (remote.sctp !== undefined) this.#channels?.open();
    const answered = new Map(result.description.sections.map((section) => [section.mid, section]));
    // What ends first, because an SSRC may move from one section to another.
    for (const section of this.#sections) this.#closeEnded(section, answered.get(section.mid));
    for (const section of this.#sections) this.#open(section, answered.get(section.mid), now);
    this.#endpoint.flush();
  }

  /** ICE-lite servers say all their candidates in the answer; others go on telling, perhaps from before it. */
  async handleCandidate({ candidate }: ServerCandidate): Promise<void> {
    const parsed = parseCandidate(candidate);
    if (parsed === undefined || this.#trickled.length >= MAX_TRICKLED || this.#isClosed) return;
    this.#trickled.push(...(await this.#redirect([parsed])));
    if (this.#remote !== undefined && !this.#isClosed) this.#connect(this.#remote);
  }

  async #connectIfNew(told: RemoteTransportParameters): Promise<void> {
    const remote = { ...told, candidates: await this.#redirect(told.candidates) };
    if (this.#isClosed || JSON.stringify(remote) === JSON.stringify(this.#remote)) return;
    this.#remote = remote;
    this.#connect(remote);
  }

  async #redirect(candidates: readonly IceCandidate[]): Promise<readonly IceCandidate[]> {
    const { redirect } = this.#endpoint;
    if (redirect === undefined) return candidates;
    return (await Promise.all(candidates.map(redirect))).filter((candidate) => candidate !== undefined);
  }

  /** Doing so again adds what is new. */
  #connect(remote: RemoteTransportParameters): void {
    const candidates = [...remote.candidates, ...this.#trickled];
    this.#endpoint.core.connectTransport(this.#transportId, { ...remote, candidates }, this.#endpoint.now());
    this.#endpoint.flush();
  }

  kindOf(mid: string): MediaKind | undefined {
    return this.#sections.find((section) => section.mid === mid)?.kind;
  }

  /** Who gets what the section `mid` receives from now on. */
  receive(mid: string, listener: PacketListener | undefined): void {
    for (const section of this.#sections) if (section.role === "receiving" && section.mid === mid) section.listener = listener;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endpoint.forgetTransport(this.#transportId);
    for (const section of this.#sections) if (section.role === "receiving") this.#closeProducer(section);
    this.#endpoint.core.closeTransport(this.#transportId);
    this.#endpoint.flush();
  }

  #addSendingSection(kind: MediaKind): SendingSection {
    const mid = String(this.#sections.length);
    const section: SendingSection = {
      role: "sending",
      mid,
      kind,
      track: undefined,
      ssrc: 0,
      rtxSsrc: 0,
      direction: "inactive",
      consumerId: undefined,
    };
    this.#sections.push(section);
    return section;
  }

  #addReceivingSection(kind: MediaKind): void {
    const mid = String(this.#sections.length);
    this.#sections.push({ role: "receiving", mid, kind, direction: "recvonly", received: undefined, listener: undefined });
  }

  #describe(section: SendingSection | ReceivingSection): OfferSection {
    const { mid, kind, direction, role } = section;
    if (role === "receiving")
      return { mid, kind, direction, codecs: RECEIVED_CODECS[kind], headerExtensions: RECEIVED_EXTENSIONS[kind] };
    const { track, ssrc, rtxSsrc } = section;
    if (track === undefined)
      return { mid, kind, direction, codecs: RECEIVED_CODECS[kind], headerExtensions: HEADER_EXTENSIONS };
    const hasRtx = kind === "video";
    return {
      mid,
      kind,
      direction,
      codecs: hasRtx ? [track.codec, rtxFor(track.codec)] : [track.codec],
      headerExtensions: [...track.headerExtensions, ...HEADER_EXTENSIONS],
      ssrc,
      ...(hasRtx ? { rtxSsrc } : {}),
      cname: this.#cname,
      msid: { streamId: this.#cname, trackId: track.cid },
    };
  }

  #closeEnded(section: SendingSection | ReceivingSection, answer: SdpSection | undefined): void {
    if (section.role === "sending") {
      if (answer === undefined || isRejected(answer) || !receives(answer.direction)) this.#closeConsumer(section);
    } else if (section.received !== undefined && section.received.description !== describeProducer(answer)) {
      this.#closeProducer(section);
    }
  }

  #open(section: SendingSection | ReceivingSection, answer: SdpSection | undefined, now: Instant): void {
    if (answer === undefined || isRejected(answer)) return;
    if (section.role === "sending") this.#openConsumer(section, answer, now);
    else this.#openProducer(section, answer);
  }

  #openConsumer(section: SendingSection, { codecs, headerExtensions, direction }: SdpSection, now: Instant): void {
    const { track, mid, kind, ssrc, rtxSsrc } = section;
    if (track === undefined || section.consumerId !== undefined || !receives(direction)) return;
    section.consumerId = this.#nameOf(mid);
    this.#endpoint.core.openConsumer(
      this.#transportId,
      {
        consumerId: section.consumerId,
        producerId: track.cid,
        kind,
        mid,
        ssrc,
        ...(codecs.some(isRtx) ? { rtxSsrc } : {}),
        cname: this.#cname,
        codecs,
        headerExtensions: headerExtensions.map(({ id, uri }) => ({ id, uri })),
        isPaused: false,
      },
      now,
    );
  }

  #closeConsumer(section: SendingSection): void {
    if (section.consumerId !== undefined) this.#endpoint.core.closeConsumer(section.consumerId);
    section.consumerId = undefined;
  }

  #openProducer(section: ReceivingSection, answer: SdpSection): void {
    const rtp = sentRtpParameters(answer);
    if (rtp === undefined || section.received !== undefined || !sends(answer.direction)) return;
    const id = this.#nameOf(section.mid);
    const producer = this.#endpoint.core.openProducer(this.#transportId, { producerId: id, rtp, isPaused: false });
    this.#endpoint.producers.add(producer);
    section.received = { producer, description: describeProducer(answer) };
    producer.onPacket = (packet, now) => {
      const binding = producer.bindingFor(packet.header.payloadType);
      if (binding !== undefined) section.listener?.(packet, binding.codec.name, binding.clockRate, now);
    };
  }

  #closeProducer(section: ReceivingSection): void {
    if (section.received === undefined) return;
    this.#endpoint.core.closeProducer(section.received.producer.id);
    this.#endpoint.producers.delete(section.received.producer);
    section.received = undefined;
  }

  #nameOf(mid: string): string {
    return `${this.#transportId}/${mid}/${++this.#opened}`;
  }

  #allocateSsrc(): number {
    for (;;) {
      const ssrc = randomInt(1, 2 ** 32);
      if (this.#ssrcs.has(ssrc)) continue;
      this.#ssrcs.add(ssrc);
      return ssrc;
    }
  }

  #handleEvent(event: TransportEvent): void {
    if (event.type === "transportState") this.#handleTransportState(event.state);
    else if (event.type !== "dataDropped") this.#channels?.handleEvent(event);
  }

  #handleTransportState(state: TransportState): void {
    switch (state.type) {
      case "new":
      case "connecting":
        this.#handleState("connecting");
        break;
      case "connected":
        this.#handleState("connected");
        break;
      case "closed":
        this.#handleState("failed");
        break;
    }
  }
}

/** Empty when the server sends nothing there. */
function describeProducer(answer: SdpSection | undefined): string {
  if (answer === undefined || isRejected(answer) || !sends(answer.direction)) return "";
  return JSON.stringify(sentRtpParameters(answer));
}
