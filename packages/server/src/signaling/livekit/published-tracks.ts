import { type AddTrackRequest, ClientInfo_SDK, type TrackInfo, TrackPublishedResponse } from "@livekit/protocol";
import { type Params, type Result, SluiceError } from "@sluice/protocol";
import { trackInfo } from "../../livekit/track-info.js";
import type { Membership } from "../../session/rooms.js";
import { addedTrack } from "./added-track.js";
import { type MatchedTracks, matchTracks, type OfferedSection, offeredSections } from "./offered-tracks.js";

/** These say in their SDP what their tracks are called; others run on platforms that call them otherwise. */
const EXACT_SDKS: ReadonlySet<number> = new Set([
  ClientInfo_SDK.JS,
  ClientInfo_SDK.GO,
  ClientInfo_SDK.RUST,
  ClientInfo_SDK.PYTHON,
  ClientInfo_SDK.CPP,
  ClientInfo_SDK.NODE,
]);
/** Names of tracks besides their cids that are remembered. */
const MAX_ALIASES = 200;

/** What one client publishes: tracks come by their own request, before or after the offer in whose sections they are sent. */
export class PublishedTracks {
  readonly #membership: Membership;
  /** To track ids. */
  readonly #aliases = new Map<string, string>();
  #sections: readonly OfferedSection[] = [];

  constructor(membership: Membership) {
    this.#membership = membership;
  }

  /** Throws SluiceError as `Room.publish`, `invalidArgument` and `unsupported`. */
  add(request: AddTrackRequest): TrackPublishedResponse {
    if (request.sid !== "")
      throw new SluiceError("unsupported", "a track is sent in one codec: there are no backup codecs here");
    const { params, details, aliases } = addedTrack(request);
    const { session, participantId } = this.#membership;
    const { trackId } = session.publish(participantId, params, details);
    for (const alias of aliases) this.#rememberAlias(alias, trackId);
    this.#bindEarlyOffer(trackId);
    return new TrackPublishedResponse({ cid: params.cid, track: this.#info(trackId) });
  }

  /** Throws SluiceError as `RoomMedia.handleOffer`. */
  offer(sdp: string): { readonly result: Result<"offer">; readonly sections: readonly OfferedSection[] } {
    const { session, participantId } = this.#membership;
    const sections = offeredSections(sdp);
    const { named, ended } = this.#match(sections);
    const params: Params<"offer"> = { sdp, tracks: named };
    const result = session.handleCall(participantId, { method: "offer", params }) as Result<"offer">;
    this.#sections = sections;
    for (const trackId of ended) session.command((room) => room.unpublish(participantId, trackId));
    return { result, sections };
  }

  /** What the client thinks it publishes is what is published here. */
  hasAll(infos: readonly TrackPublishedResponse[]): boolean {
    const { session, participantId } = this.#membership;
    return infos.every(({ track }) => session.room.track(track?.sid ?? "")?.participantId === participantId);
  }

  /** The oldest is forgotten, which is of a track that was sent long ago. */
  #rememberAlias(alias: string, trackId: string): void {
    this.#aliases.delete(alias);
    this.#aliases.set(alias, trackId);
    const [oldest] = this.#aliases.keys();
    if (oldest !== undefined && this.#aliases.size > MAX_ALIASES) this.#aliases.delete(oldest);
  }

  /** The offer was there first: a section of it waits for this track. */
  #bindEarlyOffer(trackId: string): void {
    const { session, participantId } = this.#membership;
    if (this.#bound.size > 0 && [...this.#bound.values()].includes(trackId)) return;
    const named = this.#match(this.#sections).named.filter((each) => each.trackId === trackId);
    if (named.length > 0) session.bindTracks(participantId, named);
  }

  #match(sections: readonly OfferedSection[]): MatchedTracks {
    const { session, participantId } = this.#membership;
    const areRenamed = !EXACT_SDKS.has(session.room.participant(participantId)?.client.sdk ?? 0);
    const names = { bound: this.#bound, aliases: this.#aliases, areRenamed };
    return matchTracks(sections, [...session.room.tracksOf(participantId)], names);
  }

  get #bound(): ReadonlyMap<string, string> {
    const { session, participantId } = this.#membership;
    return session.media.participants.get(participantId)?.publishing?.published ?? new Map();
  }

  #info(trackId: string): TrackInfo {
    const track = this.#membership.session.room.track(trackId);
    if (track === undefined) throw new SluiceError("internal", "a track that was just published is not there");
    return trackInfo(track);
  }
}
