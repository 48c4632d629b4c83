import { SluiceError } from "../error-code.js";
import type { IceServer, Notifications, Params, Result } from "../methods.js";
import { Backoff } from "./backoff.js";
import { NegotiationQueue } from "./negotiation-queue.js";
import type { Scheduler } from "./scheduler.js";
import type { SectionCounts } from "./section-plan.js";

/** A candidate of the server, as `trickle` brings it. */
export type ServerCandidate = Notifications["trickle"]["candidate"];

/** RTCPeerConnectionState of the W3C. */
export type MediaConnectionState = "new" | "connecting" | "connected" | "disconnected" | "failed" | "closed";

export type Offer = Required<Pick<Params<"offer">, "sdp" | "tracks">>;

/** What a session needs of one peer connection. `Track`: what is published over it. */
export interface MediaConnectionPort<Track> {
  /** The next offer carries `track`. */
  send(track: Track): Promise<void>;
  /** The next offer does not. */
  stopSending(track: Track): Promise<void>;
  /** An offer with everything sent and at least `receiving` sections to receive in; `undefined` while there is nothing to offer. */
  createOffer(receiving: SectionCounts): Promise<Offer | undefined>;
  handleAnswer(sdp: string): Promise<void>;
  handleCandidate(candidate: ServerCandidate): Promise<void>;
  /** After this no state is told any more. */
  close(): void;
}

export type OpenMediaConnection<Connection> = (
  iceServers: readonly IceServer[],
  handleState: (state: MediaConnectionState) => void,
) => Connection;

/** What a session needs of the signaling. */
export interface OfferLink {
  whenJoined(): Promise<void>;
  request<M extends "offer" | "answerApplied">(method: M, params: Params<M>): Promise<Result<M>>;
}

export interface MediaSessionListener {
  handleAnswer(tracks: Result<"offer">["tracks"]): void;
  /** The peer connection is gone and with it everything received; another takes its place. */
  handleReplaced(): void;
  handleHealth(health: "good" | "repairing"): void;
  handleError(error: SluiceError): void;
}

/** ICE often finds another path within this time. A browser alone would wait three times as long before it says `failed`. */
const DISCONNECTED_PATIENCE_MS = 6_000;

type State<Connection> =
  | { readonly status: "idle" }
  /** `ready`: when to make the first offer. */
  | { readonly status: "open"; readonly connection: Connection; readonly ready: Promise<void> }
  | { readonly status: "closed" };

/**
 * Our media, over as many peer connections as it takes: what we send and how much we receive survive the loss of each. One
 * negotiation at a time.
 */
export class MediaSession<Track, Connection extends MediaConnectionPort<Track>> {
  readonly #link: OfferLink;
  readonly #open: OpenMediaConnection<Connection>;
  readonly #scheduler: Scheduler;
  readonly #listener: MediaSessionListener;
  readonly #negotiations = new NegotiationQueue(() => this.#negotiate());
  readonly #sending = new Set<Track>();
  #iceServers: readonly IceServer[] = [];
  #receiving: SectionCounts = { audio: 0, video: 0 };
  #state: State<Connection> = { status: "idle" };
  /** From the first failure of a peer connection to the next that connects. */
  #backoff: Backoff | undefined;
  #cancelPatience = () => {};

  constructor(link: OfferLink, open: OpenMediaConnection<Connection>, scheduler: Scheduler, listener: MediaSessionListener) {
    this.#link = link;
    this.#open = open;
    this.#scheduler = scheduler;
    this.#listener = listener;
  }

  /** For a new participant. The first offer waits for `ready`, which never rejects. */
  start(iceServers: readonly IceServer[], ready: Promise<void>): void {
    this.#iceServers = iceServers;
    this.#receiving = { audio: 0, video: 0 };
    this.#replace(ready);
  }

  /** A new peer connection after `delayMs`. */
  rebuild(delayMs: number): void {
    if (this.#state.status !== "open") return;
    this.#listener.handleHealth("repairing");
    this.#replace(this.#delay(delayMs));
  }

  /**
   * Resolves when the server has accepted it.
   * @throws SluiceError what the server said, or `unsupported` when this side lacks the codec
   */
  async send(track: Track): Promise<void> {
    this.#sending.add(track);
    try {
      if (this.connection === undefined) throw new SluiceError("failedPrecondition", "the room was left");
      await this.connection.send(track);
      await this.#negotiations.request();
    } catch (error) {
      this.#sending.delete(track);
      if (this.#state.status === "open") await this.#state.connection.stopSending(track);
      throw toSluiceError(error);
    }
  }

  async stopSending(track: Track): Promise<void> {
    this.#sending.delete(track);
    if (this.#state.status !== "open") return;
    await this.#state.connection.stopSending(track);
    await this.#negotiations.request();
  }

  handleNegotiationNeeded(receiving: SectionCounts): void {
    this.#receiving = receiving;
    this.negotiate();
  }

  handleCandidate(candidate: ServerCandidate): void {
    if (this.#state.status !== "open") return;
    this.#state.connection
      .handleCandidate(candidate)
      .catch((error: unknown) => this.#listener.handleError(toSluiceError(error)));
  }

  /** A negotiation nobody waits for. */
  negotiate(): void {
    if (this.#state.status !== "open") return;
    this.#negotiations.request().catch((error: unknown) => {
      if (this.#state.status === "open") this.#listener.handleError(toSluiceError(error));
    });
  }

  /** The peer connection of this moment; none before the first join and after the end. */
  get connection(): Connection | undefined {
    return this.#state.status === "open" ? this.#state.connection : undefined;
  }

  close(): void {
    this.#cancelPatience();
    if (this.#state.status === "open") this.#state.connection.close();
    this.#state = { status: "closed" };
  }

  #replace(ready: Promise<void>): void {
    if (this.#state.status === "closed") return;
    this.#cancelPatience();
    if (this.#state.status === "open") {
      this.#state.connection.close();
      this.#listener.handleReplaced();
    }
    const connection = this.#open(this.#iceServers, (state) => this.#handleConnectionState(connection, state));
    this.#state = { status: "open", connection, ready };
    for (const track of this.#sending) {
      connection.send(track).catch((error: unknown) => this.#listener.handleError(toSluiceError(error)));
    }
    this.negotiate();
  }

  #handleConnectionState(connection: Connection, state: MediaConnectionState): void {
    if (!this.#isCurrent(connection)) return;
    this.#cancelPatience();
    if (state === "connected") {
      this.#backoff = undefined;
      this.#listener.handleHealth("good");
    } else if (state === "disconnected") {
      this.#listener.handleHealth("repairing");
      this.#cancelPatience = this.#scheduler.after(DISCONNECTED_PATIENCE_MS, () => this.#rebuildAfterFailure());
    } else if (state === "failed") {
      this.#rebuildAfterFailure();
    }
  }

  #rebuildAfterFailure(): void {
    // As long as the signaling lives it is worth trying: the network may change, and then it works at once.
    this.#backoff ??= new Backoff(this.#scheduler.nowMs(), { totalMs: Number.POSITIVE_INFINITY });
    this.rebuild(this.#backoff.nextDelayMs(this.#scheduler.nowMs(), this.#scheduler.random()) ?? 0);
  }

  /** Until an offer is answered and applied, on whatever peer connection there is by then. */
  async #negotiate(): Promise<void> {
    const backoff = new Backoff(this.#scheduler.nowMs());
    for (;;) {
      await this.#link.whenJoined();
      if (this.#state.status !== "open") throw new SluiceError("failedPrecondition", "the room was left");
      const { connection, ready } = this.#state;
      await ready;
      if (!this.#isCurrent(connection)) continue;
      try {
        const offer = await connection.createOffer(this.#receiving);
        if (offer === undefined) return;
        const answer = await this.#link.request("offer", { ...offer, confirms: true });
        await connection.handleAnswer(answer.sdp);
        if (!this.#isCurrent(connection)) continue;
        // Without it the node begins by itself a moment later.
        this.#link.request("answerApplied", {}).catch(() => {});
        return this.#listener.handleAnswer(answer.tracks);
      } catch (error) {
        if (!this.#isCurrent(connection)) continue;
        const delayMs = backoff.nextDelayMs(this.#scheduler.nowMs(), this.#scheduler.random());
        if (!(error instanceof SluiceError && error.code === "unavailable") || delayMs === undefined) throw error;
        await this.#delay(delayMs);
      }
    }
  }

  #isCurrent(connection: Connection): boolean {
    return this.#state.status === "open" && this.#state.connection === connection;
  }

  #delay(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#scheduler.after(delayMs, resolve);
    });
  }
}

function toSluiceError(cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause;
  return new SluiceError("internal", cause instanceof Error ? cause.message : String(cause), { cause });
}
