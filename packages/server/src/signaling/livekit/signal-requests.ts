import {
  Pong,
  RequestResponse,
  RequestResponse_Reason,
  SessionDescription,
  type SignalRequest,
  type SignalResponse,
  type SyncState,
  type UpdateLocalAudioTrack,
  type UpdateLocalVideoTrack,
  type UpdateParticipantMetadata,
} from "@livekit/protocol";
import { MAX_VIDEO_SIDE, type Result, SluiceError } from "@sluice/protocol";
import type { TrackDetails } from "../../room/track-details.js";
import type { Clock } from "../../session/clock.js";
import type { Membership } from "../../session/rooms.js";
import { countReceiving } from "./offered-tracks.js";
import { PublishedTracks } from "./published-tracks.js";
import { type ScenarioActions, simulate } from "./simulated-scenario.js";
import { SubscriptionRequests } from "./subscription-requests.js";
import type { WantedSections } from "./wanted-sections.js";

export interface SignalRequestsOptions {
  readonly membership: Membership;
  readonly clock: Clock;
  readonly sections: WantedSections;
  readonly scenario: ScenarioActions;
  readonly reply: (message: SignalResponse["message"]) => void;
}

/** LiveKit's AudioTrackFeature, as many as there may be of one track. */
const MAX_FEATURES = 16;

/** What a participant asks for in LiveKit's messages, carried out in its room. */
export class SignalRequests {
  readonly #options: SignalRequestsOptions;
  readonly #published: PublishedTracks;
  readonly #subscriptions: SubscriptionRequests;

  constructor(options: SignalRequestsOptions) {
    this.#options = options;
    this.#published = new PublishedTracks(options.membership);
    this.#subscriptions = new SubscriptionRequests(options.membership);
  }

  /** All but `leave`, which ends the connection. Throws SluiceError for what is not granted. */
  handle({ message }: SignalRequest): void {
    const { membership, scenario, reply, clock } = this.#options;
    switch (message.case) {
      case "offer":
        this.#offer(message.value);
        break;
      case "addTrack":
        reply({ case: "trackPublished", value: this.#published.add(message.value) });
        break;
      case "mute":
        this.#mute(message.value.sid, message.value.muted);
        break;
      case "subscription":
        for (const value of this.#subscriptions.update(message.value)) reply({ case: "subscriptionResponse", value });
        break;
      case "trackSetting":
        this.#subscriptions.changeSettings(message.value);
        break;
      case "subscriptionPermission":
        this.#subscriptions.setPermission(message.value);
        break;
      case "answer": {
        const { id, sdp } = message.value;
        // LiveKit's SDKs in Rust answer without an id; offers of ours never have 0.
        membership.session.handleAnswer(membership.participantId, id === 0 ? { sdp } : { id, sdp });
        break;
      }
      case "syncState":
        this.#sync(message.value);
        break;
      case "simulate":
        simulate(message.value, scenario);
        break;
      case "updateMetadata":
        this.#updateMetadata(message.value);
        break;
      case "updateAudioTrack":
        this.#updateAudioTrack(message.value);
        break;
      case "updateVideoTrack":
        this.#updateVideoTrack(message.value);
        break;
      case "ping":
        reply({ case: "pong", value: BigInt(clock.unixMs()) });
        break;
      case "pingReq": {
        const { timestamp } = message.value;
        const value = new Pong({ lastPingTimestamp: timestamp, timestamp: BigInt(clock.unixMs()) });
        reply({ case: "pongResp", value });
        break;
      }
      case "publishDataTrackRequest":
      case "unpublishDataTrackRequest":
        throw new SluiceError("permissionDenied", "there are no data tracks on this server");
      // ICE lite: the client's checks tell where it is. Layers are announced with their track. The rest is for what is not here.
      case "trickle":
      case "updateLayers":
      case "updateDataSubscription":
      case "storeDataBlobRequest":
      case "getDataBlobRequest":
      case "leave":
      case undefined:
        break;
    }
  }

  #offer({ sdp, id }: SessionDescription): void {
    const { sections, reply } = this.#options;
    const offered = this.#published.offer(sdp);
    sections.handleOffered(countReceiving(offered.sections));
    const midToTrackId = Object.fromEntries(offered.result.tracks.map(({ mid, trackId }) => [mid, trackId]));
    reply({ case: "answer", value: new SessionDescription({ type: "answer", sdp: offered.result.sdp, id, midToTrackId }) });
  }

  #mute(trackId: string, isMuted: boolean): void {
    const { session, participantId } = this.#options.membership;
    if (session.room.track(trackId)?.participantId !== participantId) throw noOwnTrack(trackId);
    session.handleCall(participantId, { method: "mute", params: { trackId, muted: isMuted } });
  }

  /** Empty texts mean that nothing was said. */
  #updateMetadata({ name, metadata, attributes, requestId }: UpdateParticipantMetadata): void {
    const { membership, reply } = this.#options;
    const { session, participantId } = membership;
    const params = { ...(name === "" ? {} : { name }), ...(metadata === "" ? {} : { metadata }), attributes };
    const { participant } = session.handleCall(participantId, {
      method: "updateParticipant",
      params,
    }) as Result<"updateParticipant">;
    const { OK } = RequestResponse_Reason;
    const value = new RequestResponse({ requestId, reason: OK, message: `updated ${participant.identity}` });
    reply({ case: "requestResponse", value });
  }

  #updateAudioTrack({ trackSid, features }: UpdateLocalAudioTrack): void {
    this.#describeTrack(trackSid, { audioFeatures: features.slice(0, MAX_FEATURES) });
  }

  #updateVideoTrack({ trackSid, width, height }: UpdateLocalVideoTrack): void {
    if (width > MAX_VIDEO_SIDE || height > MAX_VIDEO_SIDE) {
      throw new SluiceError("invalidArgument", `a picture has at most ${MAX_VIDEO_SIDE} pixels a side`);
    }
    this.#describeTrack(trackSid, { width, height });
  }

  #describeTrack(trackId: string, details: Partial<TrackDetails>): void {
    const { session, participantId } = this.#options.membership;
    if (session.room.track(trackId)?.participantId !== participantId) throw noOwnTrack(trackId);
    session.command((room) => room.describeTrack(trackId, details));
  }

  /** What a resuming client thinks there is: its wishes are taken over; where tracks of its own are missing it begins anew. */
  #sync({ subscription, publishTracks, trackSidsDisabled, datachannelReceiveStates }: SyncState): void {
    const { session, participantId } = this.#options.membership;
    if (!this.#published.hasAll(publishTracks)) {
      session.leave(participantId, "stateMismatch");
      return;
    }
    if (subscription !== undefined) this.#subscriptions.update(subscription);
    this.#subscriptions.disable(trackSidsDisabled);
    const states = datachannelReceiveStates.map(({ publisherSid, lastSeq }) => {
      return { publisherId: publisherSid, lastSequence: lastSeq };
    });
    session.replayData(participantId, states);
  }
}

function noOwnTrack(trackId: string): SluiceError {
  return new SluiceError("notFound", `${trackId} is no track of this participant`);
}
