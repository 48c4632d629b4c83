import {
  after,
  type DtlsEvent,
  type DtlsPort,
  type DtlsRole,
  type DtlsSession,
  type DtlsSessionOptions,
  earliest,
  type Fingerprint,
  type Instant,
  instant,
} from "@sluice/media";

/** One way, each way. */
const DELAY_MS = 10;

/** What the network does with datagram number `index` (from 0) of `from`: when each copy arrives, in ms from now. */
export type Link = (
  index: number,
  from: DtlsRole,
  datagram: Uint8Array,
) => readonly { delayMs: number; datagram: Uint8Array }[];

export const perfectLink: Link = (_index, _from, datagram) => [{ delayMs: DELAY_MS, datagram }];

export interface DtlsPairOptions {
  readonly client: DtlsPort;
  readonly server: DtlsPort;
  readonly clientOptions?: Partial<DtlsSessionOptions>;
  readonly serverOptions?: Partial<DtlsSessionOptions>;
  readonly link?: Link;
}

/** One end of a {@link DtlsPair} and what it has said so far. */
export class DtlsEnd {
  readonly session: DtlsSession;
  readonly events: DtlsEvent[] = [];
  /** Every datagram it sent, whether or not it arrived. */
  readonly sent: Uint8Array[] = [];

  constructor(session: DtlsSession) {
    this.session = session;
  }

  get connected(): Extract<DtlsEvent, { type: "connected" }> | undefined {
    return this.events.find((event) => event.type === "connected");
  }

  get closedReason(): string | undefined {
    return this.events.find((event) => event.type === "closed")?.reason;
  }

  get received(): string[] {
    return this.events.flatMap((event) => (event.type === "data" ? [Buffer.from(event.data).toString()] : []));
  }
}

/** A client and a server session in virtual time, over a network that the test decides. */
export class DtlsPair {
  now: Instant = instant(0);
  readonly client: DtlsEnd;
  readonly server: DtlsEnd;
  readonly #link: Link;
  #inFlight: { readonly at: Instant; readonly to: DtlsEnd; readonly datagram: Uint8Array }[] = [];

  constructor(options: DtlsPairOptions) {
    const fingerprints = (port: DtlsPort): readonly Fingerprint[] => [port.fingerprint];
    this.#link = options.link ?? perfectLink;
    this.server = new DtlsEnd(
      options.server.createSession(
        { role: "server", remoteFingerprints: fingerprints(options.client), ...options.serverOptions },
        this.now,
      ),
    );
    this.client = new DtlsEnd(
      options.client.createSession(
        { role: "client", remoteFingerprints: fingerprints(options.server), ...options.clientOptions },
        this.now,
      ),
    );
  }

  get isConnected(): boolean {
    return this.client.connected !== undefined && this.server.connected !== undefined;
  }

  /** Takes what both ends have to say and puts it on the network. */
  drain(): void {
    this.#drainEnd(this.client, "client");
    this.#drainEnd(this.server, "server");
  }

  #drainEnd(end: DtlsEnd, from: DtlsRole): void {
    const to = from === "client" ? this.server : this.client;
    for (let datagram = end.session.pollDatagram(); datagram !== undefined; datagram = end.session.pollDatagram()) {
      for (const copy of this.#link(end.sent.length, from, datagram)) {
        this.#inFlight.push({ at: after(this.now, copy.delayMs), to, datagram: copy.datagram });
      }
      end.sent.push(datagram);
    }
    for (let event = end.session.pollEvent(); event !== undefined; event = end.session.pollEvent()) end.events.push(event);
  }

  /** Runs until `until` holds, nothing is left to happen, or `limitMs` of virtual time are over. True when `until` holds. */
  run(until: () => boolean = () => false, limitMs = 30_000): boolean {
    const end = after(this.now, limitMs);
    for (;;) {
      this.drain();
      if (until()) return true;
      this.#inFlight.sort((a, b) => a.at - b.at);
      const next = earliest(
        this.#inFlight[0]?.at,
        earliest(this.client.session.pollTimeout(), this.server.session.pollTimeout()),
      );
      if (next === undefined || next > end) return false;
      if (next > this.now) this.now = next;
      const due = this.#inFlight.filter(({ at }) => at <= this.now);
      this.#inFlight = this.#inFlight.filter(({ at }) => at > this.now);
      for (const { to, datagram } of due) {
        to.session.handleDatagram(datagram, this.now);
        this.drain();
      }
      for (const { session } of [this.client, this.server]) {
        const timeout = session.pollTimeout();
        if (timeout !== undefined && timeout <= this.now) session.handleTimeout(this.now);
        this.drain();
      }
    }
  }

  close(): void {
    this.client.session.close();
    this.server.session.close();
  }
}
