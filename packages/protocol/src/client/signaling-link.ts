import { type ErrorCode, SluiceError } from "../error-code.js";
import type { Notification } from "../json-rpc/message.js";
import type { LeaveReason, MethodName, Params, Result } from "../methods.js";
import { Backoff } from "./backoff.js";
import { startHeartbeat } from "./heartbeat.js";
import type { Scheduler } from "./scheduler.js";
import type { DialSignaling, SignalingConnection } from "./signaling-connection.js";

/** An access token, or a function that fetches one, asked again before every reconnect. */
export type TokenSource = string | (() => string | Promise<string>);

export interface SignalingLinkOptions {
  readonly url: string;
  readonly token: TokenSource;
  readonly autoSubscribe: boolean;
  /** Connects to a door: which one is nothing to the link. */
  readonly dial: DialSignaling;
  readonly scheduler: Scheduler;
}

/** All but those that are about the connection itself, to which the link does by itself what they say. */
export type RoomNotification = Exclude<Notification, { readonly method: "tokenRefreshed" | "moved" }>;

export interface SignalingLinkListener {
  /** The first join, and every one after it; in another room when the participant was moved there. */
  handleJoined(result: Result<"join">): void;
  handleNotification(notification: RoomNotification): void;
  /** The WebSocket is lost and is being reopened, or another one is opened for another room. */
  handleLost(): void;
  /** For good. `error` says why, for those who wait. */
  handleClosed(reason: LeaveReason, error: SluiceError): void;
}

type State =
  | { readonly status: "dialing"; readonly attempt: Attempt }
  | {
      readonly status: "joined";
      readonly attempt: Attempt;
      readonly connection: SignalingConnection;
      readonly sinceMs: number;
      readonly stopHeartbeat: () => void;
    }
  | { readonly status: "waiting"; readonly retry: () => void; readonly cancel: () => void }
  | { readonly status: "closed"; readonly error: SluiceError };

/** One WebSocket, from dialing to its end. */
interface Attempt {
  /** None while there is no token yet. */
  connection: SignalingConnection | undefined;
  /** What was told in one breath with the answer to `join`, and is for who has joined. */
  readonly early: Notification[];
  readonly cancelTimeout: () => void;
}

/** A connection that lived so long was a good one: when it is lost, the back-off begins anew. */
const STABLE_MS = 5_000;
/** Far more than a server says in a moment. */
const MAX_EARLY_NOTIFICATIONS = 10_000;
/** From opening the WebSocket to the answer to `join`. */
const JOIN_TIMEOUT_MS = 10_000;

/**
 * The WebSocket to the node, opened again whenever it is lost, with the participant resumed. Gives up after a minute, or at once
 * when the server says that trying again is of no use.
 */
export class SignalingLink {
  readonly #options: SignalingLinkOptions;
  readonly #listener: SignalingLinkListener;
  #token: TokenSource;
  #state: State;
  #hasJoined = false;
  /** To be resumed. */
  #participantId: string | undefined;
  #refreshedToken: string | undefined;
  /** From the loss of a connection to the next that lasts, so that a server which lets everybody in and out again is not besieged. */
  #backoff: Backoff | undefined;
  #waiters: { readonly resolve: () => void; readonly reject: (error: SluiceError) => void }[] = [];

  /** Dials at once. Without a first success there are no retries: a wrong address should be told, not hidden. */
  constructor(options: SignalingLinkOptions, listener: SignalingLinkListener) {
    this.#options = options;
    this.#listener = listener;
    this.#token = options.token;
    this.#state = this.#dial();
  }

  /** Resolves while joined, or as soon as it is so again; rejects when that will never be. */
  whenJoined(): Promise<void> {
    if (this.#state.status === "joined") return Promise.resolve();
    if (this.#state.status === "closed") return Promise.reject(this.#state.error);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Sends a request on the present connection; rejects with `unavailable` when that is lost before the answer. */
  request<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    if (this.#state.status === "joined") return this.#state.connection.request(method, params);
    const closed = this.#state.status === "closed" ? this.#state.error : undefined;
    return Promise.reject(closed ?? new SluiceError("unavailable", "the connection is being restored"));
  }

  /** The same, as often as the connection is lost before the answer. For requests that do not mind arriving twice. */
  async requestUntilAnswered<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    for (;;) {
      await this.whenJoined();
      const { attempt, connection } = this.#state as Extract<State, { status: "joined" }>;
      try {
        return await connection.request(method, params);
      } catch (error) {
        if (this.#isCurrent(attempt)) throw error;
      }
    }
  }

  /** Does not wait for the back-off: the network is said to be there again. */
  retryNow(): void {
    if (this.#state.status === "waiting") this.#state.retry();
  }

  /** Ends it from our side; the listener hears of it. */
  close(reason: LeaveReason, error = new SluiceError("unavailable", "the room was left")): void {
    const before = this.#state;
    if (before.status === "closed") return;
    this.#state = { status: "closed", error };
    if (before.status === "waiting") before.cancel();
    else this.#abandon(before.attempt, error);
    if (before.status === "joined") before.stopHeartbeat();
    for (const { reject } of this.#waiters.splice(0)) reject(error);
    this.#listener.handleClosed(reason, error);
  }

  #dial(): State {
    const { url, dial, scheduler, autoSubscribe } = this.#options;
    const token = this.#token;
    const resume = this.#participantId;
    const attempt: Attempt = {
      connection: undefined,
      early: [],
      cancelTimeout: scheduler.after(JOIN_TIMEOUT_MS, () => {
        this.#handleFailure(
          attempt,
          new SluiceError("unavailable", `${url} did not answer within ${JOIN_TIMEOUT_MS / 1000} s`),
        );
      }),
    };
    const join = (connection: SignalingConnection) => {
      connection.request("join", { autoSubscribe, ...(resume === undefined ? {} : { resume }) }).then(
        (result) => this.#handleJoined(attempt, connection, result),
        (error: SluiceError) => this.#handleFailure(attempt, error),
      );
    };
    const open = (accessToken: string) => {
      if (!this.#isCurrent(attempt)) return;
      const connection = dial(
        { url, token: accessToken, autoSubscribe, resume },
        {
          handleOpen: () => join(connection),
          handleNotification: (notification) => {
            if (!this.#isCurrent(attempt)) return;
            if (this.#state.status === "joined") this.#handleNotification(attempt, notification);
            else this.#keep(attempt, notification);
          },
          handleFailure: (error) => this.#handleFailure(attempt, error),
        },
      );
      attempt.connection = connection;
    };
    Promise.resolve(typeof token === "string" ? (this.#refreshedToken ?? token) : token())
      .then(open)
      .catch((cause: unknown) => {
        const error = cause instanceof SluiceError ? cause : new SluiceError("unauthenticated", "no token", { cause });
        this.#handleFailure(attempt, error);
      });
    return { status: "dialing", attempt };
  }

  #handleJoined(attempt: Attempt, connection: SignalingConnection, result: Result<"join">): void {
    if (!this.#isCurrent(attempt)) return;
    attempt.cancelTimeout();
    this.#hasJoined = true;
    this.#participantId = result.participant.participantId;
    const stopHeartbeat = startHeartbeat(
      this.#options.scheduler,
      result.pingIntervalMs,
      () => connection.request("ping", {}),
      () => this.#handleFailure(attempt, new SluiceError("unavailable", "the server does not answer")),
    );
    this.#state = { status: "joined", attempt, connection, sinceMs: this.#options.scheduler.nowMs(), stopHeartbeat };
    this.#listener.handleJoined(result);
    for (const notification of attempt.early.splice(0)) {
      if (this.#isCurrent(attempt)) this.#handleNotification(attempt, notification);
    }
    for (const { resolve } of this.#waiters.splice(0)) resolve();
  }

  #keep(attempt: Attempt, notification: Notification): void {
    if (attempt.early.length < MAX_EARLY_NOTIFICATIONS) attempt.early.push(notification);
    else this.#handleFailure(attempt, new SluiceError("internal", "the server tells without end before it answers to join"));
  }

  #handleNotification(attempt: Attempt, notification: Notification): void {
    switch (notification.method) {
      case "tokenRefreshed":
        // For the next connection, unless there is a function to ask for one.
        this.#refreshedToken = notification.params.token;
        break;
      case "moved":
        this.#handleMoved(attempt, notification.params.token);
        break;
      default:
        this.#listener.handleNotification(notification);
    }
  }

  /** What there was to get tokens from knows nothing of the other room. */
  #handleMoved(attempt: Attempt, token: string): void {
    if (this.#state.status === "joined") this.#state.stopHeartbeat();
    this.#token = token;
    this.#refreshedToken = undefined;
    this.#participantId = undefined;
    this.#backoff = undefined;
    this.#state = this.#dial();
    this.#abandon(attempt, new SluiceError("unavailable", "the participant is being moved to another room"));
    this.#listener.handleLost();
  }

  #handleFailure(attempt: Attempt, error: SluiceError): void {
    if (!this.#isCurrent(attempt)) return;
    const wasJoined = this.#state.status === "joined";
    if (!this.#hasJoined || !RETRYABLE.has(error.code)) {
      this.close(LEAVE_REASONS[error.code] ?? "connectionLost", error);
      return;
    }
    const { scheduler } = this.#options;
    if (this.#state.status === "joined") {
      this.#state.stopHeartbeat();
      if (scheduler.nowMs() - this.#state.sinceMs >= STABLE_MS) this.#backoff = undefined;
    }
    this.#backoff ??= new Backoff(scheduler.nowMs());
    const delayMs = this.#backoff.nextDelayMs(scheduler.nowMs(), scheduler.random());
    if (delayMs === undefined) {
      this.close("connectionLost", error);
      return;
    }
    const retry = () => {
      cancel();
      this.#state = this.#dial();
    };
    const cancel = scheduler.after(delayMs, retry);
    this.#state = { status: "waiting", retry, cancel };
    this.#abandon(attempt, error);
    if (wasJoined) this.#listener.handleLost();
  }

  #isCurrent(attempt: Attempt): boolean {
    return (this.#state.status === "dialing" || this.#state.status === "joined") && this.#state.attempt === attempt;
  }

  #abandon(attempt: Attempt, error: SluiceError): void {
    attempt.cancelTimeout();
    attempt.connection?.close(error);
  }
}

/** Failures after which the same token may well work in a moment. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "unavailable",
  "noNodeAvailable",
  "internal",
  "resourceExhausted",
]);

const LEAVE_REASONS: Partial<Record<ErrorCode, LeaveReason>> = {
  unauthenticated: "tokenExpired",
  permissionDenied: "removed",
  alreadyExists: "duplicateIdentity",
  notFound: "roomClosed",
};
