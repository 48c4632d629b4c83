import {
  CreateAgentDispatchRequest,
  DeleteAgentDispatchRequest,
  JobRestartPolicy,
  ListAgentDispatchRequest,
  ListAgentDispatchResponse,
} from "@livekit/protocol";
import { MAX_METADATA_LENGTH, MAX_NAME_LENGTH, SluiceError } from "@sluice/protocol";
import type { AgentDispatcher } from "../agents/agent-dispatcher.js";
import { dispatchInfo } from "../agents/job-info.js";
import type { Config } from "../config/config.js";
import type { Room } from "../room/room.js";
import type { Rooms } from "../session/rooms.js";
import { findRoom } from "./find.js";
import { roomName } from "./room-name.js";
import { ROOM_ADMIN } from "./twirp/grant.js";
import { type TwirpService, twirpMethod } from "./twirp/twirp-method.js";

/** All names and values of one dispatch's attributes together, characters. */
const MAX_ATTRIBUTES_LENGTH = 65_536;

/** LiveKit's AgentDispatchService: which agents are to come into which rooms. docs/reference/server-api.md has its methods. */
export function createAgentDispatchService(
  rooms: Rooms,
  agents: AgentDispatcher,
  config: Pick<Config["room"], "autoCreate">,
): TwirpService {
  return new Map([
    [
      "CreateDispatch",
      twirpMethod({
        request: CreateAgentDispatchRequest,
        grant: ROOM_ADMIN,
        handle: (request) => {
          checkRequest(request);
          const { agentName, metadata, attributes, deployment } = request;
          // JSON lets numbers through with which no answer could be written.
          const { JRP_NEVER, JRP_ON_FAILURE } = JobRestartPolicy;
          const restartPolicy = request.restartPolicy === JRP_NEVER ? JRP_NEVER : JRP_ON_FAILURE;
          const { roomId } = findOrCreate(rooms, roomName("room", request.room), config.autoCreate);
          return dispatchInfo(agents.create(roomId, { agentName, metadata, attributes, deployment, restartPolicy }));
        },
      }),
    ],
    [
      "DeleteDispatch",
      twirpMethod({
        request: DeleteAgentDispatchRequest,
        grant: ROOM_ADMIN,
        handle: ({ room, dispatchId }) => dispatchInfo(agents.delete(findRoom(rooms, room).room.roomId, dispatchId)),
      }),
    ],
    [
      "ListDispatch",
      twirpMethod({
        request: ListAgentDispatchRequest,
        grant: ROOM_ADMIN,
        handle: ({ room, dispatchId }) => {
          const all = agents.list(rooms.find(room)?.room.roomId ?? "");
          const wanted = all.filter((dispatch) => dispatchId === "" || dispatch.dispatchId === dispatchId);
          return new ListAgentDispatchResponse({ agentDispatches: wanted.map(dispatchInfo) });
        },
      }),
    ],
  ]);
}

/** A room that joining would make is made: its agents may be there first. Throws SluiceError `notFound`. */
function findOrCreate(rooms: Rooms, name: string, isCreating: boolean): Room {
  return isCreating && rooms.find(name) === undefined ? rooms.create(name).room : findRoom(rooms, name).room;
}

/** Throws SluiceError `invalidArgument`. */
function checkRequest({ agentName, deployment, metadata, attributes }: CreateAgentDispatchRequest): void {
  const length = Object.entries(attributes).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  checkLength("agent_name", agentName.length, MAX_NAME_LENGTH);
  checkLength("deployment", deployment.length, MAX_NAME_LENGTH);
  checkLength("metadata", metadata.length, MAX_METADATA_LENGTH);
  checkLength("attributes", length, MAX_ATTRIBUTES_LENGTH);
}

function checkLength(field: string, length: number, limit: number): void {
  if (length > limit) throw new SluiceError("invalidArgument", `${field}: at most ${limit} characters`);
}
