import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExposition } from "@sluice/server/telemetry";
import { Scrape } from "./scrape.js";

const TEXT = `# HELP sluice_tracks Tracks
# TYPE sluice_tracks gauge
sluice_tracks{kind="audio"} 2
sluice_tracks{kind="video"} 3
# HELP sluice_media_drops_total Drops
# TYPE sluice_media_drops_total counter
sluice_media_drops_total{worker="0",cause="replayed"} 4
sluice_media_drops_total{worker="1",cause="replayed"} 5
sluice_media_drops_total{worker="0",cause="authentication"} 0
# HELP sluice_webhooks_dropped_total Others
# TYPE sluice_webhooks_dropped_total counter
sluice_webhooks_dropped_total{receiver="0"} 6
`;

test("totals are over the samples with the labels that are asked for", () => {
  const scrape = new Scrape(parseExposition(TEXT));
  assert.equal(scrape.total("sluice_tracks"), 5);
  assert.equal(scrape.total("sluice_tracks", { kind: "audio" }), 2);
  assert.equal(scrape.total("sluice_tracks", { kind: "text" }), 0);
  assert.equal(scrape.total("sluice_rooms"), 0);
});

test("drops are by cause, of all workers", () => {
  const scrape = new Scrape(parseExposition(TEXT));
  assert.deepEqual(Object.fromEntries(scrape.drops()), { "media replayed": 9, "media authentication": 0 });
});
