import type { RandomGenerator } from "@sluice/netem";
import { damage, randomBytes } from "./datagram-damage.js";
import { isStun, transactionId } from "./stun-probe.js";
import { UdpPeer } from "./udp-peer.js";

/** Datagrams of the client that damaged copies are made of. */
const MEMORY = 400;
const FOREIGN_PEERS = 8;
const ATTACK_INTERVAL_MS = 5;
const MAX_NOISE_BYTES = 1_200;

export interface HostileProxyOptions {
  /** Of the node's media. */
  readonly nodePort: number;
  readonly random: RandomGenerator;
}

/**
 * Stands between a client and the node and passes everything on unharmed. When told to attack it sends damaged copies of what
 * the client sent besides: from the client's own address, which ICE has validated, and from addresses that it has not.
 */
export class HostileProxy {
  /** Decides for each datagram of the client whether it goes on now; a test may hold one back. */
  handlePassing: (datagram: Buffer) => boolean = () => true;
  attacks = 0;
  readonly #options: HostileProxyOptions;
  readonly #inner: UdpPeer;
  readonly #outer: UdpPeer;
  readonly #foreign: readonly UdpPeer[];
  readonly #seen: Buffer[] = [];
  /** Requests that the client sent and answers that came back, by transaction id. */
  readonly #requests = new Map<string, number>();
  readonly #answers = new Map<string, number>();
  #clientPort = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: HostileProxyOptions, inner: UdpPeer, outer: UdpPeer, foreign: readonly UdpPeer[]) {
    this.#options = options;
    this.#inner = inner;
    this.#outer = outer;
    this.#foreign = foreign;
    inner.onDatagram((datagram, port) => this.#handleClient(datagram, port));
    outer.onDatagram((datagram) => this.#handleNode(datagram));
  }

  static async open(options: HostileProxyOptions): Promise<HostileProxy> {
    const foreign = await Promise.all(Array.from({ length: FOREIGN_PEERS }, () => UdpPeer.open()));
    return new HostileProxy(options, await UdpPeer.open(), await UdpPeer.open(), foreign);
  }

  /** Where the client should send to. */
  get port(): number {
    return this.#inner.port;
  }

  /** Datagrams that the node sent to addresses it has no business with. */
  get answersToForeign(): number {
    return this.#foreign.reduce((sum, { received }) => sum + received.length, 0);
  }

  /** Answers to STUN requests that the client did not make, or that it got twice. */
  get unearnedAnswers(): number {
    return [...this.#answers].filter(([id, count]) => count > (this.#requests.get(id) ?? 0)).length;
  }

  /** `datagramsPerSecond`: about so many. */
  startAttack(datagramsPerSecond: number): void {
    const perInterval = Math.ceil((datagramsPerSecond * ATTACK_INTERVAL_MS) / 1_000);
    this.#timer = setInterval(() => {
      for (let count = 0; count < perInterval; count++) this.#attack();
    }, ATTACK_INTERVAL_MS);
  }

  stopAttack(): void {
    clearInterval(this.#timer);
  }

  /** From an address that ICE never saw. */
  sendForeign(datagram: Buffer): void {
    this.#foreign[0]?.send(datagram, this.#options.nodePort);
  }

  /** As the client. */
  sendOwn(datagram: Buffer): void {
    this.#outer.send(datagram, this.#options.nodePort);
  }

  close(): void {
    this.stopAttack();
    for (const peer of [this.#inner, this.#outer, ...this.#foreign]) peer.close();
  }

  #handleClient(datagram: Buffer, port: number): void {
    this.#clientPort = port;
    this.#seen.push(datagram);
    // The start stays: it is the handshake, which comes only once.
    if (this.#seen.length > MEMORY) this.#seen.splice(MEMORY / 2, 1);
    if (isStun(datagram)) count(this.#requests, transactionId(datagram));
    if (this.handlePassing(datagram)) this.sendOwn(datagram);
  }

  #handleNode(datagram: Buffer): void {
    if (isStun(datagram)) count(this.#answers, transactionId(datagram));
    this.#inner.send(datagram, this.#clientPort);
  }

  #attack(): void {
    const { random, nodePort } = this.#options;
    this.attacks += 1;
    const original = this.#seen[random.nextUint32() % Math.max(1, this.#seen.length)];
    const foreign = this.#foreign[random.nextUint32() % FOREIGN_PEERS];
    if (original === undefined || random.isHit(0.05)) {
      foreign?.send(randomBytes((random.nextUint32() % MAX_NOISE_BYTES) + 1, random), nodePort);
      return;
    }
    // A copy of media is a replay; a copy of a check is a check, and would be answered.
    const datagram = !isStun(original) && random.isHit(0.1) ? original : damage(original, random);
    if (random.isHit(0.5)) this.sendOwn(datagram);
    else foreign?.send(datagram, nodePort);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
