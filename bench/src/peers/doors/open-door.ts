import { JanusDoor } from "./janus-door.js";
import { LinkDoor } from "./link-door.js";
import type { DoorAddress, PeerDoor } from "./peer-door.js";
import { WeriftDoor } from "./werift-door.js";

export async function openDoor(address: DoorAddress): Promise<PeerDoor> {
  switch (address.kind) {
    case "jsonrpc":
    case "livekit":
      return new LinkDoor(address);
    case "janus":
      return await JanusDoor.open(address);
    case "werift":
      return await WeriftDoor.open(address.url);
  }
}
