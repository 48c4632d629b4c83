import type { MediaKind } from "@sluice/media";
import type {
  ErrorCode,
  Notification,
  NotificationName,
  Notifications,
  Params,
  Result,
  TrackInfo,
  VideoGrant,
} from "@sluice/protocol";
import type { Client } from "../session/client.js";
import type { RoomCall } from "../session/room-session.js";
import type { Membership, Rooms } from "../session/rooms.js";
import { PeerOffer } from "./peer-offer.js";

/** A participant without a network: real offers, and everything it was told. */
export class MemoryClient implements Client {
  readonly identity: string;
  readonly told: Notification[] = [];
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

  close(code: ErrorCode, message: string): void {
    this.closed = { code, message };
  }

  join(params: Params<"join"> = {}): Result<"join"> {
    const claims = { iss: "key", sub: this.identity, exp: 1, video: this.#grant };
    const { membership, result } = this.#rooms.join(this, claims, params);
    this.#membership = membership;
    return result;
  }

  call(call: RoomCall): Result<RoomCall["method"]> {
    return this.#rooms.handleCall(this.#membership, call);
  }

  publish(kind: MediaKind): TrackInfo {
    const cid = `${kind}${this.#published.length}`;
    const { track } = this.call({ method: "publish", params: { cid, kind } }) as Result<"publish">;
    this.#published.push({ track, mid: this.peer.addSection(kind, "sendonly") });
    return track;
  }

  unpublish(trackId: string): void {
    this.call({ method: "unpublish", params: { trackId } });
    const at = this.#published.findIndex(({ track }) => track.trackId === trackId);
    const [gone] = this.#published.splice(at, 1);
    if (gone !== undefined) this.peer.stop(gone.mid);
  }

  offer(): Result<"offer"> {
    const sdp = this.peer.createSdp();
    const tracks = this.#published.map(({ track, mid }) => ({ mid, trackId: track.trackId }));
    return this.call({ method: "offer", params: { sdp, tracks } }) as Result<"offer">;
  }

  /** Parameters of the notifications of one name since the last look; all others are dropped. */
  take<N extends NotificationName>(method: N): Notifications[N][] {
    return this.told.splice(0).flatMap((each) => (each.method === method ? [each.params as Notifications[N]] : []));
  }
}
