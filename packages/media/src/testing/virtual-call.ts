import { LocalSource } from "../router/local-source.js";
import type { MediaPacket } from "../router/media-packet.js";
import type { Producer } from "../router/producer.js";
import type { RtpCodec, RtpParameters } from "../rtp/rtp-parameters.js";
import { type Instant, instant } from "../time/instant.js";
import type { ConsumerParameters } from "../transport/parameters.js";
import { joinNode } from "./join-node.js";
import { seededCrypto } from "./seeded-crypto.js";
import { VirtualEndpoint, type VirtualPlatform } from "./virtual-endpoint.js";
import { type VirtualLink, VirtualNetwork } from "./virtual-network.js";

const VP8: RtpCodec = {
  payloadType: 96,
  name: "VP8",
  clockRate: 90_000,
  parameters: {},
  feedback: ["nack", "nack pli"],
};
const RTX: RtpCodec = { payloadType: 97, name: "rtx", clockRate: 90_000, parameters: { apt: "96" }, feedback: [] };

const ALICE_SSRC = 0x1111;
const CONSUMER_SSRC = 0xf000_2222;
const CONSUMER_RTX_SSRC = 0xf000_3333;

/** How long a publisher sends a packet again, ms: libwebrtc keeps its packets for a second or longer. */
const PUBLISHER_TTL_MS = 1000;

export interface VirtualCallOptions {
  /** The same seed, the same call. */
  readonly seed: number;
  readonly hasRtx: boolean;
  /** Of the node; its default without. */
  readonly retransmissionTtlMs?: number;
  /** Default 1: Bob. */
  readonly subscribers?: number;
  /** Packets each subscriber has memory for; default 4096. */
  readonly subscriberSlots?: number;
}

/** Somebody who receives what Alice publishes. */
export class VirtualSubscriber {
  readonly endpoint: VirtualEndpoint;
  /** What arrives. */
  readonly received: Producer;
  /** Ids of the node's Transport to here, and of its Consumer once there is one. */
  readonly transportId: string;
  readonly consumerId: string;

  constructor(endpoint: VirtualEndpoint, received: Producer, transportId: string, consumerId: string) {
    this.endpoint = endpoint;
    this.received = received;
    this.transportId = transportId;
    this.consumerId = consumerId;
  }

  get isConnected(): boolean {
    return this.endpoint.core.transport("node").state.type === "connected";
  }

  /** Calls `onPacket` for every packet that arrives, with the number that the camera gave it and whether it is a key frame's. */
  watch(onPacket: (number: number, now: Instant, packet: MediaPacket) => void): void {
    const { view } = this.endpoint.port.memory;
    this.received.onPacket = (packet, now) => onPacket(view.getUint32(packet.header.payloadOffset + 4), now, packet);
  }
}

/**
 * Alice publishes VP8 through a node to Bob, and to others: peers, one node, two links each, no sockets and no clock.
 *
 * What Alice sends enters her own Router as a local Producer and leaves it through a Consumer, as in a node.
 */
export class VirtualCall<L extends VirtualLink> {
  readonly node: VirtualEndpoint;
  readonly alice: VirtualEndpoint;
  readonly network = new VirtualNetwork(instant(1_000_000));
  /** Alice to node, node to Alice, then the same for each subscriber. */
  readonly links: L[] = [];
  readonly source: LocalSource;
  readonly subscribers: VirtualSubscriber[] = [];
  readonly #platform: VirtualPlatform;
  #seed: number;
  readonly #createLink: (seed: number) => L;
  readonly #options: VirtualCallOptions;

  /** `createLink`: one direction between two hosts. */
  constructor(platform: VirtualPlatform, createLink: (seed: number) => L, options: VirtualCallOptions) {
    this.#seed = options.seed;
    const { createCrypto } = platform;
    this.#platform = { ...platform, createCrypto: (memory) => seededCrypto(createCrypto(memory), this.#seed++) };
    this.#createLink = createLink;
    this.#options = options;
    const nodeAddress = { family: "IPv4", ip: "192.0.2.1", port: 7882 } as const;
    this.node = new VirtualEndpoint(this.#platform, nodeAddress, undefined, {
      retransmissionTtlMs: options.retransmissionTtlMs,
    });
    const address = { family: "IPv4", ip: "192.0.2.2", port: 5000 } as const;
    this.alice = new VirtualEndpoint(this.#platform, address, undefined, { retransmissionTtlMs: PUBLISHER_TTL_MS });
    const { node, alice, network } = this;
    for (const { port, core } of [node, alice]) network.attach(port, core);
    this.#join(alice, "alice");
    const rtp = rtpParameters(7, undefined);
    const local = alice.core.openLocalProducer("client", { producerId: "camera", rtp, isPaused: false });
    this.source = new LocalSource(alice.port.memory, alice.port.pool, local, VP8.payloadType, VP8.clockRate, 7);
    const rtxSsrc = options.hasRtx ? ALICE_SSRC + 1 : undefined;
    alice.core.openConsumer("node", consumer("up", ALICE_SSRC, rtxSsrc), network.now);
    node.core.openProducer("alice", { producerId: "camera", rtp: rtpParameters(ALICE_SSRC, rtxSsrc), isPaused: false });
    for (let index = 0; index < (options.subscribers ?? 1); index++) this.subscribe(this.openSubscriber());
  }

  get bob(): VirtualSubscriber {
    const [bob] = this.subscribers;
    if (bob === undefined) throw new Error("a call without subscribers");
    return bob;
  }

  /** Somebody who connects and could receive; in Alice's Router unless told. */
  openSubscriber(routerId?: string): VirtualSubscriber {
    const { network } = this;
    const index = this.subscribers.length;
    const address = { family: "IPv6", ip: `2001:db8::${(index + 3).toString(16)}`, port: 5000 } as const;
    const endpoint = new VirtualEndpoint(this.#platform, address, this.#options.subscriberSlots);
    network.attach(endpoint.port, endpoint.core);
    const transportId = index === 0 ? "bob" : `bob-${index}`;
    this.#join(endpoint, transportId, routerId);
    const rtp = rtpParameters(CONSUMER_SSRC, this.#options.hasRtx ? CONSUMER_RTX_SSRC : undefined);
    const received = endpoint.core.openProducer("node", { producerId: "camera", rtp, isPaused: false });
    const subscriber = new VirtualSubscriber(endpoint, received, transportId, index === 0 ? "down" : `down-${index}`);
    this.subscribers.push(subscriber);
    return subscriber;
  }

  /** Opens the Consumer at the node. */
  subscribe({ transportId, consumerId }: VirtualSubscriber, producerId = "camera"): void {
    const rtxSsrc = this.#options.hasRtx ? CONSUMER_RTX_SSRC : undefined;
    const parameters = { ...consumer(consumerId, CONSUMER_SSRC, rtxSsrc), producerId };
    this.node.core.openConsumer(transportId, parameters, this.network.now);
  }

  get isConnected(): boolean {
    return (
      this.node.core.transport("alice").state.type === "connected" &&
      this.alice.core.transport("node").state.type === "connected" &&
      this.subscribers.every(
        ({ isConnected, transportId }) => isConnected && this.node.core.transport(transportId).state.type === "connected",
      )
    );
  }

  /** Runs until everybody is connected; throws when that takes longer than `limitMs` of virtual time. */
  connect(limitMs = 20_000): void {
    if (!this.network.run(limitMs, () => this.isConnected)) throw new Error("ICE and DTLS did not finish");
  }

  #join(endpoint: VirtualEndpoint, transportId: string, routerId?: string): void {
    const toNode = this.#createLink(this.#seed++);
    const fromNode = this.#createLink(this.#seed++);
    this.links.push(toNode, fromNode);
    joinNode(this.network, this.node, endpoint, transportId, { toNode, fromNode }, routerId);
  }
}

function rtpParameters(ssrc: number, rtxSsrc: number | undefined): RtpParameters {
  const encoding = rtxSsrc === undefined ? { ssrc } : { ssrc, rtxSsrc };
  const codecs = rtxSsrc === undefined ? [VP8] : [VP8, RTX];
  return { mid: "0", kind: "video", codecs, headerExtensions: [], encodings: [encoding] };
}

function consumer(consumerId: string, ssrc: number, rtxSsrc: number | undefined): ConsumerParameters {
  return {
    consumerId,
    producerId: "camera",
    kind: "video",
    mid: "0",
    ssrc,
    ...(rtxSsrc === undefined ? {} : { rtxSsrc }),
    cname: "alice",
    codecs: rtxSsrc === undefined ? [VP8] : [VP8, RTX],
    headerExtensions: [],
    isPaused: false,
  };
}
