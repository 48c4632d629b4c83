import type { SubscriptionGrant, SubscriptionPermissions } from "@sluice/protocol";
import type { Permissions } from "./permissions.js";

/** A participant, as far as its publishers look at it. */
export interface Receiver {
  readonly participantId: string;
  readonly identity: string;
  readonly permissions: Permissions;
}

interface Granted {
  everyTrack: boolean;
  readonly trackIds: Set<string>;
}

/** [RM80] Whom a publisher lets receive its tracks, when that is not everybody. */
export class SubscriptionRules {
  readonly #byParticipantId = new Map<string, Granted>();
  readonly #byIdentity = new Map<string, Granted>();

  /** As it was said. */
  readonly permissions: SubscriptionPermissions;

  constructor(permissions: SubscriptionPermissions) {
    this.permissions = permissions;
    for (const grant of permissions.participants) {
      if (grant.participantId !== undefined) add(this.#byParticipantId, grant.participantId, grant);
      if (grant.identity !== undefined) add(this.#byIdentity, grant.identity, grant);
    }
  }

  allows({ participantId, identity, permissions }: Receiver, trackId: string): boolean {
    if (permissions.isRecorder) return true;
    return allows(this.#byParticipantId.get(participantId), trackId) || allows(this.#byIdentity.get(identity), trackId);
  }
}

function add(grants: Map<string, Granted>, key: string, { everyTrack, trackIds }: SubscriptionGrant): void {
  const granted = grants.get(key) ?? { everyTrack: false, trackIds: new Set<string>() };
  grants.set(key, granted);
  granted.everyTrack ||= everyTrack;
  for (const trackId of trackIds) granted.trackIds.add(trackId);
}

function allows(granted: Granted | undefined, trackId: string): boolean {
  return granted !== undefined && (granted.everyTrack || granted.trackIds.has(trackId));
}
