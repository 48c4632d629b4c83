import { SluiceError, type TokenClaims, type TrackSource, type VideoGrant } from "@sluice/protocol";

/** What a token lets its bearer do in the room, with LiveKit's defaults filled in. */
export interface Permissions {
  readonly canPublish: boolean;
  /** undefined: every source. */
  readonly publishSources: ReadonlySet<TrackSource> | undefined;
  readonly canSubscribe: boolean;
  readonly canPublishData: boolean;
  readonly isAdmin: boolean;
  readonly isHidden: boolean;
}

/** LiveKit's spelling to ours. */
const SOURCES: ReadonlyMap<string, TrackSource> = new Map([
  ["camera", "camera"],
  ["microphone", "microphone"],
  ["screen_share", "screenShare"],
  ["screen_share_audio", "screenShareAudio"],
  ["unknown", "unknown"],
]);

export function permissionsOf(grant: VideoGrant): Permissions {
  const canPublish = grant.canPublish ?? true;
  const sources = grant.canPublishSources ?? [];
  return {
    canPublish,
    // A source we do not know grants nothing, but a list of only such sources is still a list.
    publishSources: sources.length === 0 ? undefined : new Set(sources.flatMap((source) => SOURCES.get(source) ?? [])),
    canSubscribe: grant.canSubscribe ?? true,
    canPublishData: grant.canPublishData ?? canPublish,
    isAdmin: grant.roomAdmin ?? false,
    isHidden: grant.hidden ?? false,
  };
}

export function mayPublish({ canPublish, isHidden, publishSources }: Permissions, source: TrackSource): boolean {
  return canPublish && !isHidden && (publishSources === undefined || publishSources.has(source));
}

/**
 * The name of the room these claims let their bearer join.
 *
 * @throws SluiceError `permissionDenied` without the grant `roomJoin` or without a room.
 */
export function roomToJoin(claims: TokenClaims): string {
  if (claims.video.roomJoin !== true) throw new SluiceError("permissionDenied", "the access token does not grant roomJoin");
  if (claims.video.room === undefined || claims.video.room === "") {
    throw new SluiceError("permissionDenied", "the access token names no room to join");
  }
  return claims.video.room;
}
