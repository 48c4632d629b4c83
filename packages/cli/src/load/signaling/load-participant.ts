import { type MethodName, type Notification, type Params, type Result, SluiceError } from "@sluice/protocol";
import { createToken } from "@sluice/server";
import { LoadConnection } from "./load-connection.js";
import type { LoadRoom } from "./load-room.js";
import type { SignalingPlan } from "./signaling-plan.js";

/** A token opens the room for a connection and nothing later: it is made for this one. */
const TOKEN_SECONDS = 600;

export interface LoadParticipantListener {
  /** It is where it is to be: connected, and in its room if it joins. */
  handleReady(participant: LoadParticipant): void;
  /** Exactly once for each `open`. `wasReady`: it was there before. */
  handleLost(participant: LoadParticipant, error: SluiceError, wasReady: boolean): void;
  /** `text`: what somebody of this process has put into a message. */
  handleDelivery(text: string): void;
}

type State =
  | { readonly type: "closed" }
  | { readonly type: "opening" }
  /** Connected and in no room, for good or between two. */
  | { readonly type: "outside"; readonly connection: LoadConnection }
  | { readonly type: "entering"; readonly connection: LoadConnection }
  | { readonly type: "inside"; readonly connection: LoadConnection; readonly participantId: string };

/** One connection of the load, and who it is. */
export class LoadParticipant {
  readonly index: number;
  readonly room: LoadRoom<LoadParticipant>;
  /** It stays in its room as long as it can, and has the track that the others subscribe, where that is done. */
  readonly isHost: boolean;
  readonly #plan: SignalingPlan;
  readonly #listener: LoadParticipantListener;
  #state: State = { type: "closed" };
  /** Whether the track of its room is subscribed, or will be when what was asked is granted. */
  isSubscribed = false;

  constructor(
    index: number,
    room: LoadRoom<LoadParticipant>,
    isHost: boolean,
    plan: SignalingPlan,
    listener: LoadParticipantListener,
  ) {
    this.index = index;
    this.room = room;
    this.isHost = isHost;
    this.#plan = plan;
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return this.#state.type !== "closed" && this.#state.type !== "opening";
  }

  get participantId(): string | undefined {
    return this.#state.type === "inside" ? this.#state.participantId : undefined;
  }

  /** Not while it is on its way in. */
  get canEnter(): boolean {
    return this.#state.type === "inside" || this.#state.type === "outside";
  }

  /** Connects and joins; every failure is `handleLost`. */
  async open(): Promise<void> {
    if (this.#state.type !== "closed") return;
    this.#state = { type: "opening" };
    const { url, headers } = this.#plan;
    const own = await this.#authorization();
    let isReady = false;
    const connection = new LoadConnection(
      url,
      { ...headers, ...own },
      {
        handleOpen: () => {
          this.#state = { type: "outside", connection };
          this.#begin(connection).then(
            () => {
              isReady = true;
              clearTimeout(timer);
              this.#listener.handleReady(this);
            },
            (error: unknown) => connection.close(asError(error)),
          );
        },
        handleNotification: (notification) => this.#handleNotification(notification),
        handleClosed: (error) => {
          clearTimeout(timer);
          this.#goOut();
          this.#state = { type: "closed" };
          this.#listener.handleLost(this, error, isReady);
        },
      },
    );
    const timer = setTimeout(() => {
      connection.close(new SluiceError("unavailable", `not connected and joined within ${this.#plan.timeoutMs} ms`));
    }, this.#plan.timeoutMs);
  }

  /** Rejects with a SluiceError, also when there is no connection. */
  async request<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    const state = this.#state;
    if (state.type === "closed" || state.type === "opening") throw new SluiceError("unavailable", "there is no connection");
    return state.connection.request(method, params);
  }

  /** Leaves its room, if it is in it, and joins it as a newcomer; resolves with the answer of the join. */
  async enterAnew(): Promise<void> {
    const state = this.#state;
    if (state.type !== "inside" && state.type !== "outside") throw new SluiceError("failedPrecondition", "it is on its way in");
    const left = state.type === "inside" ? state.connection.request("leave", {}) : undefined;
    await Promise.all([left, this.#enter(state.connection)]);
  }

  /** It does not answer any more. */
  closeSilent(message: string): void {
    const state = this.#state;
    if (state.type !== "closed" && state.type !== "opening") state.connection.close(new SluiceError("unavailable", message));
  }

  leave(): void {
    const state = this.#state;
    if (state.type !== "closed" && state.type !== "opening") state.connection.leave();
  }

  async #authorization(): Promise<Readonly<Record<string, string>>> {
    const { identity } = this.#plan;
    if (identity.type === "given") return {};
    const { key, secret } = identity;
    const grant = { room: this.room.name, roomJoin: true };
    const token = await createToken({ key, secret, identity: `load-${this.index}`, ttlSeconds: TOKEN_SECONDS, grant });
    return { authorization: `Bearer ${token}` };
  }

  async #begin(connection: LoadConnection): Promise<void> {
    const { identity } = this.#plan;
    if (identity.type === "tokens" || identity.joins) await this.#enter(connection);
  }

  async #enter(connection: LoadConnection): Promise<void> {
    this.#goOut();
    this.isSubscribed = false;
    this.#state = { type: "entering", connection };
    try {
      const { participant } = await connection.request("join", { autoSubscribe: false });
      if (this.isHost && (this.#plan.mix.get("subscribe") ?? 0) > 0) {
        const { track } = await connection.request("publish", { cid: "loadgen", kind: "audio", source: "microphone" });
        this.room.trackId = track.trackId;
      }
      if (this.#state.type !== "entering" || this.#state.connection !== connection) return;
      this.#state = { type: "inside", connection, participantId: participant.participantId };
      this.room.add(this);
      if (this.isHost) this.room.host = this;
    } catch (error) {
      if (this.#state.type === "entering" && this.#state.connection === connection)
        this.#state = { type: "outside", connection };
      throw error;
    }
  }

  #goOut(): void {
    this.room.remove(this);
    if (!this.isHost) return;
    this.room.host = undefined;
    this.room.trackId = undefined;
  }

  #handleNotification({ method, params }: Notification): void {
    if (method === "signal") this.#listener.handleDelivery(params.data);
    else if (method === "data") this.#listener.handleDelivery(Buffer.from(params.data, "base64").toString("latin1"));
  }
}

export function asError(error: unknown): SluiceError {
  return error instanceof SluiceError
    ? error
    : new SluiceError("internal", error instanceof Error ? error.message : String(error));
}
