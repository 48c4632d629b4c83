import { type MediaKind, receives } from "@sluice/media";
import { SluiceError } from "@sluice/protocol";
import { readOffer } from "../negotiation/offered-session.js";

/** How many tracks of each kind a player can be sent. */
export type WhepSections = Readonly<Record<MediaKind, number>>;

/** Throws SluiceError `invalidArgument` for what is no offer of somebody who receives, `unsupported` for what cannot be sent. */
export function readWhepOffer(sdp: string): WhepSections {
  const { sections } = readOffer(sdp);
  const counts = { audio: 0, video: 0 };
  for (const offered of sections) {
    if (offered.type === "data") continue;
    if (offered.type === "refused") {
      const { mid = "" } = offered.section;
      throw new SluiceError(
        "unsupported",
        `Section ${JSON.stringify(mid)} cannot be used: ${offered.reason ?? "it is closed"}.`,
      );
    }
    if (!receives(offered.section.direction))
      throw new SluiceError("invalidArgument", `Section ${JSON.stringify(offered.mid)} receives nothing: offer a=recvonly.`);
    counts[offered.kind] += 1;
  }
  if (counts.audio + counts.video === 0)
    throw new SluiceError("invalidArgument", "The offer receives neither audio nor video.");
  return counts;
}
