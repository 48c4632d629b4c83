import { randomBytes, randomInt, randomUUID } from "node:crypto";
import {
  answeredTransportParameters,
  createIceCredentials,
  createOffer,
  type Instant,
  isRejected,
  isRtx,
  type MediaKind,
  type MediaPacket,
  type OfferSection,
  type Producer,
  parseSessionDescription,
  receives,
  type MediaSection as SdpSection,
  sends,
  sentRtpParameters,
  type TransportState,
} from "@sluice/media";
import {
  findReusableSection,
  type MediaConnectionPort,
  type MediaConnectionState,
  type Params,
  planReceivingSections,
  type SectionCounts,
  SluiceError,
} from "@sluice/protocol";
import { RECEIVED_CODECS, rtxFor } from "../media-file/codecs.js";
import type { LocalTrack } from "./local-track.js";
import { type MediaEndpoint, ROUTER_ID } from "./media-endpoint.js";

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
  #remote = "";
  #isClosed = false;

  constructor(endpoint: MediaEndpoint, handleState: (state: MediaConnectionState) => void) {
    this.#endpoint = endpoint;
    this.#handleState = handleState;
    this.#transportId = endpoint.nameTransport((state) => this.#handleTransportState(state));
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

  createOffer(receiving: SectionCounts): Promise<Required<Params<"offer">> | undefined> {
    for (const kind of planReceivingSections(this.#sections, receiving)) this.#addReceivingSection(kind);
    if (this.#sections.length === 0) return Promise.resolve(undefined);
    const sdp = createOffer({
      sessionId: this.#sessionId,
      sessionVersion: ++this.#offers,
      ice: this.#ice,
      fingerprint: this.#endpoint.dtls.fingerprint,
      sections: this.#sections.map((section) => this.#describe(section)),
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
    const { core } = this.#endpoint;
    const now = this.#endpoint.now();
    const description = JSON.stringify(remote);
    if (description !== this.#remote) core.connectTransport(this.#transportId, remote, now);
    this.#remote = description;
    const answered = new Map(result.description.sections.map((section) => [section.mid, section]));
    // What ends first, because an SSRC may move from one section to another.
    for (const section of this.#sections) this.#closeEnded(section, answered.get(section.mid));
    for (const section of this.#sections) this.#open(section, answered.get(section.mid), now);
    this.#endpoint.flush();
  }

  /** ICE-lite servers say all their candidates in the answer. */
  handleCandidate(): Promise<void> {
    return Promise.resolve();
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
    if (role === "receiving") return { mid, kind, direction, codecs: RECEIVED_CODECS[kind], headerExtensions: [] };
    const { track, ssrc, rtxSsrc } = section;
    if (track === undefined) return { mid, kind, direction, codecs: RECEIVED_CODECS[kind], headerExtensions: [] };
    const hasRtx = kind === "video";
    return {
      mid,
      kind,
      direction,
      codecs: hasRtx ? [track.codec, rtxFor(track.codec)] : [track.codec],
      headerExtensions: [],
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

  #openConsumer(section: SendingSection, { codecs, direction }: SdpSection, now: Instant): void {
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
        headerExtensions: [],
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
