import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAgentDispatchRequest,
  CreateRoomRequest,
  DeleteAgentDispatchRequest,
  DeleteRoomRequest,
  ForwardParticipantRequest,
  ListAgentDispatchRequest,
  ListParticipantsRequest,
  ListRoomsRequest,
  MoveParticipantRequest,
  MuteRoomTrackRequest,
  PerformRpcRequest,
  RoomParticipantIdentity,
  SendDataRequest,
  UpdateParticipantRequest,
  UpdateRoomMetadataRequest,
  UpdateSubscriptionsRequest,
} from "@livekit/protocol";
import { SluiceError, type VideoGrant } from "@sluice/protocol";
import fc from "fast-check";
import { AgentNode } from "../agents/testing/agent-node.js";
import { type MessageClass, messageJson } from "../testing/message-json.js";
import { createAgentDispatchService } from "./agent-dispatch-service.js";
import { createRoomService } from "./room-service.js";

const REQUESTS: { readonly [method: string]: MessageClass } = {
  CreateRoom: CreateRoomRequest,
  ListRooms: ListRoomsRequest,
  DeleteRoom: DeleteRoomRequest,
  ListParticipants: ListParticipantsRequest,
  GetParticipant: RoomParticipantIdentity,
  RemoveParticipant: RoomParticipantIdentity,
  MutePublishedTrack: MuteRoomTrackRequest,
  UpdateParticipant: UpdateParticipantRequest,
  UpdateSubscriptions: UpdateSubscriptionsRequest,
  SendData: SendDataRequest,
  UpdateRoomMetadata: UpdateRoomMetadataRequest,
  ForwardParticipant: ForwardParticipantRequest,
  MoveParticipant: MoveParticipantRequest,
  PerformRpc: PerformRpcRequest,
  CreateDispatch: CreateAgentDispatchRequest,
  DeleteDispatch: DeleteAgentDispatchRequest,
  ListDispatch: ListAgentDispatchRequest,
};
const METHODS = Object.keys(REQUESTS);

const GRANT: VideoGrant = { roomAdmin: true, roomCreate: true, roomList: true, room: "demo", destinationRoom: "other" };

const text = fc.oneof(
  fc.constantFrom("demo", "other", "ann", "bob", "OWN_TRACK", "OWN_ID", "m"),
  fc.constantFrom("", "x".repeat(300), "\ud800", "__proto__"),
  fc.string({ maxLength: 20 }),
);

/** Rooms and people of the request are nearly always there. */
const request = fc.constantFrom(...METHODS).chain((method) => {
  const at = { room: fc.constantFrom("demo", "demo", "demo", "none"), identity: fc.constantFrom("ann", "bob", "eve") };
  const known = fc.record({ ...at, destinationRoom: fc.constant("other") });
  const any = messageJson(REQUESTS[method] ?? CreateRoomRequest, text);
  return fc.tuple(any, known).map(([fields, there]) => {
    return { method, body: { ...fields, ...Object.fromEntries(Object.entries(there).filter(([name]) => name in fields)) } };
  });
});

test("every method is called", () => {
  const { node, dispatcher } = new AgentNode();
  const services = [
    createRoomService(node.rooms, node.config.room),
    createAgentDispatchService(node.rooms, dispatcher, node.config.room),
  ];
  assert.deepEqual([...METHODS].sort(), services.flatMap((service) => [...service.keys()]).sort());
});

test("[attack 23] whatever an API key asks for is answered or refused, and the rooms go on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 15 }), async (requests) => {
      const { node, dispatcher } = new AgentNode();
      const methods = new Map([
        ...createRoomService(node.rooms, node.config.room),
        ...createAgentDispatchService(node.rooms, dispatcher, node.config.room),
      ]);
      const claims = { iss: "devkey", sub: "", exp: 1, video: GRANT };
      const [ann, bob] = [node.client("ann"), node.client("bob")];
      for (const client of [ann, bob]) client.join();
      const { trackId } = ann.publish("video");
      const ownId = ann.participantId;
      for (const { method, body } of requests) {
        const json = JSON.stringify(body).replaceAll("OWN_TRACK", trackId).replaceAll("OWN_ID", ownId);
        const answer = methods.get(method)?.answer(Buffer.from(json), "json", { claims, timeoutMs: 1_000 });
        // A call to a participant is answered when its time is over.
        const settled = answer?.then(
          () => undefined,
          (error: unknown) => assert.ok(error instanceof SluiceError, `${method}: ${String(error)}`),
        );
        node.clock.advance(10_000);
        await settled;
      }
      node.clock.advance(100_000);
      for (const { room } of node.rooms.list()) node.rooms.delete(room.name);
      assert.equal(dispatcher.jobCount, 0);
    }),
    { numRuns: 100 },
  );
});
