import assert from "node:assert/strict";
import { test } from "node:test";
import { after, type Instant, instant } from "../time/instant.js";
import { DataPace } from "./data-pace.js";

const t0 = instant(1_000_000);

/** How many messages of a peer that always has one are taken in so many ms. */
function taken(pace: DataPace, bytes: number, fromMs: number, lengthMs: number): number {
  let count = 0;
  for (let now: Instant = after(t0, fromMs); now < after(t0, fromMs + lengthMs); ) {
    const next = pace.nextAt(now);
    if (next !== undefined) now = next;
    else {
      pace.handleMessage(bytes, now);
      count += 1;
    }
  }
  return count;
}

test("a quarter of a second's worth is taken at once, the rest at the rate: of messages or of bytes, whichever is slower", () => {
  const rates = { messagesPerSecond: 1_000, bytesPerSecond: 1_000_000 };
  assert.equal(taken(new DataPace(rates), 0, 0, 1_000), 1_250);
  assert.equal(taken(new DataPace(rates), 10_000, 0, 1_000), 125);
  const pace = new DataPace(rates);
  assert.equal(taken(pace, 1_000, 0, 10), 260);
  assert.equal(taken(pace, 1_000, 60_000, 10), 260, "what was not used is not saved up");
});

test("a message larger than what may come at once is taken, and waited for after it", () => {
  const pace = new DataPace({ messagesPerSecond: 1_000, bytesPerSecond: 100_000 });
  pace.handleMessage(100_000, t0);
  assert.equal(pace.nextAt(t0), after(t0, 750));
  assert.equal(pace.nextAt(after(t0, 750)), undefined);
});
