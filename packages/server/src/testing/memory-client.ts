import type { MediaKind } from "@sluice/media";
import type {
  ErrorCode,
  Notification,
  NotificationName,
  Notifications,
  Params,
  Result,
  TokenClaims,
  TrackInfo,
  VideoGrant,
} from "@sluice/protocol";
import type { Client } from "../session/client.js";
import type { JoinParameters } from "../session/join-parameters.js";
import type { RoomCall } from "../session/room-call.js";
import type { Membership, Rooms } from "../session/rooms.js";
import type { ServerOffer } from "../signaling/negotiation/offering-negotiation.js";
import { answerSdp, type PeerAnswerOptions } from "./peer-answer.js";
import { PeerOffer } from "./peer-offer.js";

/** A participant without a network: real offers, and everything it was told. */
export class MemoryClient implements Client {
  readonly identity: string;
  readonly told: Notification[] = [];
  /** What it was offered, and has not answered. */
  readonly offers: ServerOffer[] = [];
  closed: { readonly code: ErrorCode; readonly message: string } | undefined;
  readonly peer = new PeerOffer();
  readonly #rooms: Rooms;
  readonly #grant: VideoGrant;
  #membership: Membership | undefined;
  readonly #published: { readonly track: TrackInfo; readonly mid: string }[] = [];

  constructor(rooms: Rooms, identity: string, grant: VideoGrant = {}) {
    this.#rooms = rooms;
    this.identity = identity;
    this.#grant = { room: "demo", roomJoin: true, ...grant };
  }

  get participantId(): string {
    return this.membership.participantId;
  }

  get membership(): Membership {
    if (this.#membership === undefined) throw new Error("not joined");
    return this.#membership;
  }

  notify(notification: Notification): void {
    this.told.push(notification);
  }

  sendOffer(offer: ServerOffer): void {
    this.offers.push(offer);
  }

  close(code: ErrorCode, message: string): void {
    this.closed = { code, message };
  }

  /** `more`: claims besides the identity and the grant. */
  join(params: JoinParameters = {}, more: Partial<TokenClaims> = {}): Result<"join"> {
    const claims = { iss: "key", sub: this.identity, exp: 1, video: this.#grant, ...more };
    const { membership, result } = this.#rooms.join(this, claims, params);
    this.#membership = membership;
    return result;
  }

  call(call: RoomCall): Result<RoomCall["method"]> {
    return this.#rooms.handleCall(this.#membership, call);
  }

  publish(kind: MediaKind, options: Pick<Params<"publish">, "layers" | "source"> = {}): TrackInfo {
    const cid = `${kind}${this.#published.length}`;
    const { track } = this.call({ method: "publish", params: { cid, kind, ...options } }) as Result<"publish">;
    this.#published.push({ track, mid: this.peer.addSection(kind, "sendonly") });
    return track;
  }

  unpublish(trackId: string): void {
    this.call({ method: "unpublish", params: { trackId } });
    const at = this.#published.findIndex(({ track }) => track.trackId === trackId);
    const [gone] = this.#published.splice(at, 1);
    if (gone !== undefined) this.peer.stop(gone.mid);
  }

  /** `options`: what else the offer says. */
  offer(options: Pick<Params<"offer">, "confirms"> = {}): Result<"offer"> {
    const sdp = this.peer.createSdp();
    const tracks = this.#published.map(({ track, mid }) => ({ mid, trackId: track.trackId }));
    return this.call({ method: "offer", params: { sdp, tracks, ...options } }) as Result<"offer">;
  }

  /** Answers the last offer; returns it. */
  answer(options?: PeerAnswerOptions): ServerOffer {
    const offer = this.offers.splice(0).at(-1);
    if (offer === undefined) throw new Error("nothing was offered");
    const { id, sdp } = offer;
    this.membership.session.handleAnswer(this.participantId, { id, sdp: answerSdp(sdp, options) });
    return offer;
  }

  /** Parameters of the notifications of one name since the last look; all others are dropped. */
  take<N extends NotificationName>(method: N): Notifications[N][] {
    return this.told.splice(0).flatMap((each) => (each.method === method ? [each.params as Notifications[N]] : []));
  }
}
