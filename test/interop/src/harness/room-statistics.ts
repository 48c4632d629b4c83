import { parseRoomStatistics } from "@sluice/protocol";
import { devToken } from "./dev-token.js";

/** A room's media in numbers, at most a second old, as the node at `url` tells them. */
export async function roomStatistics(url: string, room: string): Promise<ReturnType<typeof parseRoomStatistics>> {
  const token = await devToken(room, "statistics", { roomAdmin: true });
  const response = await fetch(`${url}/rooms/${room}/stats`, { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`no statistics: ${response.status} ${await response.text()}`);
  return parseRoomStatistics(await response.json());
}
