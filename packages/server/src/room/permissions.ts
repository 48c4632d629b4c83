import {
  type ParticipantPermissions,
  SluiceError,
  type TokenClaims,
  type TrackSource,
  type VideoGrant,
} from "@sluice/protocol";

/** What a token lets its bearer do in the room, with LiveKit's defaults filled in. */
export interface Permissions {
  readonly canPublish: boolean;
  /** undefined: every source. */
  readonly publishSources: ReadonlySet<TrackSource> | undefined;
  readonly canSubscribe: boolean;
  readonly canPublishData: boolean;
  /** Its own name, metadata and attributes. */
  readonly canUpdateMetadata: boolean;
  readonly canSubscribeMetrics: boolean;
  readonly isAdmin: boolean;
  readonly isHidden: boolean;
  readonly isRecorder: boolean;
  readonly isAgent: boolean;
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
    canUpdateMetadata: grant.canUpdateOwnMetadata ?? false,
    canSubscribeMetrics: grant.canSubscribeMetrics ?? false,
    isAdmin: grant.roomAdmin ?? false,
    isHidden: grant.hidden ?? false,
    isRecorder: grant.recorder ?? false,
    isAgent: grant.agent ?? false,
  };
}

/** A grant of which {@link permissionsOf} makes these permissions. */
export function grantOf({ publishSources, ...permissions }: Permissions): VideoGrant {
  const names = [...SOURCES].filter(([, source]) => publishSources?.has(source)).map(([name]) => name);
  return {
    // No sources at all cannot be said as a list: an empty one means every source.
    canPublish: permissions.canPublish && publishSources?.size !== 0,
    canPublishSources: names,
    canSubscribe: permissions.canSubscribe,
    canPublishData: permissions.canPublishData,
    canUpdateOwnMetadata: permissions.canUpdateMetadata,
    canSubscribeMetrics: permissions.canSubscribeMetrics,
    roomAdmin: permissions.isAdmin,
    hidden: permissions.isHidden,
    recorder: permissions.isRecorder,
    agent: permissions.isAgent,
  };
}

/** What others see of them. */
export function permissionsInfo({ publishSources, ...permissions }: Permissions): ParticipantPermissions {
  const { canPublish, canSubscribe, canPublishData, canUpdateMetadata } = permissions;
  const sources = publishSources === undefined ? {} : { publishSources: [...publishSources] };
  return { canPublish, ...sources, canSubscribe, canPublishData, canUpdateMetadata };
}

export function isSamePermissions(a: Permissions, b: Permissions): boolean {
  const text = ({ publishSources, ...rest }: Permissions) =>
    JSON.stringify({ ...rest, publishSources: publishSources === undefined ? null : [...publishSources].sort() });
  return text(a) === text(b);
}

export function mayPublish({ canPublish, isHidden, publishSources }: Permissions, source: TrackSource): boolean {
  return canPublish && !isHidden && (publishSources === undefined || publishSources.has(source));
}

/** Throws SluiceError `permissionDenied`. */
export function checkPublish(permissions: Permissions, source: TrackSource): void {
  if (permissions.isHidden) throw new SluiceError("permissionDenied", "a hidden participant cannot publish");
  if (!mayPublish(permissions, source)) throw notGranted(`publishing from source ${source}`);
}

/** Throws SluiceError `permissionDenied`. */
export function checkSubscribe({ canSubscribe }: Permissions): void {
  if (!canSubscribe) throw notGranted("canSubscribe");
}

/** Throws SluiceError `permissionDenied`. */
export function checkPublishData({ canPublishData }: Permissions): void {
  if (!canPublishData) throw notGranted("canPublishData");
}

/** Throws SluiceError `permissionDenied`. */
export function checkUpdateMetadata({ canUpdateMetadata }: Permissions): void {
  if (!canUpdateMetadata) throw notGranted("canUpdateOwnMetadata");
}

/** `what` is for admins only. Throws SluiceError `permissionDenied`. */
export function checkAdmin({ isAdmin }: Permissions, what: string): void {
  if (!isAdmin) throw new SluiceError("permissionDenied", `${what} needs the grant roomAdmin`);
}

/** A track of somebody else may be muted by admins, and unmuted by nobody. Throws SluiceError `permissionDenied`. */
export function checkMuteOther({ isAdmin }: Permissions, isMuted: boolean): void {
  if (!isAdmin) throw new SluiceError("permissionDenied", "this track is somebody else's");
  if (!isMuted) throw new SluiceError("permissionDenied", "only its publisher can unmute a track");
}

function notGranted(what: string): SluiceError {
  return new SluiceError("permissionDenied", `the access token does not grant ${what}`);
}

/** Throws SluiceError `permissionDenied` for claims without the grant `roomAdmin` for just this room. */
export function checkRoomAdmin({ video }: TokenClaims, room: string): void {
  if (video.roomAdmin !== true) throw notGranted("roomAdmin");
  if (video.room !== room) throw new SluiceError("permissionDenied", "the access token is for another room");
}

/**
 * The name of the room these claims let their bearer join.
 *
 * @throws SluiceError `permissionDenied` without the grant `roomJoin`, without a room or without an identity.
 */
export function roomToJoin(claims: TokenClaims): string {
  if (claims.video.roomJoin !== true) throw notGranted("roomJoin");
  if (claims.video.room === undefined || claims.video.room === "") {
    throw new SluiceError("permissionDenied", "the access token names no room to join");
  }
  if (claims.sub === "") throw new SluiceError("permissionDenied", "the access token names no identity (sub)");
  return claims.video.room;
}
