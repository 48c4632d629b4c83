import { DataPacket_Kind, PerformRpcRequest, PerformRpcResponse, SendDataRequest, SendDataResponse } from "@livekit/protocol";
import { SluiceError } from "@sluice/protocol";
import type { RpcOutcome } from "../session/data/server-rpc.js";
import type { Rooms } from "../session/rooms.js";
import { findRoom } from "./find.js";
import { rpcRefusal } from "./rpc-refusal.js";
import { ROOM_ADMIN } from "./twirp/grant.js";
import { type TwirpService, twirpMethod } from "./twirp/twirp-method.js";

const NONCE_BYTES = 16;
/** How long a participant's method may take when the caller says nothing, ms. */
const DEFAULT_RESPONSE_TIMEOUT_MS = 15_000;

/** Methods of RoomService that speak to participants' programs. */
export function dataMethods(rooms: Rooms): TwirpService {
  return new Map([
    [
      "SendData",
      twirpMethod({
        request: SendDataRequest,
        grant: ROOM_ADMIN,
        handle: ({ room, data, kind, topic = "", nonce, destinationIdentities, destinationSids }) => {
          if (nonce.length !== 0 && nonce.length !== NONCE_BYTES) {
            throw new SluiceError("invalidArgument", `nonce: ${NONCE_BYTES} bytes, or none`);
          }
          findRoom(rooms, room).sendServerData({
            payload: data,
            topic,
            isReliable: kind === DataPacket_Kind.RELIABLE,
            destinationIdentities,
            destinationIds: destinationSids,
            nonce,
          });
          return new SendDataResponse();
        },
      }),
    ],
    [
      "PerformRpc",
      twirpMethod({
        request: PerformRpcRequest,
        grant: ROOM_ADMIN,
        handle: async ({ room, destinationIdentity, method, payload, responseTimeoutMs: wantedMs }, { timeoutMs }) => {
          const session = findRoom(rooms, room);
          // Nobody waits for an answer any more when the call itself is over.
          const responseTimeoutMs = Math.min(wantedMs || DEFAULT_RESPONSE_TIMEOUT_MS, timeoutMs);
          const outcome = await new Promise<RpcOutcome>((resolve) => {
            session.performRpc({ destinationIdentity, method, payload, responseTimeoutMs }, resolve);
          });
          return outcome.type === "answered" ? new PerformRpcResponse({ payload: outcome.payload }) : rpcRefusal(outcome);
        },
      }),
    ],
  ]);
}
