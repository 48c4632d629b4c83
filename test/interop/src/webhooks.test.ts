/** A real node's webhooks at a receiver that is LiveKit's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEV_KEY, DEV_SECRET } from "@sluice/server";
import type { WebhookEvent } from "livekit-server-sdk";
import { Bots, receiving } from "./harness/bots.js";
import { TestNode } from "./harness/test-node.js";
import { until } from "./harness/until.js";
import { WebhookCollector } from "./harness/webhook-collector.js";

/** LiveKit's numbers. */
const DISCONNECT_REASONS: Readonly<Record<number, string>> = {
  1: "CLIENT_INITIATED",
  2: "DUPLICATE_IDENTITY",
  3: "SERVER_SHUTDOWN",
};
const END_REASONS: Readonly<Record<number, string>> = { 2: "IDLE_TIMEOUT", 3: "SERVER_SHUTDOWN" };
const PATIENCE_MS = 20_000;

/** "participant_left ann", with the track's type, the reason of leaving or why the room ended. */
function line({ event, participant, track, ...more }: WebhookEvent): string {
  const isOver = event === "participant_left";
  const reason = isOver ? DISCONNECT_REASONS[participant?.disconnectReason ?? 0] : END_REASONS[more.roomEndReason];
  return [event, participant?.identity, track?.mimeType, reason].filter((part) => part !== undefined).join(" ");
}

/** Whoever neither sends nor receives anything has no media connection. */
const WITH_DATA_ONLY = { publish: [], handleData: () => undefined };
const isArrivalOfAnn = ({ event, participant }: WebhookEvent) =>
  event === "participant_joined" && participant?.identity === "ann";

test("LiveKit's receiver verifies every request; a room's events come in order, though the first attempts fail", async () => {
  const collector = await WebhookCollector.open(DEV_KEY, DEV_SECRET, 3);
  const node = await TestNode.start({ flags: { "webhook.urls": collector.url, "room.departure-timeout": "1" } });
  const bots = new Bots();
  try {
    await bots.join(node, "call", "ann");
    const bob = await bots.join(node, "call", "bob", { publish: [] });
    await receiving(bob, 2, 1);
    // Somebody with the same identity comes and takes her place.
    const again = await bots.join(node, "call", "ann", WITH_DATA_ONLY);
    await until("Ann's second arrival", PATIENCE_MS, () => collector.of("call").filter(isArrivalOfAnn).length === 2);
    await bots.leave(again);
    await bots.leave(bob);
    await until("the room's end", PATIENCE_MS, () => collector.of("call").some((event) => event.event === "room_finished"));

    const lines = collector.of("call").map(line);
    const joins = ["participant_joined ann", "participant_joined bob"];
    const tracks = ["track_published ann audio/opus", "track_published ann video/VP8"];
    const gone = ["track_unpublished ann audio/opus", "track_unpublished ann video/VP8"];
    assert.equal(lines[0], "room_started");
    assert.deepEqual(lines.slice(1, 5).sort(), [...joins, ...tracks]);
    assert.deepEqual(lines.slice(5, 7).sort(), gone);
    assert.equal(lines[7], "participant_left ann DUPLICATE_IDENTITY");
    assert.deepEqual(lines.slice(8), [
      "participant_joined ann",
      "participant_left ann CLIENT_INITIATED",
      "participant_left bob CLIENT_INITIATED",
      "room_finished IDLE_TIMEOUT",
    ]);
    const last = collector.of("call").at(-1);
    assert.equal(last?.room?.numParticipants, 0);
    assert.equal(collector.requests, collector.events.length + 3, "three attempts failed and were made again");
    assert.equal(new Set(collector.events.map(({ id }) => id)).size, collector.events.length);
    assert.deepEqual(collector.complaints, []);

    // Whoever is there when the node ends is told of, and the room too.
    await bots.join(node, "late", "cat", WITH_DATA_ONLY);
    await until("Cat's arrival", PATIENCE_MS, () => collector.of("late").length === 2);
    await node.close();
    assert.deepEqual(collector.of("late").map(line), [
      "room_started",
      "participant_joined cat",
      "participant_left cat SERVER_SHUTDOWN",
      "room_finished SERVER_SHUTDOWN",
    ]);
    assert.deepEqual(
      node.complaints.filter((complaint) => !complaint.includes("a webhook's receiver fails")),
      [],
    );
  } finally {
    await bots.close();
    await node.close();
    collector.close();
  }
});
