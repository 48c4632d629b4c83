import { after, type Instant } from "../time/instant.js";
import type { ConsumerLayers, LayerPreference } from "../transport/parameters.js";
import { type LayerCosts, layerLadder, type Rung } from "./layer-costs.js";

/** How carefully bandwidth is given out. */
export const ALLOCATION = {
  /** What a track has already may cost this share more than there is: rates of encoders swing (JVB reacts to 15 %). */
  tolerance: 1.05,
  /** What a track has not yet must leave this much room. */
  upgradeMargin: 1.1,
  /** After less had to be given, ms until more is tried (LiveKit: 5 s for a paused track; mediasoup: 10 s). */
  holdMs: 3000,
  /** Less within this time after more means that more was too much: the hold doubles, ms (mediasoup: 8 s of activity). */
  failedUpgradeMs: 8000,
  /** The hold does not double beyond this, ms. */
  maxHoldMs: 24_000,
  /**
   * What a track has is taken to cost what it did in so many of the last rounds at least, if that is less than now: a key frame is
   * a burst and no rate, and if the path can not take it the estimate says so. 1.5 of 3 s, rounds being 100 ms apart (mediasoup
   * measures layers over 2.5 s).
   */
  steadyRounds: 15,
  rememberedRounds: 30,
} as const;

const NO_LIMIT: ConsumerLayers = { spatialLayer: 7, temporalLayer: 7 };

/** A video as the allocator knows it: a Consumer that is not paused. */
export interface AllocatedTrack {
  readonly preference: LayerPreference;
  readonly layerCosts: LayerCosts;
  /** What it may send from now on; undefined: nothing, there is no bandwidth for it. */
  setAllocation(layers: ConsumerLayers | undefined, now: Instant): void;
}

interface TrackState {
  /** What it has; undefined: nothing. Compared by layers, since rates change all the time. */
  current: ConsumerLayers | undefined;
  /** New tracks, and those that come back, may take what there is at once. */
  isNew: boolean;
  /** Of the last round it took part in. */
  round: number;
  heldUntil: Instant;
  holdMs: number;
  upgradedAt: Instant | undefined;
  /** Of what it has, bit/s: when it was given and in the last rounds, newest last; 0 where nothing came. */
  readonly costsBps: number[];
}

/** One track and how far up its ladder it gets. */
interface Candidate {
  readonly track: AllocatedTrack;
  readonly state: TrackState;
  readonly ladder: readonly Rung[];
  /** Rungs up to this one it has already; -1 for none. */
  readonly currentRung: number;
  /** Of what it has: what it cost for long enough to be a rate, as a share of what it costs now, 0–1. */
  steadyShare: number;
  rung: number;
}

/**
 * Shares what a receiver's path carries among the videos it is sent.
 *
 * Everybody first gets the smallest layer, in the order of priority, then the rest goes round after round, each track taking as
 * many steps a round as its priority says (mediasoup's passes). Who can not even have the smallest gets nothing: a few good
 * pictures are worth more than many that stutter, and audio is not touched at all. A track that may not be paused has its
 * smallest layer whatever it costs.
 *
 * Less is given at once, more only with room to spare and not soon after there had to be less.
 */
export class BandwidthAllocator {
  readonly #states = new WeakMap<AllocatedTrack, TrackState>();
  #round = 0;
  /** What all tracks would cost as they are wanted, bit/s; of the last {@link allocate}. */
  #wantedBps = 0;

  /** Bit/s that would be used if there were no limit: how far it makes sense to probe. */
  get wantedBps(): number {
    return this.#wantedBps;
  }

  /**
   * `tracks`: all that are not paused. `availableBps`: for all of them together; undefined when nothing is known about the path,
   * and there is no limit then. `isLimitKnown`: false while that is only what the path carries at least; everybody gets the
   * smallest layer then, for the first picture must not wait until the path is measured.
   */
  allocate(tracks: Iterable<AllocatedTrack>, availableBps: number | undefined, isLimitKnown: boolean, now: Instant): void {
    const candidates: Candidate[] = [];
    this.#wantedBps = 0;
    this.#round++;
    for (const track of tracks) {
      const { maxSpatialLayer, maxTemporalLayer } = track.preference;
      const ladder = layerLadder(track.layerCosts, maxSpatialLayer, maxTemporalLayer);
      this.#wantedBps += ladder.at(-1)?.bitrateBps ?? 0;
      const state = this.#stateOf(track);
      // Its publisher sends nothing: whatever comes first may be forwarded.
      if (ladder.length === 0 && !state.isNew) continue;
      const currentRung = rungOf(ladder, state.current);
      noteCost(state.costsBps, ladder[currentRung]?.bitrateBps ?? 0);
      candidates.push({ track, state, ladder, currentRung, steadyShare: 1, rung: -1 });
    }
    candidates.sort((a, b) => b.track.preference.priority - a.track.preference.priority);
    if (availableBps !== undefined) share(candidates, availableBps, isLimitKnown, now);
    for (const candidate of candidates) {
      if (availableBps === undefined || candidate.ladder.length === 0) setLayers(candidate, NO_LIMIT, now);
      else this.#give(candidate, now);
    }
  }

  #stateOf(track: AllocatedTrack): TrackState {
    let state = this.#states.get(track);
    if (state === undefined || state.round < this.#round - 1) {
      const { holdMs } = ALLOCATION;
      state = {
        current: undefined,
        isNew: true,
        round: 0,
        heldUntil: 0 as Instant,
        holdMs,
        upgradedAt: undefined,
        costsBps: [],
      };
      this.#states.set(track, state);
    }
    state.round = this.#round;
    return state;
  }

  #give(candidate: Candidate, now: Instant): void {
    const { state, ladder, rung, currentRung } = candidate;
    if (rung < currentRung || (rung === -1 && state.isNew)) {
      const hasFailed = state.upgradedAt !== undefined && now < after(state.upgradedAt, ALLOCATION.failedUpgradeMs);
      if (hasFailed) state.holdMs = Math.min(ALLOCATION.maxHoldMs, state.holdMs * 2);
      // What is taken back in several steps is one failure.
      else if (now >= state.heldUntil) state.holdMs = ALLOCATION.holdMs;
      state.upgradedAt = undefined;
      state.heldUntil = after(now, state.holdMs);
    } else if (rung > currentRung && !state.isNew) state.upgradedAt = now;
    setLayers(candidate, ladder[rung], now);
  }
}

function setLayers({ track, state }: Candidate, layers: Rung | ConsumerLayers | undefined, now: Instant): void {
  if (!state.isNew && isSame(layers, state.current)) return;
  state.isNew = false;
  state.costsBps.length = 0;
  if (layers !== undefined && "bitrateBps" in layers) state.costsBps.push(layers.bitrateBps);
  state.current = layers === undefined ? undefined : { spatialLayer: layers.spatialLayer, temporalLayer: layers.temporalLayer };
  track.setAllocation(state.current, now);
}

function isSame(a: ConsumerLayers | undefined, b: ConsumerLayers | undefined): boolean {
  return a?.spatialLayer === b?.spatialLayer && a?.temporalLayer === b?.temporalLayer;
}

/** Notes what a track's layers cost now. */
function noteCost(costsBps: number[], bitrateBps: number): void {
  if (costsBps.length >= ALLOCATION.rememberedRounds) costsBps.shift();
  costsBps.push(bitrateBps);
}

function measureSteadyShare({ state: { costsBps } }: Candidate): number {
  const nowBps = costsBps.at(-1) ?? 0;
  if (nowBps === 0) return 1;
  const inOrder = [...costsBps].sort((a, b) => a - b);
  const steadyBps = inOrder[Math.max(0, inOrder.length - ALLOCATION.steadyRounds)] ?? nowBps;
  return Math.min(1, steadyBps / nowBps);
}

/** The best rung that is not better than what the track has. */
function rungOf(ladder: readonly Rung[], current: ConsumerLayers | undefined): number {
  if (current === undefined) return -1;
  let found = -1;
  for (const [index, { spatialLayer, temporalLayer }] of ladder.entries()) {
    const isBetter =
      spatialLayer > current.spatialLayer || (spatialLayer === current.spatialLayer && temporalLayer > current.temporalLayer);
    if (!isBetter) found = index;
  }
  return found;
}

function share(candidates: readonly Candidate[], availableBps: number, isLimitKnown: boolean, now: Instant): void {
  const nowBps = candidates.reduce((sum, { ladder, currentRung }) => sum + (ladder[currentRung]?.bitrateBps ?? 0), 0);
  // Only when what all have costs too much now does it matter what it cost before.
  if (nowBps > availableBps) for (const candidate of candidates) candidate.steadyShare = measureSteadyShare(candidate);
  let remainingBps = availableBps;
  const step = (candidate: Candidate): boolean => {
    const next = candidate.ladder[candidate.rung + 1];
    if (next === undefined) return false;
    const extraBps = next.bitrateBps - (candidate.ladder[candidate.rung]?.bitrateBps ?? 0);
    const isMore = candidate.rung + 1 > candidate.currentRung;
    const isFree = candidate.rung === -1 && (!isLimitKnown || candidate.track.preference.mayPause === false);
    if (isMore && !isFree && !candidate.state.isNew && now < candidate.state.heldUntil) return false;
    const factor = isMore ? ALLOCATION.upgradeMargin : 1 / ALLOCATION.tolerance;
    const costBps = isMore ? extraBps : extraBps * candidate.steadyShare;
    if (!isFree && costBps * factor > remainingBps) return false;
    remainingBps -= costBps;
    candidate.rung++;
    return true;
  };
  for (const candidate of candidates) step(candidate);
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (const candidate of candidates) {
      if (candidate.rung < 0) continue;
      for (let steps = candidate.track.preference.priority; steps > 0 && step(candidate); steps--) isMoving = true;
    }
  }
}
