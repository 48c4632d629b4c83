import assert from "node:assert/strict";
import { test } from "node:test";
import { ListRoomsResponse, Room } from "@livekit/protocol";
import { LongList } from "./long-list.js";
import { serializeResponse } from "./twirp-encoding.js";

for (const count of [0, 1, 30, 31, 95]) {
  test(`a list of ${count} is the same in pieces as in one`, async () => {
    const rooms = Array.from({ length: count }, (_, index) => new Room({ name: `"room ${index}]}`, metadata: "ü" }));
    const answerOf = (start: number, end: number) => new ListRoomsResponse({ rooms: rooms.slice(start, end) });
    const list = new LongList({ field: "rooms", length: count, answerOf });
    for (const encoding of ["json", "protobuf"] as const) {
      assert.deepEqual(await list.serialize(encoding), serializeResponse(answerOf(0, count), encoding));
    }
  });
}

test("others have their turns while it is put together", async () => {
  let turns = 0;
  const answerOf = () => {
    setImmediate(() => {
      turns += 1;
    });
    return new ListRoomsResponse({ rooms: [new Room()] });
  };
  await new LongList({ field: "rooms", length: 300, answerOf }).serialize("json");
  assert.ok(turns >= 9, `${turns} turns`);
});
