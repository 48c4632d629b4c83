import { createOffer, EXTENSION_URI, type MediaKind, type OfferSection, type RtpCodec } from "@sluice/media";
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

const CODECS: { readonly [K in MediaKind]: readonly RtpCodec[] } = {
  audio: [{ payloadType: 111, name: "opus", clockRate: 48_000, channels: 2, parameters: {}, feedback: [] }],
  video: [{ payloadType: 96, name: "VP8", clockRate: 90_000, parameters: {}, feedback: ["nack", "nack pli"] }],
};

/** A participant without a network: real offers, and everything it was told. */
export class MemoryClient implements Client {
  readonly identity: string;
  readonly told: Notification[] = [];
  closed: { readonly code: ErrorCode; readonly message: string } | undefined;
  /** Of its peer connection; another one is a new peer connection. */
  ufrag = "abcd";
  readonly #rooms: Rooms;
  readonly #grant: VideoGrant;
  #membership: Membership | undefined;
  readonly #published: { readonly track: TrackInfo; readonly mid: string }[] = [];
  readonly #sections: OfferSection[] = [];

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
    this.#published.push({ track, mid: this.#addSection(kind, "sendonly") });
    return track;
  }

  unpublish(trackId: string): void {
    this.call({ method: "unpublish", params: { trackId } });
    const at = this.#published.findIndex(({ track }) => track.trackId === trackId);
    const [gone] = this.#published.splice(at, 1);
    const index = this.#sections.findIndex(({ mid }) => mid === gone?.mid);
    const section = this.#sections[index];
    if (section !== undefined) this.#sections[index] = { ...section, direction: "inactive" };
  }

  /** Adds receiving sections until there are so many of each kind. */
  receive(needed: { readonly audio: number; readonly video: number }): void {
    for (const kind of ["audio", "video"] as const) {
      const count = this.#sections.filter((section) => section.kind === kind && section.direction === "recvonly").length;
      for (let i = count; i < needed[kind]; i++) this.#addSection(kind, "recvonly");
    }
  }

  offer(): Result<"offer"> {
    const sdp = createOffer({
      sessionId: "1",
      sessionVersion: 1,
      ice: { ufrag: this.ufrag, pwd: "abcdefghijklmnopqrstuv" },
      fingerprint: { algorithm: "sha-256", value: `${"CD:".repeat(31)}CD` },
      sections: this.#sections,
    });
    const tracks = this.#published.map(({ track, mid }) => ({ mid, trackId: track.trackId }));
    return this.call({ method: "offer", params: { sdp, tracks } }) as Result<"offer">;
  }

  /** Parameters of the notifications of one name since the last look; all others are dropped. */
  take<N extends NotificationName>(method: N): Notifications[N][] {
    return this.told.splice(0).flatMap((each) => (each.method === method ? [each.params as Notifications[N]] : []));
  }

  #addSection(kind: MediaKind, direction: "sendonly" | "recvonly"): string {
    const mid = String(this.#sections.length);
    this.#sections.push({
      mid,
      kind,
      direction,
      codecs: CODECS[kind],
      headerExtensions: [{ id: 4, uri: EXTENSION_URI.mid }],
      ...(direction === "sendonly" ? { ssrc: 1_000 + this.#sections.length, cname: this.identity } : {}),
    });
    return mid;
  }
}
