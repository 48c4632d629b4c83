import { setPriority } from "node:os";
import { openDoor } from "../doors/open-door.js";
import type { DoorAddress, PeerDoor } from "../doors/peer-door.js";
import { type ArrivalCounts, Arrivals } from "./arrivals.js";
import { LibdatachannelClient, VIDEO } from "./libdatachannel-client.js";
import { VideoSender } from "./video-sender.js";

/** Joining at one time, in one process. */
const CONCURRENCY = 8;

/** Nice value of the processes whose own delays would be taken for the server's. */
const URGENT = -10;

/** The publisher, or a share of the subscribers, in a process of its own. Driven by ForkedPeer. */
export class LoadClients {
  readonly #clients: LibdatachannelClient[] = [];
  readonly #arrivals = new Arrivals();
  #door: PeerDoor | undefined;
  #sender: VideoSender | undefined;

  /** `isUrgent`: what it does is timed, and runs before everything else where that is allowed. */
  async open(address: DoorAddress, isUrgent: boolean): Promise<void> {
    if (isUrgent) hurry();
    this.#door = await openDoor(address);
  }

  /** Resolves when its connection stands; nothing is sent before {@link setRate}. */
  async publish(): Promise<void> {
    const client = this.#newClient();
    const track = client.addSender();
    await this.#openedDoor().publish("publisher", client);
    await client.connected();
    const send = (packet: Buffer) => track.isOpen() && track.sendMessageBinary(packet);
    this.#sender = new VideoSender({ payloadType: VIDEO.payloadType, ssrc: VIDEO.ssrc, send });
  }

  setRate(packetsPerSecond: number): void {
    this.#sender?.setRate(packetsPerSecond);
  }

  /** Resolves when the connections of all stand. `first`: number of the first of them. */
  async subscribe(first: number, count: number): Promise<void> {
    const waiting = Array.from({ length: count }, (_, index) => first + index);
    const next = async () => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) await this.#subscribe(index);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, next));
  }

  /** Subscribers that have not received anything yet. */
  silent(): number {
    return this.#arrivals.silent;
  }

  /** Counts what is sent between these two times of the shared clock. */
  countBetween(fromUs: number, untilUs: number): void {
    this.#sender?.countBetween(fromUs, untilUs);
    this.#arrivals.countBetween(fromUs, untilUs);
  }

  sent(): number {
    return this.#sender?.counted ?? 0;
  }

  arrived(): ArrivalCounts {
    return this.#arrivals.counts();
  }

  async #subscribe(index: number): Promise<void> {
    const client = this.#newClient();
    const subscriber = this.#arrivals.addSubscriber();
    const onPacket = (packet: Buffer) => this.#arrivals.handlePacket(subscriber, packet);
    await this.#openedDoor().subscribe(`subscriber-${index}`, client, onPacket);
    await client.connected();
  }

  #newClient(): LibdatachannelClient {
    const client = new LibdatachannelClient(this.#openedDoor().clientIp);
    this.#clients.push(client);
    return client;
  }

  #openedDoor(): PeerDoor {
    if (this.#door === undefined) throw new Error("no door is open");
    return this.#door;
  }
}

/** Threads that libdatachannel starts later inherit it. */
function hurry(): void {
  try {
    setPriority(URGENT);
  } catch {
    // Only root may; everybody else's delays are a little longer.
  }
}
