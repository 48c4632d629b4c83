import { type DataFormat, type DialSignaling, dialJsonRpc } from "@sluice/protocol";
import { LiveKitConnection } from "./livekit/livekit-connection.js";
import { liveKitDataFormat } from "./livekit/livekit-data-format.js";
import { LiveKitSession } from "./livekit/livekit-session.js";
import { openSignalSocket } from "./livekit/signal-socket.js";
import { openNodeSocket } from "./node-socket.js";

/** By which a participant enters: our own JSON-RPC, or what LiveKit's clients speak with one peer connection. */
export const DOOR_NAMES = ["jsonrpc", "livekit"] as const;
export type DoorName = (typeof DOOR_NAMES)[number];

/** What differs from door to door for one participant. Everything about media is the same. */
export interface Door {
  readonly dial: DialSignaling;
  /** undefined: our own envelope. */
  readonly dataFormat: DataFormat | undefined;
  /** Whether small messages may go by signaling while there is no channel. */
  readonly hasDataRequests: boolean;
  /** Whether its server waits for a peer connection even when there is nothing to publish or receive. */
  readonly needsConnection: boolean;
}

export function createDoor(name: DoorName): Door {
  switch (name) {
    case "jsonrpc":
      return { dial: dialJsonRpc(openNodeSocket), dataFormat: undefined, hasDataRequests: true, needsConnection: false };
    case "livekit": {
      const session = new LiveKitSession();
      return {
        dial: (request, listener) => new LiveKitConnection(session, request, listener, openSignalSocket),
        dataFormat: liveKitDataFormat(session),
        hasDataRequests: false,
        needsConnection: true,
      };
    }
  }
}
