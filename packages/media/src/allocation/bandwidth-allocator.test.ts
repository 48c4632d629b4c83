import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { after, type Instant, instant } from "../time/instant.js";
import type { ConsumerLayers } from "../transport/parameters.js";
import { ALLOCATION, type AllocatedTrack, BandwidthAllocator } from "./bandwidth-allocator.js";
import type { LayerCosts } from "./layer-costs.js";

const t0 = instant(1_000_000);

/** Simulcast as Chromium has it, bit/s by spatial and temporal layer. */
const CAMERA = [
  [90_000, 120_000, 150_000],
  [300_000, 400_000, 500_000],
  [1_000_000, 1_300_000, 1_700_000],
];

function costs(rates: readonly (readonly number[])[], isActive: (spatial: number) => boolean = () => true): LayerCosts {
  return {
    count: rates.length,
    isActive,
    temporalLayers: (spatial) => rates[spatial]?.length ?? 1,
    bitrateBps: (spatial, temporal) => rates[spatial]?.[temporal] ?? 0,
  };
}

class Track implements AllocatedTrack {
  given: ConsumerLayers | undefined | "never" = "never";
  changes = 0;
  preference: AllocatedTrack["preference"] = { maxSpatialLayer: 7, maxTemporalLayer: 7, priority: 1 };
  layerCosts: LayerCosts;

  constructor(layerCosts: LayerCosts = costs(CAMERA), preference: Partial<AllocatedTrack["preference"]> = {}) {
    this.layerCosts = layerCosts;
    this.preference = { ...this.preference, ...preference };
  }

  setAllocation(layers: ConsumerLayers | undefined): void {
    this.given = layers;
    this.changes++;
  }

  get bitrateBps(): number {
    if (this.given === undefined || this.given === "never") return 0;
    return this.layerCosts.bitrateBps(this.given.spatialLayer, this.given.temporalLayer);
  }
}

function open(...tracks: Track[]) {
  const allocator = new BandwidthAllocator();
  return {
    allocate: (availableBps: number | undefined, now: Instant) => allocator.allocate(tracks, availableBps, true, now),
    get wantedBps() {
      return allocator.wantedBps;
    },
  };
}

const layers = (spatialLayer: number, temporalLayer: number) => ({ spatialLayer, temporalLayer });

test("without an estimate everybody gets what it wants", () => {
  const [all, small] = [new Track(), new Track(costs(CAMERA), { maxSpatialLayer: 0, maxTemporalLayer: 1 })];
  const allocator = open(all, small);
  allocator.allocate(undefined, t0);
  assert.deepEqual(all.given, layers(7, 7));
  assert.deepEqual(small.given, layers(7, 7));
  assert.equal(allocator.wantedBps, 1_820_000);
});

test("what may not be paused has its smallest layer, however little there is, and others pay for it", () => {
  const [kept, other] = [new Track(costs(CAMERA), { mayPause: false }), new Track()];
  const allocator = open(kept, other);
  allocator.allocate(10_000, t0);
  assert.deepEqual([kept.given, other.given], [layers(0, 0), undefined]);
  allocator.allocate(150_000, after(t0, 60_000));
  assert.deepEqual([kept.given, other.given], [layers(0, 1), undefined]);
});

test("everybody gets the smallest layer before anybody gets more, and priority decides who", () => {
  const tracks = [new Track(), new Track(), new Track(costs(CAMERA), { priority: 8 })];
  const allocator = open(...tracks);
  allocator.allocate(300_000, t0);
  assert.deepEqual(
    tracks.map((track) => track.given),
    [layers(0, 0), layers(0, 0), layers(0, 0)],
  );
  const fewer = [new Track(), new Track(), new Track(costs(CAMERA), { priority: 8 })];
  open(...fewer).allocate(200_000, t0);
  assert.deepEqual(
    fewer.map((track) => track.given),
    [layers(0, 0), undefined, layers(0, 0)],
    "the last of equals gets nothing rather than all too little",
  );
});

test("a higher priority takes more steps in each round", () => {
  const [camera, screen] = [new Track(), new Track(costs(CAMERA), { priority: 8 })];
  open(camera, screen).allocate(2_100_000, t0);
  assert.deepEqual(screen.given, layers(2, 2));
  assert.deepEqual(camera.given, layers(0, 2));
});

test("a larger picture is given with half of its frames at least, be it in one step", () => {
  const given = [140_000, 400_000, 450_000, 900_000, 1_200_000, 1_500_000].map((availableBps) => {
    const track = new Track();
    open(track).allocate(availableBps, t0);
    return track.given;
  });
  assert.deepEqual(given, [layers(0, 1), layers(0, 2), layers(1, 1), layers(1, 2), layers(1, 2), layers(2, 1)]);
  const still = new Track(costs(CAMERA), { maxTemporalLayer: 0 });
  open(still).allocate(1_200_000, t0);
  assert.deepEqual(still.given, layers(2, 0), "who wants few frames gets few");
});

test("less is given at once, more only after the hold and with room to spare", () => {
  const track = new Track();
  const allocator = open(track);
  allocator.allocate(3_000_000, t0);
  assert.deepEqual(track.given, layers(2, 2));
  allocator.allocate(450_000, after(t0, 100));
  assert.deepEqual(track.given, layers(1, 1));
  allocator.allocate(3_000_000, after(t0, 100 + ALLOCATION.holdMs - 1));
  assert.deepEqual(track.given, layers(1, 1));
  allocator.allocate(505_000, after(t0, 100 + ALLOCATION.holdMs));
  assert.deepEqual(track.given, layers(1, 1), "500 kbit/s fit 505, but without room to spare");
  allocator.allocate(3_000_000, after(t0, 200 + ALLOCATION.holdMs));
  assert.deepEqual(track.given, layers(2, 2));
});

test("an upgrade that had to be taken back doubles the hold, up to a bound", () => {
  const track = new Track(costs([[100_000], [500_000]]));
  const allocator = open(track);
  let now = t0;
  allocator.allocate(300_000, now);
  const holds: number[] = [];
  for (let round = 0; round < 6; round++) {
    const from = now;
    while (track.given !== "never" && track.given?.spatialLayer === 0) {
      now = after(now, 100);
      allocator.allocate(900_000, now);
    }
    holds.push((now - from) / 1000);
    now = after(now, 1000);
    allocator.allocate(300_000, now);
  }
  assert.deepEqual(holds.slice(1), [6000, 12_000, 24_000, 24_000, 24_000]);
});

test("what is taken back in several steps is one failure", () => {
  const track = new Track();
  const allocator = open(track);
  allocator.allocate(450_000, t0);
  const up = after(t0, 1000);
  allocator.allocate(3_000_000, up);
  assert.deepEqual(track.given, layers(2, 2));
  for (const [at, availableBps] of [1_000_000, 450_000, 95_000].entries())
    allocator.allocate(availableBps, after(up, at * 500));
  assert.deepEqual(track.given, layers(0, 0));
  const last = after(up, 1000);
  allocator.allocate(3_000_000, after(last, 2 * ALLOCATION.holdMs - 1));
  assert.deepEqual(track.given, layers(0, 0));
  allocator.allocate(3_000_000, after(last, 2 * ALLOCATION.holdMs));
  assert.deepEqual(track.given, layers(2, 2));
});

test("what swings by less than the tolerance changes nothing", () => {
  const track = new Track(costs([[100_000], [500_000]]));
  const allocator = open(track);
  allocator.allocate(600_000, t0);
  for (let at = 1; at < 50; at++) {
    const swing = at % 2 === 0 ? 500_000 : 520_000;
    track.layerCosts = costs([[100_000], [swing]]);
    allocator.allocate(500_000, after(t0, at * 100));
  }
  assert.equal(track.changes, 1);
});

test("a key frame is no rate: what a track has is not taken away for a burst that the path has carried", () => {
  const track = new Track(costs([[100_000], [500_000]]));
  const allocator = open(track);
  allocator.allocate(600_000, t0);
  for (let round = 1; round <= 40; round++) {
    const isBurst = round % 30 < 10;
    track.layerCosts = costs(isBurst ? [[300_000], [1_500_000]] : [[100_000], [500_000]]);
    allocator.allocate(600_000, after(t0, round * 100));
    assert.deepEqual(track.given, layers(1, 0), `round ${round}`);
  }
  for (let round = 41; round <= 41 + ALLOCATION.steadyRounds; round++) {
    track.layerCosts = costs([[300_000], [1_500_000]]);
    allocator.allocate(600_000, after(t0, round * 100));
  }
  assert.deepEqual(track.given, layers(0, 0), "what lasts is a rate");
});

test("a layer that is not sent is no choice, unless it is the only one", () => {
  const onlyHigh = new Track(
    costs(CAMERA, (spatial) => spatial === 2),
    { maxSpatialLayer: 0 },
  );
  const noMiddle = new Track(costs(CAMERA, (spatial) => spatial !== 1));
  const nothing = new Track(costs(CAMERA, () => false));
  for (const track of [onlyHigh, noMiddle, nothing]) open(track).allocate(1_500_000, t0);
  assert.deepEqual(onlyHigh.given, layers(2, 1), "more than is wanted is better than nothing");
  assert.deepEqual(noMiddle.given, layers(2, 1));
  assert.deepEqual(nothing.given, layers(7, 7), "whatever its publisher sends first may be forwarded");
});

test("a publisher whose rates are not known yet is shown at its smallest", () => {
  const track = new Track(costs([[0], [0]]));
  open(track).allocate(100_000, t0);
  assert.deepEqual(track.given, layers(0, 0));
});

test("while the limit is not known the first picture does not wait for it", () => {
  const tracks = [new Track(costs([[2_000_000]])), new Track()];
  const allocator = new BandwidthAllocator();
  allocator.allocate(tracks, 1_000_000, false, t0);
  assert.deepEqual(
    tracks.map((track) => track.given),
    [layers(0, 0), layers(0, 0)],
  );
  allocator.allocate(tracks, 1_000_000, true, after(t0, 100));
  assert.deepEqual(tracks[0]?.given, undefined);
});

test("a track that comes back from a pause takes what there is at once", () => {
  const track = new Track(costs([[100_000], [500_000]]));
  const allocator = new BandwidthAllocator();
  allocator.allocate([track], 300_000, true, t0);
  allocator.allocate([], 300_000, true, after(t0, 100));
  allocator.allocate([], 300_000, true, after(t0, 200));
  allocator.allocate([track], 900_000, true, after(t0, 300));
  assert.deepEqual(track.given, layers(1, 0));
});

test("whatever the rates: never more than there is, never better than wanted, and no track moves without a reason", () => {
  const rate = fc.integer({ min: 1, max: 3_000_000 });
  const video = fc.record({
    rates: fc.array(fc.array(rate, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    maxSpatialLayer: fc.integer({ min: 0, max: 3 }),
    maxTemporalLayer: fc.integer({ min: 0, max: 3 }),
    priority: fc.integer({ min: 1, max: 255 }),
  });
  const estimates = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(video, { maxLength: 8 }), estimates, (videos, availableBps) => {
      const tracks = videos.map(({ rates, ...preference }) => new Track(costs(rates), preference));
      const allocator = new BandwidthAllocator();
      let now: Instant = t0;
      for (const available of availableBps) {
        allocator.allocate([...tracks], available, true, now);
        const total = tracks.reduce((sum, track) => sum + track.bitrateBps, 0);
        assert.ok(total <= available * ALLOCATION.tolerance + tracks.length, `${total} of ${available}`);
        const changes = tracks.map((track) => track.changes);
        allocator.allocate([...tracks], available, true, now);
        assert.deepEqual(
          tracks.map((track) => track.changes),
          changes,
        );
        for (const { given, preference, layerCosts } of tracks) {
          if (given === undefined || given === "never") continue;
          assert.ok(given.spatialLayer <= Math.min(preference.maxSpatialLayer, layerCosts.count - 1));
          assert.ok(given.temporalLayer <= preference.maxTemporalLayer);
        }
        now = after(now, 1000);
      }
    }),
  );
});
