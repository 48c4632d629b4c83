import {
  SubscriptionError,
  type SubscriptionPermission,
  SubscriptionResponse,
  type UpdateSubscription,
  type UpdateTrackSettings,
} from "@livekit/protocol";
import {
  MAX_IDENTITY_LENGTH,
  MAX_IDS_PER_REQUEST,
  MAX_SUBSCRIPTION_GRANTS,
  MAX_TRACKS_PER_GRANT,
  MAX_VIDEO_SIDE,
  type Params,
  SluiceError,
} from "@sluice/protocol";
import { layerOfQuality } from "../../livekit/video-layers.js";
import type { Membership } from "../../session/rooms.js";

/** Of `setLayers`. */
const MAX_PRIORITY = 255;

/** What one client wants to receive, and lets others receive. */
export class SubscriptionRequests {
  readonly #membership: Membership;

  constructor(membership: Membership) {
    this.#membership = membership;
  }

  /** Returns what could not be subscribed. Throws SluiceError `invalidArgument`, or `permissionDenied` without canSubscribe. */
  update(request: UpdateSubscription): SubscriptionResponse[] {
    const trackIds = [...request.trackSids, ...request.participantTracks.flatMap(({ trackSids }) => trackSids)];
    checkCount(trackIds.length, MAX_IDS_PER_REQUEST, "tracks");
    const { session, participantId } = this.#membership;
    if (!request.subscribe) {
      session.handleCall(participantId, { method: "unsubscribe", params: { trackIds } });
      return [];
    }
    const isThere = (trackId: string) => {
      const track = session.room.track(trackId);
      return track !== undefined && track.participantId !== participantId;
    };
    session.handleCall(participantId, { method: "subscribe", params: { trackIds: trackIds.filter(isThere) } });
    return trackIds.filter((trackId) => !isThere(trackId)).map((trackSid) => notFound(trackSid));
  }

  /** Settings of tracks that are not subscribed (any more) mean nothing. */
  changeSettings(request: UpdateTrackSettings): void {
    checkCount(request.trackSids.length, MAX_IDS_PER_REQUEST, "tracks");
    for (const trackId of request.trackSids) this.#setLayers(trackId, request);
  }

  /** Those that a resuming client had disabled. */
  disable(trackIds: readonly string[]): void {
    checkCount(trackIds.length, MAX_IDS_PER_REQUEST, "tracks");
    for (const trackId of trackIds) this.#send({ trackId, paused: true });
  }

  setPermission({ allParticipants, trackPermissions }: SubscriptionPermission): void {
    checkCount(trackPermissions.length, MAX_SUBSCRIPTION_GRANTS, "grants");
    const participants = trackPermissions.map(({ participantSid, participantIdentity, allTracks, trackSids }) => {
      checkCount(trackSids.length, MAX_TRACKS_PER_GRANT, "tracks in one grant");
      const longest = Math.max(...[participantSid, participantIdentity, ...trackSids].map(({ length }) => length));
      if (longest > MAX_IDENTITY_LENGTH) throw new SluiceError("invalidArgument", "a grant names somebody by too long a name");
      return {
        ...(participantSid === "" ? {} : { participantId: participantSid }),
        ...(participantIdentity === "" ? {} : { identity: participantIdentity }),
        everyTrack: allTracks,
        trackIds: trackSids,
      };
    });
    const { session, participantId } = this.#membership;
    const params = { everybody: allParticipants, participants };
    session.handleCall(participantId, { method: "setSubscriptionPermissions", params });
  }

  /** A size says more than a quality: it is what the client shows. */
  #setLayers(trackId: string, { disabled, quality, width, height, priority }: UpdateTrackSettings): void {
    const layerCount = this.#membership.session.room.track(trackId)?.layers?.length ?? 0;
    const hasSize = isSide(width) && isSide(height);
    const isLimited = !hasSize && layerCount > 0 && layerOfQuality(quality, layerCount) < layerCount - 1;
    this.#send({
      trackId,
      paused: disabled,
      ...(hasSize ? { width, height } : {}),
      ...(isLimited ? { maxSpatialLayer: layerOfQuality(quality, layerCount) } : {}),
      ...(priority > 0 ? { priority: Math.min(priority, MAX_PRIORITY) } : {}),
    });
  }

  #send(params: Params<"setLayers">): void {
    const { session, participantId } = this.#membership;
    if (session.room.subscription(participantId, params.trackId) === undefined) return;
    session.handleCall(participantId, { method: "setLayers", params });
  }
}

function notFound(trackSid: string): SubscriptionResponse {
  return new SubscriptionResponse({ trackSid, err: SubscriptionError.SE_TRACK_NOTFOUND });
}

function isSide(pixels: number): boolean {
  return pixels >= 1 && pixels <= MAX_VIDEO_SIDE;
}

function checkCount(count: number, max: number, what: string): void {
  if (count > max) throw new SluiceError("invalidArgument", `${count} ${what} in one request, the limit is ${max}`);
}
