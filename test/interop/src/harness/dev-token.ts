import type { VideoGrant } from "@sluice/protocol";
import { createToken, DEV_KEY, DEV_SECRET } from "@sluice/server";

/** For a node in development mode. */
export function devToken(room: string, identity: string, grant: VideoGrant = {}): Promise<string> {
  return createToken({ key: DEV_KEY, secret: DEV_SECRET, identity, grant: { room, roomJoin: true, ...grant } });
}
