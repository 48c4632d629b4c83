import type { SluiceError } from "../error-code.js";
import type { Notification } from "../json-rpc/message.js";
import type { MethodName, Params, Result } from "../methods.js";

/**
 * One connection to one door, from dialing to its end. Whatever a door speaks on the wire, towards us it speaks the methods and
 * notifications of `methods.ts`; a method it has no words for rejects with `unsupported`.
 */
export interface SignalingConnection {
  /** `join` comes first. Rejects with a SluiceError: the server's, or the one given to {@link close}. */
  request<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>>;
  /** Rejects everything pending and asked for later; nothing is told any more. */
  close(error: SluiceError): void;
}

export interface DialRequest {
  readonly url: string;
  readonly token: string;
  readonly autoSubscribe: boolean;
  /** The participant that `join` will ask to resume. */
  readonly resume: string | undefined;
}

export interface SignalingConnectionListener {
  /** `join` may be asked for. Never before {@link DialSignaling} has returned. */
  handleOpen(): void;
  handleNotification(notification: Notification): void;
  /** The connection is over, or never came to be. */
  handleFailure(error: SluiceError): void;
}

/** Throws SluiceError `invalidArgument` for an address that is none. */
export type DialSignaling = (request: DialRequest, listener: SignalingConnectionListener) => SignalingConnection;
