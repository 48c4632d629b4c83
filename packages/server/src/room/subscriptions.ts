import { type Params, SluiceError, type SubscriptionPermissions } from "@sluice/protocol";
import type { EffectQueue } from "./effect-queue.js";
import { isSameWish, layerWish } from "./layer-wish.js";
import type { Participant } from "./participant.js";
import type { Roster } from "./roster.js";
import { SubscriptionRules } from "./subscription-rules.js";
import type { Track } from "./track.js";

/** Who receives which track of a room, and what they want of it. */
export class Subscriptions {
  readonly #roster: Roster;
  readonly #effects: EffectQueue;

  constructor(roster: Roster, effects: EffectQueue) {
    this.#roster = roster;
    this.#effects = effects;
  }

  /** All or nothing. Throws `invalidArgument` for an own track. */
  subscribe(participant: Participant, tracks: readonly Track[]): void {
    if (tracks.some((track) => track.participantId === participant.participantId)) {
      throw new SluiceError("invalidArgument", "a participant does not receive its own tracks");
    }
    for (const track of tracks) this.#link(participant, track);
    this.#effects.wantedTracksChanged(participant);
  }

  /** [RM6] All there is, for somebody who wants it so. */
  subscribeByItself(participant: Participant, tracks: Iterable<Track>): void {
    if (participant.isAutoSubscribing && participant.permissions.canSubscribe) {
      for (const track of tracks) if (track.participantId !== participant.participantId) this.#link(participant, track);
    }
    this.#effects.wantedTracksChanged(participant);
  }

  /** Tracks that are gone or were never subscribed are unsubscribed already. */
  unsubscribe(participant: Participant, trackIds: Iterable<string>): void {
    for (const trackId of trackIds) {
      const track = participant.subscriptions.get(trackId)?.track;
      if (track !== undefined) this.#unlink(participant, track);
      participant.withheld.get(trackId)?.withheldFrom.delete(participant.participantId);
      participant.withheld.delete(trackId);
    }
    this.#effects.wantedTracksChanged(participant);
  }

  unsubscribeAll(participant: Participant): void {
    this.unsubscribe(participant, [...participant.subscriptions.keys(), ...participant.withheld.keys()]);
  }

  /** [RM80] [RM81] What a publisher no longer lets somebody receive ends, and comes back by itself when it does so again. */
  setPermissions(publisher: Participant, permissions: SubscriptionPermissions): void {
    publisher.subscriptionRules = permissions.everybody ? undefined : new SubscriptionRules(permissions);
    const changed = new Set<Participant>();
    for (const track of publisher.tracks.values()) {
      for (const subscriber of this.#participants(track.subscribers)) {
        if (isAllowed(publisher, track, subscriber)) continue;
        this.#unlink(subscriber, track);
        this.#withhold(subscriber, track);
        changed.add(subscriber);
      }
      for (const subscriber of this.#participants(track.withheldFrom)) {
        if (!isAllowed(publisher, track, subscriber)) continue;
        this.#link(subscriber, track);
        this.#tellPermission(subscriber, track, true);
        changed.add(subscriber);
      }
    }
    for (const subscriber of changed) this.#effects.wantedTracksChanged(subscriber);
  }

  /** [RM82] What was said while it was away is said again. */
  handleResumed(participant: Participant): void {
    for (const track of participant.withheld.values()) this.#tellPermission(participant, track, false);
  }

  /** [RM6] */
  handlePublished(track: Track): void {
    for (const other of this.#roster.all()) {
      if (other.participantId === track.participantId) continue;
      if (!other.isAutoSubscribing || !other.permissions.canSubscribe) continue;
      this.#link(other, track);
      this.#effects.wantedTracksChanged(other);
    }
  }

  /** [RM27] What is sent was agreed with the track's publisher. */
  handleNegotiated(track: Track): void {
    this.#tellSubscribed(track);
  }

  /** The track is gone. */
  handleTrackClosed(track: Track): void {
    for (const subscriber of this.#participants(track.subscribers)) {
      subscriber.subscriptions.delete(track.trackId);
      this.#effects.wantedTracksChanged(subscriber);
    }
    for (const subscriber of this.#participants(track.withheldFrom)) subscriber.withheld.delete(track.trackId);
  }

  /** The participant is gone. */
  handleLeft(participant: Participant): void {
    const { participantId } = participant;
    for (const { track } of participant.subscriptions.values()) {
      track.subscribers.delete(participantId);
      this.#effects.demandChanged(track);
    }
    for (const track of participant.withheld.values()) track.withheldFrom.delete(participantId);
  }

  /** Replaces what was wanted of the track as a whole. Throws `notFound` when the participant is not subscribed to it. */
  setLayers({ participantId, subscriptions }: Participant, { trackId, ...wanted }: Params<"setLayers">): void {
    const subscription = subscriptions.get(trackId);
    if (subscription === undefined) throw new SluiceError("notFound", `not subscribed to track ${trackId}`);
    const wish = layerWish(subscription.track.source, wanted);
    if (isSameWish(subscription.wish, wish)) return;
    subscription.wish = wish;
    this.#effects.push({ type: "wishChanged", participantId, trackId });
    this.#effects.demandChanged(subscription.track);
  }

  #link(participant: Participant, track: Track): void {
    const { participantId, subscriptions, withheld } = participant;
    const { trackId } = track;
    if (subscriptions.has(trackId)) return;
    if (!isAllowed(this.#roster.get(track.participantId), track, participant)) {
      this.#withhold(participant, track);
      return;
    }
    withheld.delete(trackId);
    track.withheldFrom.delete(participantId);
    subscriptions.set(trackId, { track, wish: layerWish(track.source) });
    track.subscribers.add(participantId);
    this.#effects.demandChanged(track);
    this.#tellSubscribed(track);
  }

  #unlink({ participantId, subscriptions }: Participant, track: Track): void {
    subscriptions.delete(track.trackId);
    if (track.subscribers.delete(participantId)) this.#effects.demandChanged(track);
  }

  #withhold(participant: Participant, track: Track): void {
    if (participant.withheld.has(track.trackId)) return;
    participant.withheld.set(track.trackId, track);
    track.withheldFrom.add(participant.participantId);
    this.#tellPermission(participant, track, false);
  }

  #tellPermission(subscriber: Participant, { participantId, trackId }: Track, allowed: boolean): void {
    this.#effects.tell([subscriber], { method: "subscriptionPermission", params: { participantId, trackId, allowed } });
  }

  #tellSubscribed(track: Track): void {
    if (track.isSubscriptionTold || !track.isNegotiated || track.subscribers.size === 0) return;
    track.isSubscriptionTold = true;
    this.#effects.tell(this.#participants([track.participantId]), {
      method: "trackSubscribed",
      params: { trackId: track.trackId },
    });
  }

  /** A copy: what is done with them may change who they are. */
  #participants(participantIds: Iterable<string>): Participant[] {
    return [...participantIds].flatMap((participantId) => this.#roster.get(participantId) ?? []);
  }
}

function isAllowed(publisher: Participant | undefined, { trackId }: Track, subscriber: Participant): boolean {
  return publisher?.subscriptionRules?.allows(subscriber, trackId) ?? true;
}
