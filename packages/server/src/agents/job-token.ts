import { MAX_TOKEN_LENGTH, SluiceError } from "@sluice/protocol";
import { createToken } from "../auth/create-token.js";
import { grantOf, type Permissions } from "../room/permissions.js";
import type { AgentProfile } from "./agent-job.js";

export interface JobTokenOptions {
  readonly key: string;
  readonly secret: string;
  readonly room: string;
  readonly profile: AgentProfile;
  readonly permissions: Permissions;
}

/** How long an agent may take to come into its room, s. */
const JOB_TOKEN_TTL_SECONDS = 3_600;

/**
 * With which an agent comes into the room of its job, with the permissions that its worker registered.
 *
 * @throws SluiceError `resourceExhausted` when it would be longer than this node takes: the profile is too big
 */
export async function createJobToken({ key, secret, room, profile, permissions }: JobTokenOptions): Promise<string> {
  const token = await createToken({
    key,
    secret,
    ttlSeconds: JOB_TOKEN_TTL_SECONDS,
    ...profile,
    kind: "agent",
    grant: { ...grantOf(permissions), room, roomJoin: true },
  });
  if (token.length <= MAX_TOKEN_LENGTH) return token;
  throw new SluiceError("resourceExhausted", `the agent's token would be longer than ${MAX_TOKEN_LENGTH} characters`);
}
