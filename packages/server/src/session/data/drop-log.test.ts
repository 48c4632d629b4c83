import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { DropLog } from "./drop-log.js";

test("the first drop is told at once, the others together every ten seconds, by participant and cause", () => {
  const lines: unknown[] = [];
  const log = new DropLog({ warn: (line: unknown) => void lines.push(line) }, { room: "demo" });
  const t0 = instant(0);
  for (let at = 0; at < 100; at++) log.handleDropped("PA_1", "overRate", 2, after(t0, at * 100));
  log.handleDropped("PA_1", "overRate", 1, after(t0, 10_000));
  log.handleDropped("PA_1", "malformed", 1, t0);
  log.handleDropped("PA_2", "overRate", 1, t0);
  const line = (participantId: string, cause: string, messages: number) => ({ room: "demo", participantId, cause, messages });
  assert.deepEqual(lines, [
    line("PA_1", "overRate", 2),
    line("PA_1", "overRate", 199),
    line("PA_1", "malformed", 1),
    line("PA_2", "overRate", 1),
  ]);
  log.handleParticipantClosed("PA_2");
  log.handleDropped("PA_2", "overRate", 1, t0);
  assert.equal(lines.length, 5);
});
