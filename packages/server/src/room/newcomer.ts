import type { TokenClaims } from "@sluice/protocol";
import { UNKNOWN_CLIENT } from "./client-description.js";
import { Participant } from "./participant.js";
import { participantKind } from "./participant-kind.js";
import { changeProfile } from "./participant-profile.js";
import { checkUpdateMetadata, permissionsOf } from "./permissions.js";
import type { JoinOptions } from "./room-options.js";

/**
 * Who comes in with these claims.
 *
 * @param joinedAt Unix time in ms
 * @throws SluiceError `permissionDenied` for metadata or attributes of its own without canUpdateOwnMetadata, `resourceExhausted`
 *   for what is too long
 */
export function createNewcomer(
  claims: TokenClaims,
  { autoSubscribe = true, client = UNKNOWN_CLIENT, door = "jsonrpc", metadata, attributes }: JoinOptions,
  joinedAt: number,
  createId: () => string,
): Participant {
  const permissions = permissionsOf(claims.video);
  if (metadata !== undefined || attributes !== undefined) checkUpdateMetadata(permissions);
  const own = { ...(metadata === undefined ? {} : { metadata }), ...(attributes === undefined ? {} : { attributes }) };
  const granted = { name: claims.name ?? "", metadata: claims.metadata ?? "", attributes: claims.attributes ?? {} };
  return new Participant({
    participantId: createId(),
    identity: claims.sub,
    ...changeProfile(granted, own),
    joinedAt,
    kind: participantKind(claims.kind),
    kindDetails: claims.kindDetails ?? [],
    permissions,
    isAutoSubscribing: autoSubscribe,
    client,
    claims,
    door,
  });
}
