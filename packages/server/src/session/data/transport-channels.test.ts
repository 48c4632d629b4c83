import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant } from "@sluice/media";
import { TransportChannels } from "./transport-channels.js";

const start = instant(0);
const late = after(start, 5_000);

test("a channel that the client does not open is opened once, when it has had time to", () => {
  const channels = new TransportChannels();
  channels.agree(start);
  assert.equal(channels.shouldOpen("_reliable", late), false, "no connection yet");
  channels.handleConnected(start);
  assert.equal(channels.shouldOpen("_reliable", after(start, 1_000)), false);
  assert.equal(channels.shouldOpen("_reliable", late), true);
  assert.equal(channels.shouldOpen("_reliable", late), false);
});

test("what was there and was closed is not opened again, whoever had opened it; the client may", () => {
  const channels = new TransportChannels();
  channels.agree(start);
  channels.handleConnected(start);
  channels.handleOpened("theirs");
  assert.equal(channels.ask("ours"), true);
  channels.handleOpened("ours");
  for (const label of ["theirs", "ours"]) {
    channels.handleClosed(label);
    assert.deepEqual([channels.isOpen(label), channels.ask(label), channels.shouldOpen(label, late)], [false, false, false]);
  }
  channels.handleOpened("theirs");
  assert.equal(channels.isOpen("theirs"), true);
});
