import { type ErrorCode, parseRoomStatistics, type RoomStatistics, SluiceError } from "@sluice/protocol";
import { fetchText, plainReason } from "../http/fetch-text.js";

export interface RoomStatisticsRequest {
  /** Of a node, http or https, without a path. */
  readonly url: string;
  readonly room: string;
  /** Of one participant; undefined: everybody. */
  readonly identity: string | undefined;
  readonly token: string;
}

/** A room's media as its node sees it (docs/reference/http.md). Throws SluiceError with what to do. */
export async function fetchRoomStatistics({ url, room, identity, token }: RoomStatisticsRequest): Promise<RoomStatistics> {
  const query = identity === undefined ? "" : `?identity=${encodeURIComponent(identity)}`;
  const { status, body } = await fetchText(`${url}/rooms/${encodeURIComponent(room)}/stats${query}`, token);
  if (status !== 200) throw refusal(status, body, room);
  try {
    return parseRoomStatistics(JSON.parse(body));
  } catch (cause) {
    throw new SluiceError("failedPrecondition", `${url} does not answer as a Sluice node does: is the address right?`, {
      cause,
    });
  }
}

/** By HTTP status (docs/reference/http.md). */
const REFUSALS: Readonly<Record<number, { readonly code: ErrorCode; readonly advice: string }>> = {
  401: { code: "unauthenticated", advice: "pass the --key and --secret of this node, or a --token made with them" },
  403: { code: "permissionDenied", advice: '"sluice token --room-admin" makes one with the grant' },
  404: { code: "notFound", advice: "is it spelt so, and is somebody in it?" },
  429: { code: "resourceExhausted", advice: "pass --identity" },
};

function refusal(status: number, body: string, room: string): SluiceError {
  const { code, advice } = REFUSALS[status] ?? { code: "unavailable" as const, advice: "is the address that of a node?" };
  const reason = plainReason(body) ?? `the answer for room "${room}" has status ${status}`;
  return new SluiceError(code, `${reason}; ${advice}`);
}
